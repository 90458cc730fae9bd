"""DuckDB beside us: the same star as its own tables in memory, on the same two threads, in the same run."""

from __future__ import annotations

from pathlib import Path

import duckdb

THREADS = 2


def open_reference(star: Path) -> duckdb.DuckDBPyConnection:
    """Load a star's Parquet files into DuckDB's own tables in memory."""
    connection = duckdb.connect(config={"threads": THREADS})
    for file in sorted(star.glob("*.parquet")):
        connection.execute(f"create table {file.stem} as from read_parquet(?)", [str(file)])
    return connection

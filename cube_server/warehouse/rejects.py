"""The rows that loads rejected: a Parquet file beside each snapshot whose load rejected any."""

from __future__ import annotations

from pathlib import Path

import polars as pl

SCHEMA = pl.Schema(
    {
        "table": pl.String,
        "source": pl.String,
        "row": pl.Int64,
        "line": pl.Int64,
        "rule": pl.String,
        "column": pl.String,
        "value": pl.String,
    }
)
"""The table of the model; the file or SQL table, the row in it (from 1) and the line of a CSV file where it starts; the
rule that the row breaks, the column that it is about, and the value that stands there."""

REFUSED = "refused"
"""In place of a snapshot: the last load that was refused."""

UNCHANGED = "unchanged"
"""In place of a snapshot: the last load that made none, as nothing had changed."""


def rejects_path(root: Path, snapshot: str) -> Path:
    """Give the path of the rejects of a snapshot's load, or of `REFUSED`."""
    return root / "rejects" / f"{snapshot}.parquet"


def scan_rejects(root: Path, snapshot: str, *, table: str | None = None, rule: str | None = None) -> pl.LazyFrame:
    """Look for the rejects of a snapshot's load, or of `REFUSED`, without reading them yet; no rows if there are none.

    Args:
        root: The warehouse's folder.
        snapshot: The snapshot's id.
        table: Only those of this table of the model; None for all.
        rule: Only those that break this rule; None for all.
    """
    path = rejects_path(root, snapshot)
    # Not as a pattern: a folder may have a name that looks like one.
    found = pl.scan_parquet(path, glob=False) if path.is_file() else pl.LazyFrame(schema=SCHEMA)
    for column, wanted in (("table", table), ("rule", rule)):
        if wanted is not None:
            found = found.filter(pl.col(column) == wanted)
    return found


def read_rejects(root: Path, snapshot: str, *, table: str | None = None, rule: str | None = None) -> pl.DataFrame:
    """Read the rejects that `scan_rejects` looks for."""
    return scan_rejects(root, snapshot, table=table, rule=rule).collect()

"""`python -m benchmarks sources`: rows a second of a full load from CSV, Parquet and PostgreSQL, and its memory.

The same facts each time: an id, a time, a key of 10,000 products, a quantity and an exact amount. Each load is a
process of its own, whose peak memory the system tells. Beside it stands what a peer takes for reading alone: DuckDB for
files, PostgreSQL's own COPY of all rows to nowhere for the database.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import sqlalchemy as sa

from tests.postgresql import running_postgresql

ROWS = 10_000_000
FILL = """
    create table sale as select n as id, timestamp '2024-01-01' + n * interval '3 s' as sold, n * 7919 % 10000 as item,
        n % 9 + 1 as quantity, (n * 31 % 100000 / 100.0)::numeric(12, 2) as amount
    from generate_series(1::bigint, {rows}) n
"""
COLUMNS = {"id": "int", "sold": "timestamp", "item": "int", "quantity": "int", "amount": "decimal(2)"}
LOAD = """
import resource, sys, time
from pathlib import Path
from cube_server.model.read import read_model
from loaders.pipeline import load
began = time.monotonic()
load(read_model(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3]))
print(time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main(arguments: list[str]) -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks sources", description="Measure full loads.")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"how many facts there are ({ROWS:,})")
    rows = parser.parse_args(arguments).rows
    with TemporaryDirectory(prefix="cube-server-bench-") as name, running_postgresql() as url:
        folder = Path(name)
        model = _write_model(folder)
        _execute(url, FILL.format(rows=rows), "alter table sale add primary key (id)")
        csv, parquet = _export(url, folder)
        print(f"{rows:,} rows; seconds, rows a second, peak memory; the peer's seconds and how many times those")
        for called, source, peer in (
            ("PostgreSQL", url.render_as_string(hide_password=False), lambda: _copy(url, Path(os.devnull))),
            ("CSV", str(csv), lambda: _scan(f"read_csv('{csv}/sale.csv')")),
            ("Parquet", str(parquet), lambda: _scan(f"'{parquet}/sale.parquet'")),
        ):
            _measure(called, source, peer, model, rows, folder / f"warehouse {called}")
    return 0


def _measure(called: str, source: str, peer: Callable[[], None], model: Path, rows: int, warehouse: Path) -> None:
    began = time.monotonic()
    peer()
    alone = time.monotonic() - began
    command = [sys.executable, "-c", LOAD, str(model), source, str(warehouse)]
    told = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    seconds, memory = map(float, told.split())
    print(
        f"{called:<11}{seconds:7.1f} s {rows / seconds:11,.0f} rows/s {memory:7,.0f} MB"
        f"   peer {alone:5.1f} s, x {seconds / alone:.1f}"
    )


def _write_model(folder: Path) -> Path:
    level = {"column": "item", "unique": True}
    document = {
        "format": 1,
        "name": "bench",
        "tables": {
            "sale": {"key": ["id"], "columns": COLUMNS},
            "item": {"key": ["item"], "columns": {"item": "int"}, "from": {"table": "sale", "distinct": True}},
        },
        "dimensions": {
            "item": {"table": "item", "levels": {"item": level}, "hierarchies": {"item": {"levels": ["item"]}}}
        },
        "cubes": {
            "sales": {
                "table": "sale",
                "links": {"item": {"column": "item"}},
                "measures": {"amount": {"aggregate": "sum", "column": "amount"}},
            }
        },
    }
    path = folder / "cubes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def _execute(url: sa.URL, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    engine.dispose()


def _export(url: sa.URL, folder: Path) -> tuple[Path, Path]:
    csv, parquet = folder / "csv", folder / "parquet"
    csv.mkdir()
    parquet.mkdir()
    _copy(url, csv / "sale.csv")
    types = "types={'amount': 'decimal(12, 2)'}"
    duckdb.execute(f"copy (from read_csv('{csv}/sale.csv', {types})) to '{parquet}/sale.parquet'")
    return csv, parquet


def _copy(url: sa.URL, target: Path) -> None:
    engine = sa.create_engine(url)
    with engine.connect() as connection, target.open("wb") as file:
        cursor = connection.connection.cursor()
        with cursor.copy("copy sale to stdout (format csv, header)") as copy:
            file.writelines(copy)
    engine.dispose()


def _scan(relation: str) -> None:
    duckdb.execute(f"select max(id), max(sold), max(item), max(quantity), max(amount) from {relation}").fetchall()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

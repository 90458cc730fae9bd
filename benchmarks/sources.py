"""`python -m benchmarks sources`: loads from CSV, Parquet and PostgreSQL, full and of a day's changes, in one run.

The same facts each time: an id, a time, a key of 10,000 products, a quantity, an exact amount, and when the row was
changed last. Each load is a process of its own, whose peak memory the system tells. Beside a full load stands what a
peer takes for reading alone: DuckDB for files, PostgreSQL's own COPY of all rows to nowhere for the database.

While PostgreSQL is read in full, rows are changed, inserted and deleted there: the load must not see them. The day's
changes are then loaded by upsert: new rows and one that was changed, by watermark from the database, as a file
from the others. What is stored is compared with the source's own sums each time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import polars as pl
import sqlalchemy as sa
from rich.console import Console

from benchmarks.machine import describe_machine
from benchmarks.results import PATH
from cube_server.warehouse.store import Warehouse
from tests.postgresql import running_postgresql

ROWS = 10_000_000
A_DAY = 28_800
"""New rows of a day: one each three seconds."""

_FILL = """
    insert into sale select n, timestamp '2024-01-01' + n * interval '3 s', n * 7919 % 10000, n % 9 + 1,
        (n * 31 % 100000 / 100.0)::numeric(12, 2), timestamp '2024-01-01' + n * interval '3 s'
    from generate_series({first}::bigint, {last}) n"""
_CREATE = """create table sale (id bigint, sold timestamp, item bigint, quantity bigint, amount numeric(12, 2),
    changed timestamp)"""
_LATER = "timestamp '2100-01-01'"
_COLUMNS = {
    "id": "int",
    "sold": "timestamp",
    "item": "int",
    "quantity": "int",
    "amount": "decimal(2)",
    "changed": "timestamp",
}
_LOAD = """
import resource, sys, time
from pathlib import Path
from cube_server.model.read import read_model
from loaders.pipeline import load
began = time.monotonic()
load(read_model(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3]))
print(time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""

Sums = tuple[int, Decimal]
"""How many rows there are, and the sum of their amounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What the loads from one source took.

    Attributes:
        source: What it is.
        rows: How many facts a full load has.
        seconds: The full load's.
        megabytes: The most memory that it had.
        peer: What a peer takes to read the same.
        day_rows: How many facts the day's load brings.
        day_seconds: What it took.
        day_megabytes: The most memory that it had.
    """

    source: str
    rows: int
    seconds: float
    megabytes: float
    peer: float
    day_rows: int
    day_seconds: float
    day_megabytes: float

    def __str__(self) -> str:
        """Tell it on one line."""
        return (
            f"{self.source:<11}{self.seconds:7.1f} s {self.rows / self.seconds:11,.0f} rows/s {self.megabytes:7,.0f} MB"
            f"   peer {self.peer:5.1f} s, x {self.seconds / self.peer:.1f}"
            f"   a day {self.day_seconds:5.1f} s {self.day_megabytes:6,.0f} MB, 1/{self.seconds / self.day_seconds:.0f}"
        )


def main(arguments: list[str]) -> int:
    """Run the benchmark; return the exit code: 1 if a load saw what was changed meanwhile."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks sources", description="Measure loads.")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"how many facts there are ({ROWS:,})")
    parser.add_argument("--keep", action="store_true", help="write the numbers to benchmarks/results/sources.json")
    options = parser.parse_args(arguments)
    console, found = Console(width=160), list[Loaded]()
    console.print(f"{options.rows:,} rows; peer: reads alone; a day: {A_DAY:,} new rows and some changed, by upsert")
    with TemporaryDirectory(prefix="cube-server-bench-") as name, running_postgresql() as url:
        for loaded in _measured(Path(name), url, options.rows):
            console.print(str(loaded))
            found.append(loaded)
    if options.keep:
        told = {"machine": describe_machine(), "loads": [asdict(loaded) for loaded in found]}
        (PATH.parent / "sources.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return 0


def _measured(folder: Path, url: sa.URL, rows: int) -> Iterator[Loaded]:
    model = _write_model(folder)
    _execute(url, _CREATE, _FILL.format(first=1, last=rows), "alter table sale add primary key (id)")
    _execute(url, "create index on sale (changed)", "vacuum analyze sale")
    whole = _export(url, folder / "whole", "select * from sale order by id")
    before = _sums(url)
    peer = _timed(lambda: _copy(url, "sale", Path(os.devnull)))
    address, warehouse = url.render_as_string(hide_password=False), folder / "warehouse"
    full = _load(model, address, warehouse, lambda: _change(url, rows))
    _check(warehouse, before)
    _execute(url, _FILL.format(first=rows + 2, last=rows + A_DAY))
    day = _load(model, address, warehouse)
    _check(warehouse, _sums(url, deleted=True))
    yield _told("PostgreSQL", rows, peer, full, day)
    changes = _export(
        url, folder / "day", f"select * from sale where changed > (select sold from sale where id = {rows})"
    )
    for kind in ("csv", "parquet"):
        warehouse = folder / f"warehouse-{kind}"
        relation = whole / kind / f"sale.{kind}"
        peer = _timed(lambda relation=relation: _scan(relation))  # type: ignore[misc]
        full = _load(model, str(whole / kind), warehouse)
        _check(warehouse, before)
        day = _load(model, str(changes / kind), warehouse)
        _check(warehouse, _sums(url, deleted=True))
        yield _told(kind.upper() if kind == "csv" else "Parquet", rows, peer, full, day)


def _told(source: str, rows: int, peer: float, full: tuple[float, float], day: tuple[float, float]) -> Loaded:
    return Loaded(
        source=source,
        rows=rows,
        seconds=full[0],
        megabytes=full[1],
        peer=peer,
        day_rows=A_DAY + 1,
        day_seconds=day[0],
        day_megabytes=day[1],
    )


def _load(
    model: Path, source: str, warehouse: Path, meanwhile: Callable[[], None] = lambda: None
) -> tuple[float, float]:
    """Load in a process of its own; give seconds and megabytes."""
    command = [sys.executable, "-c", _LOAD, str(model), source, str(warehouse)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        meanwhile()
        told, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"The load from {source.partition('@')[2] or source} failed.")
    seconds, megabytes = map(float, told.split())
    return seconds, megabytes


def _change(url: sa.URL, rows: int) -> None:
    """Change, insert and delete rows once the load reads."""
    at_work = "select count(*) from pg_stat_activity where query like 'copy (%' and state = 'active'"
    while not _asked(url, at_work)[0]:
        time.sleep(0.05)
    _execute(
        url,
        f"update sale set amount = amount + 5000, changed = {_LATER} where id = {rows - 1};"
        f"{_FILL.format(first=rows + 1, last=rows + 1)}; delete from sale where id = {rows // 2}",
    )


def _sums(url: sa.URL, *, deleted: bool = False) -> Sums:
    """Count and add up the source's rows; also the one that is deleted there, which loads by upsert keep."""
    count, total = _asked(url, "select count(*), sum(amount) from sale")
    (rows,) = _asked(url, "select max(id) from sale")
    gone = Decimal((rows - A_DAY) // 2 * 31 % 100_000) / 100
    return (count + 1, total + gone) if deleted else (count, total)


def _check(warehouse: Path, expected: Sums) -> None:
    sale = Warehouse(warehouse).latest().table("sale").read(["amount"])
    found = (sale.height, sale["amount"].cast(pl.Decimal(38, 2)).sum())
    if found != expected:
        raise SystemExit(f"Stored are {found}, the source has {expected}.")


def _write_model(folder: Path) -> Path:
    level = {"column": "item", "unique": True}
    source = {"table": "sale", "watermark": "changed"}
    document = {
        "format": 1,
        "name": "bench",
        "tables": {
            "sale": {"source": source, "key": ["id"], "columns": _COLUMNS, "load": {"mode": "upsert"}},
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


def _asked(url: sa.URL, query: str) -> tuple[Any, ...]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = tuple(connection.exec_driver_sql(query, execution_options={"no_parameters": True}).one())
    engine.dispose()
    return found


def _export(url: sa.URL, folder: Path, query: str) -> Path:
    """Write rows as CSV and as Parquet, each in a folder of its own."""
    csv, parquet = folder / "csv", folder / "parquet"
    csv.mkdir(parents=True)
    parquet.mkdir()
    _copy(url, f"({query})", csv / "sale.csv")
    types = "types={'amount': 'decimal(12, 2)'}"
    duckdb.execute(f"copy (from read_csv('{csv}/sale.csv', {types})) to '{parquet}/sale.parquet'")
    return folder


def _copy(url: sa.URL, relation: str, target: Path) -> None:
    engine = sa.create_engine(url)
    with engine.connect() as connection, target.open("wb") as file:
        cursor = connection.connection.cursor()
        with cursor.copy(f"copy {relation} to stdout (format csv, header)") as copy:
            file.writelines(copy)
    engine.dispose()


def _scan(file: Path) -> None:
    # Sums, as Parquet's footers know the greatest values.
    totals = "sum(id), sum(epoch(sold)), sum(item), sum(quantity), sum(amount), sum(epoch(changed))"
    duckdb.execute(f"select {totals} from '{file}'").fetchall()


def _timed(read: Callable[[], None]) -> float:
    began = time.monotonic()
    read()
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

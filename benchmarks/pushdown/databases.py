"""The Star Schema Benchmark in DuckDB and PostgreSQL: natural tables, as an administrator would load them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import psycopg
import pyarrow.parquet as pq
import sqlalchemy as sa

from benchmarks.pushdown.server_log import ServerLog
from benchmarks.reference import THREADS
from benchmarks.ssb.generation import TABLES
from benchmarks.ssb.loading import MODEL
from benchmarks.ssb.queries import KEYS
from tests.postgresql import running_postgresql

SETTINGS = {"work_mem": "256MB", "max_parallel_workers_per_gather": THREADS, "jit": "off"}
"""PostgreSQL's, for everybody who asks it."""

_VIEWS = (
    "create view line as select lo_custkey, lo_partkey, lo_suppkey, lo_orderdate, lo_quantity, lo_discount, "
    "lo_revenue, lo_supplycost, lo_extendedprice * lo_discount as discounted from lineorder",
    "create table quantity as select distinct lo_quantity as quantity from lineorder",
    "create table discount as select distinct lo_discount as discount from lineorder",
    "create table loads as select 1 as load",
)
"""What the model derives when it loads, and the row by which each load would say that it is done."""

VERSION = "select max(load) from loads"
"""How an administrator tells states of the data: without it, each question looks at whole tables behind views."""

_TYPES = {pl.String: "text", pl.Date: "date"}
_CHUNK = 250_000

Ask = Callable[[str], pl.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A database with the benchmark's tables.

    Attributes:
        title: What it is called.
        address: Its URL.
        by_hand: Runs SQL by the driver, as somebody would type it.
        worked: Gives the milliseconds that it has worked on facts since it was last asked; None without such a clock.
    """

    title: str
    address: str
    by_hand: Ask
    worked: Callable[[], float] | None = None


def write_model(folder: Path) -> Path:
    """Write the benchmark's model without what loads derive, and without a distinct count that no query asks."""
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    for table in document["tables"].values():
        table.pop("from", None)
    del document["cubes"]["lines"]["measures"]["customers"]
    path = folder / "cubes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@contextmanager
def in_duckdb(tables: Path, folder: Path) -> Iterator[Asked]:
    """Load the tables into a DuckDB file."""
    file = folder / "ssb.duckdb"
    with duckdb.connect(str(file)) as connection:
        for table in TABLES:
            connection.execute(f"create table {table} as from read_parquet(?)", [str(tables / f"{table}.parquet")])
        for statement in _VIEWS:
            connection.execute(statement)
    with duckdb.connect(str(file), read_only=True) as connection:

        def by_hand(sql: str) -> pl.DataFrame:
            return pl.DataFrame(connection.sql(sql).to_arrow_table())

        yield Asked(title="DuckDB", address=f"duckdb:///{file}", by_hand=by_hand)


@contextmanager
def in_postgresql(tables: Path) -> Iterator[Asked]:
    """Load the tables into a PostgreSQL of its own, by COPY."""
    with running_postgresql() as url:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            for name, value in {**SETTINGS, "log_min_duration_statement": 0}.items():
                connection.execute(f"alter database {url.database} set {name} = '{value}'".encode())
            for table in TABLES:
                _copy(connection, table, tables / f"{table}.parquet")
            for statement in (*_VIEWS, *_keys(), "vacuum analyze"):
                connection.execute(statement.encode())
        with psycopg.connect(plain, autocommit=True) as connection:

            def by_hand(sql: str) -> pl.DataFrame:
                cursor = connection.execute(sql.encode())
                names = [column.name for column in cursor.description or ()]
                return pl.DataFrame(cursor.fetchall(), schema=names, orient="row", infer_schema_length=None)

            (folder,) = connection.execute("show data_directory").fetchone() or ("",)
            log = ServerLog(Path(folder) / "log", "line AS f")
            yield Asked(title="PostgreSQL", address=_shown(url), by_hand=by_hand, worked=log.worked)


def _shown(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def _keys() -> Iterator[str]:
    for table, (_, key) in KEYS.items():
        yield f"alter table {table} add primary key ({key})"


def _copy(connection: psycopg.Connection[tuple[object, ...]], table: str, file: Path) -> None:
    source = pq.ParquetFile(file)
    first = pl.DataFrame(pl.from_arrow(source.schema_arrow.empty_table()))
    columns = ", ".join(f"{name} {_TYPES.get(type(dtype), 'integer')}" for name, dtype in first.schema.items())
    connection.execute(f"create table {table} ({columns})".encode())
    with connection.cursor() as cursor, cursor.copy(f"copy {table} from stdin (format csv)".encode()) as copy:
        for batch in source.iter_batches(_CHUNK):
            text = io.BytesIO()
            pl.DataFrame(pl.from_arrow(batch)).write_csv(text, include_header=False)
            copy.write(text.getvalue())

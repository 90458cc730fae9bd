"""Who answers the 13 queries beside us, in one process and run: DuckDB, Polars and, where it is installed, chDB.

DuckDB has the tables natively in memory, uncompressed, which is how it is fastest; where they are large, without the
columns of lines that no query names. Polars and chDB are asked only where tables are small: together they would take
more memory than there is.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.reference import THREADS
from benchmarks.ssb.generation import TABLES
from benchmarks.ssb.queries import KEYS, LEVELS, VALUES, StarQuery

_ASKED = (
    *(own for own, _ in KEYS.values()),
    *("lo_quantity", "lo_discount", "lo_extendedprice", "lo_revenue", "lo_supplycost"),
)
"""The columns of lines that the queries name."""

Peer = Callable[[StarQuery], pl.DataFrame]
"""Answers a query anew, from tables in its own memory."""


def open_peers(folder: Path, *, are_large: bool = False) -> dict[str, Peer]:
    """Load the tables into every peer there is; DuckDB comes first, and is alone where the tables are large."""
    if are_large:
        return {"DuckDB": _duckdb(folder, ", ".join(_ASKED))}
    peers = {"DuckDB": _duckdb(folder, "*"), "Polars": _polars(folder)}
    chdb = _chdb(folder)
    return {**peers, "chDB": chdb} if chdb else peers


def _duckdb(folder: Path, columns_of_lines: str) -> Peer:
    connection = duckdb.connect(config={"threads": THREADS})
    for table in TABLES:
        columns = columns_of_lines if table == "lineorder" else "*"
        source = str(folder / f"{table}.parquet")
        connection.execute(f"create table {table} as select {columns} from read_parquet(?)", [source])
    return lambda query: pl.DataFrame(connection.sql(query.sql).to_arrow_table())


def _polars(folder: Path) -> Peer:
    tables = {table: pl.read_parquet(folder / f"{table}.parquet").rechunk() for table in TABLES}
    return lambda query: _joined(query, tables).collect()


def _joined(query: StarQuery, tables: dict[str, pl.DataFrame]) -> pl.LazyFrame:
    """Join the lines to the members that the conditions leave, and group."""
    rows = _left(query, "lineorder", tables)
    for table in query.tables:
        own, key = KEYS[table]
        members = _left(query, table, tables).select(key, *query.groups.get(table, ()))
        rows = rows.join(members, left_on=own, right_on=key)
    columns = [column for table in query.tables for column in query.groups.get(table, ())]
    # Polars multiplies and adds up in the type of the values, which overflows.
    wide = rows.with_columns(pl.col("lo_extendedprice", "lo_revenue").cast(pl.Int64))
    value = pl.sql_expr(VALUES[query.measure]).alias(query.measure)
    found = wide.group_by(columns).agg(value) if columns else wide.select(value)
    return found.rename({column: LEVELS[column] for column in columns})


def _left(query: StarQuery, table: str, tables: dict[str, pl.DataFrame]) -> pl.LazyFrame:
    rows, condition = tables[table].lazy(), query.conditions.get(table)
    return rows.filter(pl.sql_expr(condition)) if condition else rows


def _chdb(folder: Path) -> Peer | None:
    try:
        session = importlib.import_module("chdb.session").Session()
    except ImportError:
        return None
    session.query("create database ssb engine = Atomic")
    session.query("use ssb")
    for table in TABLES:
        source = f"file('{folder / f'{table}.parquet'}', Parquet)"
        session.query(f"create table {table} engine = MergeTree order by tuple() as select * from {source}")
    settings = f"settings max_threads = {THREADS}"
    return lambda query: pl.read_ipc(io.BytesIO(session.query(f"{query.sql} {settings}", "Arrow").bytes()))

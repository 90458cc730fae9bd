"""Databases to ask: a star's files, copied into tables as they are."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import clickhouse_connect
import duckdb
import polars as pl
import psycopg
import sqlalchemy as sa

from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.alchemy_database import AlchemyDatabase
from cube_server.backends.sql.clickhouse_types import clickhouse_type_name
from cube_server.backends.sql.database import dtype
from cube_server.model.elements import Model
from cube_server.model.tables import Table
from cube_server.types import Kind
from tests.postgresql import empty_database

_TYPES = {
    Kind.INT: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.TEXT: "VARCHAR",
    Kind.BOOL: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
}


def fill(kind: str, model: Model, files: Path, folder: Path) -> str:
    """Make a database of a star's files; give its URL."""
    if kind == "duckdb":
        return _duckdb(model, files, folder / "star.duckdb")
    file = folder / "star.sqlite"
    file.touch()
    address = f"sqlite:///{file}"
    fill_tables(address, model, files)
    return address


def _duckdb(model: Model, files: Path, file: Path) -> str:
    with duckdb.connect(str(file)) as connection:
        for table in model.tables:
            if table.derivation is None:
                connection.register("frame", read_frame(table, files).to_arrow())
                connection.execute(f'create table "{table.source}" as from frame')
                connection.unregister("frame")
    return f"duckdb:///{file}"


def fill_clickhouse(server: str, name: str, model: Model, files: Path) -> str:
    """Copy a star's files into a new database of a ClickHouse; give its URL."""
    url = sa.make_url(server)
    client = clickhouse_connect.get_client(host=url.host, port=url.port, username=url.username)
    client.command(f"DROP DATABASE IF EXISTS {name}")
    client.command(f"CREATE DATABASE {name}")
    with TemporaryDirectory() as folder:
        for table in model.tables:
            if table.derivation is None:
                file = Path(folder) / f"{table.name}.parquet"
                read_frame(table, files).write_parquet(file)
                columns = ", ".join(f"`{part.name}` {clickhouse_type_name(part.type)}" for part in table.columns)
                made = f"CREATE TABLE {name}.`{table.source}` ({columns}) ENGINE = MergeTree ORDER BY tuple()"
                client.command(f"{made} AS SELECT * FROM file('{file}', 'Parquet')")
    client.close()
    return url.set(database=name).render_as_string(hide_password=False)


def fill_postgresql(server: sa.URL, name: str, model: Model, files: Path) -> str:
    """Copy a star's files into a new database of a PostgreSQL, the fast way; give its URL."""
    url = empty_database(server, name)
    address = url.render_as_string(hide_password=False)
    fill_tables(address, model, None)
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        for table in model.tables:
            if table.derivation is None:
                content = io.BytesIO()
                read_frame(table, files).write_csv(content, include_header=False)
                connection.execute(f"ALTER TABLE {table.source} SET UNLOGGED")
                with connection.cursor() as cursor, cursor.copy(f"COPY {table.source} FROM STDIN (FORMAT csv)") as copy:
                    copy.write(content.getvalue())
        # What the server's own upkeep would do in a while.
        connection.execute("ANALYZE")
    return address


def read_frame(table: Table, files: Path) -> pl.DataFrame:
    """Read a table's file, typed as the model says."""
    parquet = files / f"{table.source}.parquet"
    types = {column.name: dtype(column.type) for column in table.columns}
    if parquet.exists():
        return pl.read_parquet(parquet).select(pl.col(name).cast(type_) for name, type_ in types.items())
    text = pl.read_csv(files / f"{table.source}.csv", infer_schema=False).select(list(types))
    return text.select(_typed(name, type_) for name, type_ in types.items())


def typed_frame(table: Table, rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    """Make a frame of a table's rows, typed as the model says."""
    return pl.DataFrame(rows, schema={column.name: dtype(column.type) for column in table.columns}, orient="row")


def _typed(name: str, type_: pl.DataType) -> pl.Expr:
    if isinstance(type_, pl.Boolean):
        return pl.col(name) == "true"
    if isinstance(type_, pl.Datetime):
        return pl.col(name).str.to_datetime()
    return pl.col(name).str.to_date() if isinstance(type_, pl.Date) else pl.col(name).cast(type_)


def fill_tables(address: str, model: Model, files: Path | None) -> None:
    """Copy a star's files into the tables of a database that SQLAlchemy reaches; without files they stay empty."""
    database = open_database(address)
    assert isinstance(database, AlchemyDatabase)
    dialect = database.dialect
    engine = sa.create_engine(database.url)
    with engine.begin() as connection:
        for table in model.tables:
            if table.derivation is None:
                columns = (sa.Column(column.name, dialect.type(column.type)) for column in table.columns)
                made = sa.Table(table.source, sa.MetaData(), *columns)
                made.drop(connection, checkfirst=True)
                made.create(connection)
                if files is None:
                    continue
                frame = read_frame(table, files)
                if not dialect.has_decimals:
                    frame = frame.cast({pl.Decimal: pl.Float64})
                if rows := frame.to_dicts():
                    connection.execute(made.insert(), rows)
    engine.dispose()
    database.close()

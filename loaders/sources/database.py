"""A database by its SQLAlchemy URL. Its password reaches no message and no manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from cube_server.errors import SourceError, nearest
from cube_server.model.tables import Table
from cube_server.types import DataType, Kind
from cube_server.urls import shown, without_secrets

from ..mistakes import Mistakes
from ..origins import Origin, Part
from .base import add_missing_columns

_BATCH = 50_000
"""Rows fetched at a time."""


@dataclass(frozen=True, slots=True)
class Database:
    """A source of SQL tables and views, read in one transaction.

    Attributes:
        connection: In that transaction.
    """

    connection: sa.Connection

    @property
    def name(self) -> str:
        """The URL without its password and options."""
        return shown(self.connection.engine.url)

    def tables(self) -> Sequence[str]:
        """Name all tables and views of the default schema."""
        return self._present("")

    def columns(self, source: str) -> Mapping[str, DataType | None]:
        """Give the columns of a table, `name` or `schema.name`, with their declared types.

        Raises:
            SourceError: There is no such table.
        """
        schema, _, name = source.rpartition(".")
        present = self._present(schema)
        if name not in present:
            raise SourceError(f"There is no table {source!r}.", hint=nearest(name, present))
        columns = sa.inspect(self.connection).get_columns(name, schema or None)
        return {column["name"]: _declared(column["type"]) for column in columns}

    def _present(self, schema: str) -> Sequence[str]:
        inspector = sa.inspect(self.connection)
        return sorted([*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)])

    def parts(self, table: Table, mistakes: Mistakes) -> Iterator[Part]:
        """Give a part a batch, in the order of the table's key, so that every load reads the same order.

        The table's source is its name, or `schema.name`.
        """
        schema, _, name = table.source.rpartition(".")
        place = f"table {table.source}"
        present = self._present(schema)
        if name not in present:
            mistakes.add(place, f"There is no table {table.source!r}.", nearest(name, present))
            return
        columns = [column["name"] for column in sa.inspect(self.connection).get_columns(name, schema or None)]
        if not add_missing_columns(place, table, columns, mistakes):
            yield from self._batches(_select(table, name, schema), place)

    def _batches(self, query: sa.Select[Any], place: str) -> Iterator[Part]:
        result = self.connection.execution_options(yield_per=_BATCH).execute(query)
        first = 0
        for rows in result.partitions():
            yield Part(_frame(list(result.keys()), rows), Origin(name=place, first=first))
            first += len(rows)
        if first == 0:
            yield Part(_frame(list(result.keys()), []), Origin(name=place))


@contextmanager
def open_database(address: str) -> Iterator[Database]:
    """Connect, and begin the transaction in which everything is read.

    Raises:
        SourceError: The URL is none, its driver is not installed, or the database refuses; also when it fails
            while it is read.
    """
    url = _parse(address)
    try:
        engine = _engine(url)
        try:
            with engine.connect() as connection, connection.begin():
                yield Database(connection)
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        # `from None`: a driver's own message may hold the password, and a traceback would show it.
        raise SourceError(f"Cannot read {shown(url)}: {without_secrets(reason, url)}.") from None


def _declared(type_: sa.types.TypeEngine[Any]) -> DataType | None:
    """Take a database's type for the model's; None for those that the model has no like of."""
    if isinstance(type_, sa.Numeric) and type_.scale is not None and (type_.precision or 0) <= _MOST_DIGITS:
        return DataType(Kind.DECIMAL, type_.scale)
    return next((DataType(kind) for family, kind in _KINDS if isinstance(type_, family)), None)


_MOST_DIGITS = 18

_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], Kind], ...] = (
    (sa.Float, Kind.FLOAT),
    (sa.Numeric, Kind.FLOAT),
    (sa.Boolean, Kind.BOOL),
    (sa.Integer, Kind.INT),
    (sa.DateTime, Kind.TIMESTAMP),
    (sa.Date, Kind.DATE),
    (sa.String, Kind.TEXT),
    (sa.Uuid, Kind.TEXT),
    (sa.Time, Kind.TEXT),
)


def _parse(address: str) -> sa.URL:
    try:
        url = sa.make_url(address)
    except (ArgumentError, ValueError):
        raise SourceError(
            "The source is no database URL.",  # not shown: it may hold a password
            hint="Write DIALECT://USER:PASSWORD@HOST/DATABASE, or sqlite:///FILE.",
        ) from None
    missing = url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file()
    if missing:
        raise SourceError(f"There is no SQLite file {url.database!r}.")
    return url


def _engine(url: sa.URL) -> sa.Engine:
    try:
        engine = sa.create_engine(url)
    except ModuleNotFoundError as error:
        raise SourceError(
            f"The driver {error.name!r} for {shown(url)} is not installed.",
            hint=f"Run `pip install {error.name}`.",
        ) from None
    if engine.dialect.name == "sqlite":
        _begin_for_reading(engine)
    return engine


def _begin_for_reading(engine: sa.Engine) -> None:
    """Let SQLite see one state of the database throughout: its driver begins no transaction for a SELECT."""

    @sa.event.listens_for(engine, "connect")
    def _(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")


def _select(table: Table, name: str, schema: str) -> sa.Select[Any]:
    columns: dict[str, sa.ColumnClause[Any]] = {
        column.name: sa.column(sa.quoted_name(column.name, quote=True)) for column in table.columns
    }
    source = sa.table(
        sa.quoted_name(name, quote=True),
        *columns.values(),
        schema=sa.quoted_name(schema, quote=True) if schema else None,
    )
    key = [columns[column.name] for column in table.key]
    return sa.select(*columns.values()).select_from(source).order_by(*key)


def _frame(columns: Sequence[str], rows: Sequence[sa.Row[Any]]) -> pl.DataFrame:
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pl.DataFrame([_series(name, list(column)) for name, column in zip(columns, values, strict=True)])


def _series(name: str, values: list[Any]) -> pl.Series:
    """Make a series of values of one Python type, or of objects: nothing is converted here."""
    kinds = set(map(type, values)) - {type(None)}
    return pl.Series(name, values, dtype=pl.Object if len(kinds) > 1 else None)

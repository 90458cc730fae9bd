"""A database by its SQLAlchemy URL. Its password reaches no message and no manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from cube_server.errors import SourceError, nearest
from cube_server.model.tables import Table
from cube_server.types import DataType, Kind, Scalar
from cube_server.urls import shown

from ..mistakes import Mistakes
from ..origins import Origin, Part
from .asking import TAKEN, asked, named, selection
from .base import Look, add_missing_columns
from .connecting import connected
from .copying import copying
from .python_values import series_of

_BATCH = 50_000
"""Rows fetched at a time where they are not copied, so that neither side holds them all."""


@dataclass(frozen=True, slots=True)
class Database:
    """A source of SQL tables, views and queries, read in one transaction.

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
        return {name: _declared(type_) for name, type_ in self._types(source).items()}

    def _types(self, source: str) -> Mapping[str, sa.types.TypeEngine[Any]]:
        schema, _, name = source.rpartition(".")
        present = self._present(schema)
        if name not in present:
            raise SourceError(f"There is no table {source!r}.", hint=nearest(name, present))
        columns = sa.inspect(self.connection).get_columns(name, schema or None)
        return {column["name"]: column["type"] for column in columns}

    def look(self, source: str) -> Look:
        """Give the names of a table's columns; SourceError as for `columns`."""
        types = self._types(source)
        return Look(tuple(types), untyped={name: kind for name, type_ in types.items() if (kind := _untyped(type_))})

    def references(self, source: str) -> Mapping[str, tuple[str, str]]:
        """Give the foreign keys of one column that a table declares; SourceError as for `columns`."""
        schema, _, name = source.rpartition(".")
        if name not in self._present(schema):
            raise SourceError(f"There is no table {source!r}.", hint=nearest(name, self._present(schema)))
        declared = sa.inspect(self.connection).get_foreign_keys(name, schema or None)
        return {
            key["constrained_columns"][0]: (
                ".".join(filter(None, [key["referred_schema"], key["referred_table"]])),
                key["referred_columns"][0],
            )
            for key in declared
            if len(key["constrained_columns"]) == len(key["referred_columns"]) == 1
        }

    def rows(self, table: Table) -> int | None:
        """Tell how many rows a table has, as far as PostgreSQL has counted them lately; None for others and queries."""
        if table.reading.query or self.connection.dialect.name != "postgresql":
            return None
        quoted = ".".join(self.connection.dialect.identifier_preparer.quote(part) for part in table.source.split("."))
        counted = sa.text("select reltuples::bigint from pg_class where oid = to_regclass(:name) and reltuples > 0")
        return self.connection.execute(counted, {"name": quoted}).scalar()

    def parts(self, table: Table, mistakes: Mistakes, since: Scalar | None = None) -> Iterator[Part]:
        """Give a part a batch, in the order of the table's key, so that every load reads the same order.

        The table's source is its name, or `schema.name`, or a query.
        """
        place = f"query of table {table.name}" if table.reading.query else f"table {table.source}"
        source = asked(table) if table.reading.query else self._there(table, place, mistakes)
        if source is not None and not add_missing_columns(place, table, self._columns(source), mistakes):
            yield from self._batches(selection(table, source, since), place, mistakes)

    def _present(self, schema: str) -> Sequence[str]:
        inspector = sa.inspect(self.connection)
        return sorted([*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)])

    def _there(self, table: Table, place: str, mistakes: Mistakes) -> sa.FromClause | None:
        schema, _, name = table.source.rpartition(".")
        present = self._present(schema)
        if name not in present:
            mistakes.add(place, f"There is no table {table.source!r}.", nearest(name, present))
            return None
        return named(table.source)

    def _columns(self, source: sa.FromClause) -> Sequence[str]:
        query = sa.select(sa.text("*")).select_from(source).where(sa.text("1 = 0"))
        return list(self.connection.execute(query).keys())

    def _batches(self, query: sa.Select[Any], place: str, mistakes: Mistakes) -> Iterator[Part]:
        copied = copying(self.connection, query, place)
        if copied is None:
            yield from self._rows(query, place, mistakes)
            return
        first = 0
        for frame in copied.frames():
            yield Part(frame, Origin(name=place, first=first))
            first += frame.height

    def _rows(self, query: sa.Select[Any], place: str, mistakes: Mistakes) -> Iterator[Part]:
        # An option of this statement alone: a connection's would make cursors of what looks at the catalogue, too.
        with self.connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
            names = list(result.keys())
            first = 0
            for rows in result.partitions():
                if _refused(names, rows, place, mistakes):
                    return
                yield Part(_frame(names, rows), Origin(name=place, first=first))
                first += len(rows)
            if first == 0:
                yield Part(_frame(names, []), Origin(name=place))


@contextmanager
def open_database(address: str) -> Iterator[Database]:
    """Open a database for one load.

    Raises:
        SourceError: As `connected` does.
    """
    with connected(address) as connection:
        yield Database(connection)


def _declared(type_: sa.types.TypeEngine[Any]) -> DataType | None:
    """Take a database's type for the model's; None for those that the model has no like of."""
    if isinstance(type_, sa.Numeric) and type_.scale is not None and (type_.precision or 0) <= _MOST_DIGITS:
        return DataType(Kind.DECIMAL, type_.scale)
    return next((DataType(kind) for family, kind in _KINDS if isinstance(type_, family)), None)


def _untyped(type_: sa.types.TypeEngine[Any]) -> str | None:
    try:
        return _NO_VALUES.get(type_.python_type)
    except NotImplementedError:
        # A type of the database's own, or a column of SQLite that declares none.
        return None


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

_NO_VALUES: Mapping[type, str] = {
    list: "an array",
    dict: "a JSON object",
    bytes: "binary",
    memoryview: "binary",
    timedelta: "an interval",
}
"""What a column of the model cannot hold, by the type of Python that drivers give it as."""


def _refused(names: Sequence[str], rows: Sequence[sa.Row[Any]], place: str, mistakes: Mistakes) -> bool:
    """Add a mistake for each column whose values no column of a model can hold."""
    found = {
        name: _NO_VALUES.get(next((type(row[k]) for row in rows if row[k] is not None), type(None)))
        for k, name in enumerate(names)
    }
    wrong = {name: kind for name, kind in found.items() if kind}
    for name, kind in wrong.items():
        told = f"Column {name!r} is {kind}, which a model has no type for."
        mistakes.add(place, told, TAKEN)
    return bool(wrong)


def _frame(columns: Sequence[str], rows: Sequence[sa.Row[Any]]) -> pl.DataFrame:
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pl.DataFrame([series_of(name, column) for name, column in zip(columns, values, strict=True)])

"""A DuckDB file, by its own client: rows come as Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from cube_server.errors import SourceError, nearest
from cube_server.model.tables import Table
from cube_server.types import DataType, Scalar
from cube_server.urls import shown

from ..mistakes import Mistakes
from ..origins import Origin, Part
from .asking import TAKEN, asked, named, selection
from .base import ROWS_PER_PART, Look, add_missing_columns, add_untyped_columns
from .types import declared_type, untyped

if TYPE_CHECKING:
    import duckdb

_DIALECT: sa.Dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
"""Its own has no release that knows DuckDB 2; what is written here is the same in PostgreSQL's."""

_PRESENT = """
    select table_name from information_schema.tables
    where table_catalog = current_database() and table_schema = coalesce(nullif($1, ''), current_schema()) order by 1"""

_REFERENCES = """
    select constraint_column_names[1], referenced_table, referenced_column_names[1] from duckdb_constraints()
    where constraint_type = 'FOREIGN KEY' and len(constraint_column_names) = 1 and table_name = $1
      and schema_name = coalesce(nullif($2, ''), current_schema())"""

_SIZE = """
    select estimated_size from duckdb_tables()
    where table_name = $1 and schema_name = coalesce(nullif($2, ''), current_schema())"""


@dataclass(frozen=True, slots=True)
class DuckDBFile:
    """A source of tables, views and queries of a DuckDB file, read in one transaction.

    Attributes:
        url: Where it is.
        connection: In that transaction.
    """

    url: sa.URL
    connection: duckdb.DuckDBPyConnection

    @property
    def name(self) -> str:
        """The URL."""
        return shown(self.url)

    def tables(self) -> Sequence[str]:
        """Name all tables and views of the default schema."""
        return self._present("")

    def columns(self, source: str) -> Mapping[str, DataType | None]:
        """Give the columns of a table, `name` or `schema.name`, with their types.

        Raises:
            SourceError: There is no such table.
        """
        self._check(source)
        return {name: declared_type(dtype) for name, dtype in self._schema(named(source)).items()}

    def look(self, source: str) -> Look:
        """Give the names of a table's columns; SourceError as for `columns`."""
        self._check(source)
        schema = self._schema(named(source))
        return Look(tuple(schema), untyped=untyped(schema))

    def references(self, source: str) -> Mapping[str, tuple[str, str]]:
        """Give the foreign keys of one column that a table declares; SourceError as for `columns`."""
        self._check(source)
        schema, _, name = source.rpartition(".")
        found = self.connection.execute(_REFERENCES, [name, schema]).fetchall()
        return {own: (f"{schema}.{table}" if schema else table, key) for own, table, key in found}

    def rows(self, table: Table) -> int | None:
        """Tell about how many rows a table has; None for views and queries."""
        if table.reading.query:
            return None
        schema, _, name = table.source.rpartition(".")
        found = self.connection.execute(_SIZE, [name, schema]).fetchone()
        return found[0] if found else None

    def parts(self, table: Table, mistakes: Mistakes, since: Scalar | None = None) -> Iterator[Part]:
        """Give a part a batch, in the order of the table's key; its source is a name, `schema.name`, or a query."""
        place = f"query of table {table.name}" if table.reading.query else f"table {table.source}"
        source = asked(table) if table.reading.query else self._there(table, place, mistakes)
        if source is None:
            return
        schema = self._schema(source)
        if add_missing_columns(place, table, schema, mistakes):
            return
        if not add_untyped_columns(place, table, untyped(schema), mistakes, TAKEN):
            yield from self._parts(selection(table, source, since), place)

    def _parts(self, query: sa.Select[tuple[object, ...]], place: str) -> Iterator[Part]:
        first = 0
        for frame in self._frames(query):
            # Of no rows there is one frame, for the sake of the columns.
            if frame.height or not first:
                yield Part(frame, Origin(name=place, first=first))
            first += frame.height

    def _frames(self, query: sa.Select[tuple[object, ...]]) -> Iterator[pl.DataFrame]:
        compiled = query.compile(dialect=_DIALECT)
        values = [compiled.params[name] for name in getattr(compiled, "positiontup", None) or ()]
        found = self.connection.sql(str(compiled), params=values)
        yield pl.DataFrame(found.limit(0).to_arrow_table())
        with found.to_arrow_reader(ROWS_PER_PART) as reader:
            yield from (pl.DataFrame(batch) for batch in reader)

    def _schema(self, source: sa.FromClause) -> pl.Schema:
        every = sa.select(sa.text("*")).select_from(source).limit(0)
        text = str(every.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))
        return pl.DataFrame(self.connection.sql(text).to_arrow_table()).schema

    def _present(self, schema: str) -> Sequence[str]:
        return [name for (name,) in self.connection.execute(_PRESENT, [schema]).fetchall()]

    def _check(self, source: str) -> None:
        schema, _, name = source.rpartition(".")
        present = self._present(schema)
        if name not in present:
            raise SourceError(f"There is no table {source!r}.", hint=nearest(name, present))

    def _there(self, table: Table, place: str, mistakes: Mistakes) -> sa.FromClause | None:
        try:
            self._check(table.source)
        except SourceError as error:
            mistakes.add(place, error.message, error.hint)
            return None
        return named(table.source)


@contextmanager
def open_duckdb(url: sa.URL) -> Iterator[DuckDBFile]:
    """Open a DuckDB file for one load.

    Args:
        url: `duckdb:///FILE`.

    Raises:
        SourceError: There is no such file, it is none, somebody writes into it, or a query is wrong.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        told = f"The driver for {shown(url)} is not installed."
        raise SourceError(told, hint="Run `pip install 'cube-server[duckdb]'`.") from None
    if not Path(url.database or "").is_file():
        raise SourceError(f"There is no DuckDB file {url.database!r}.")
    try:
        with duckdb.connect(str(url.database), read_only=True) as connection:
            connection.begin()
            yield DuckDBFile(url, connection)
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise SourceError(f"Cannot read {shown(url)}: {reason}.", hint=_hint(reason)) from error


def _hint(reason: str) -> str:
    return "Another program writes into it: wait until it is done." if "lock" in reason.lower() else ""

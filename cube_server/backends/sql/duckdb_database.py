"""DuckDB, through its own client: parameters by number, Arrow out.

SQLAlchemy's dialect for DuckDB had no release that knows DuckDB 2, and the SQL that is needed here is PostgreSQL's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from weakref import WeakSet

import duckdb
import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from cube_server.backends.sql.database import Change, Compilations, Database, Schema, framed, gathered, typed, values
from cube_server.backends.sql.dialects import DUCKDB, Dialect, Selection
from cube_server.backends.sql.failures import failure
from cube_server.backends.sql.transactions import Transaction
from cube_server.backends.sql.watch import watching
from cube_server.budget import Budget
from cube_server.errors import BusyError, LimitError, WarehouseError
from cube_server.types import Kind

_CHUNK = 100_000
_FEW = 1_000
"""So many rows come faster as Python's values than as Arrow, for which the client reads a statement twice."""
_SIMPLE = frozenset({Kind.INT, Kind.DECIMAL, Kind.FLOAT, Kind.TEXT, Kind.BOOL})
"""What Python's values say as exactly as Arrow: there are days and moments that it has none for."""
_COMPILER: sa.Dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class DuckDBDatabase:
    """A DuckDB file.

    Args:
        url: `duckdb:///FILE`.
        is_writable: Whether it is opened for writing too; no other process may have it open then.

    Raises:
        WarehouseError: There is no such database.
    """

    def __init__(self, url: sa.URL, *, is_writable: bool = False) -> None:
        self._url = url
        try:
            is_read_only = bool(url.database) and not is_writable
            self._connection = duckdb.connect(url.database or ":memory:", read_only=is_read_only)
        except duckdb.Error as error:
            raise self._unreachable(error) from error
        self._compilations = Compilations(_compiled, lambda text: self._connection.extract_statements(text)[0])
        self._few: WeakSet[Selection] = WeakSet()

    @property
    def dialect(self) -> Dialect:
        """DuckDB's."""
        return DUCKDB

    def fetch(self, statement: Selection, schema: Schema, budget: Budget) -> pl.DataFrame:
        """Run a statement; see `Database.fetch`."""
        with self._connection.cursor() as cursor:
            return self._run(cursor, statement, schema, budget)

    @contextmanager
    def transaction(self, ahead: Selection | None = None) -> Iterator[Database]:  # noqa: ARG002 - costs no message
        """Hold a transaction; see `Database.transaction`."""
        with self._connection.cursor() as cursor:
            cursor.begin()
            yield Transaction(self, partial(self._run, cursor))

    def _run(
        self, cursor: duckdb.DuckDBPyConnection, statement: Selection, schema: Schema, budget: Budget
    ) -> pl.DataFrame:
        try:
            with watching(budget, cursor.interrupt):
                found = gathered(self._chunks(cursor, statement, schema), schema, budget)
        except duckdb.InterruptException as error:
            raise BusyError("The database ended the statement.", hint="Ask again later.") from error
        except duckdb.OutOfRangeException as error:
            raise LimitError("A number does not fit into 38 digits.", hint="Measure in greater units.") from error
        except duckdb.Error as error:
            raise self._unreachable(error) from error
        if found.height <= _FEW and all(type_.kind in _SIMPLE for type_ in schema.values()):
            # Who keeps a statement asks it again of the same data, or of a state that is told in one row.
            self._few.add(statement)
        return found

    def _chunks(
        self, cursor: duckdb.DuckDBPyConnection, statement: Selection, schema: Schema
    ) -> Iterator[pl.DataFrame]:
        parsed, given = self._compilations.of(statement)
        if statement in self._few:
            yield framed(cursor.execute(parsed, given).fetchall(), schema)
            return
        found = cursor.sql(parsed, params=given)
        # In a transaction the next statement runs on the same connection: nothing of this one may be left open.
        with found.to_arrow_reader(_CHUNK) as reader:
            for batch in reader:
                yield typed(batch, schema)
        found.close()

    def change(self, statements: Sequence[Change]) -> None:
        """Run statements that change the database; see `Writable.change`."""
        try:
            with self._connection.cursor() as cursor:
                cursor.begin()
                for statement in statements:
                    compiled = statement.compile(dialect=_COMPILER, compile_kwargs={"render_postcompile": True})
                    cursor.execute(str(compiled), values(compiled))
                cursor.commit()
        except duckdb.Error as error:
            raise self._unreachable(error) from error

    def settle(self, table: sa.Table) -> None:
        """Leave a table as it is: what DuckDB knows of each run of rows it has written with them."""

    def text(self, statement: Selection) -> str:
        """Write a statement with its parameters in place."""
        return str(statement.compile(dialect=_COMPILER, compile_kwargs={"literal_binds": True}))

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Give the types of a table's columns."""
        schema, _, name = table.rpartition(".")
        found = sa.table("columns", sa.column("column_name"), sa.column("data_type"), schema="information_schema")
        wanted = sa.select(found.c.column_name, found.c.data_type).where(
            sa.column("table_name") == name,
            sa.column("table_schema") == (sa.literal(schema) if schema else sa.func.current_schema()),
        )
        compiled = wanted.compile(dialect=_COMPILER)
        with self._connection.cursor() as cursor:
            rows = cursor.execute(str(compiled), values(compiled)).fetchall()
        return dict(rows) or None

    def close(self) -> None:
        """Close the file; a statement that still runs, such as a look at the state, keeps it open until it ends."""
        with suppress(duckdb.ResourceInUseException):
            self._connection.close()

    def _unreachable(self, error: duckdb.Error) -> WarehouseError:
        return failure(str(error), self._url)


def _compiled(statement: Selection) -> sa.Compiled:
    return statement.compile(dialect=_COMPILER, compile_kwargs={"render_postcompile": True})

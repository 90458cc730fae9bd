"""Databases through SQLAlchemy's engines, and SQLite, which needs nothing but that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from cube_server.backends.sql.database import Change, Database, Schema, framed, gathered
from cube_server.backends.sql.dialects import SQLITE, Dialect, Selection
from cube_server.backends.sql.failures import failure
from cube_server.backends.sql.sqlite_functions import add_functions
from cube_server.backends.sql.transactions import Transaction
from cube_server.backends.sql.watch import watching
from cube_server.budget import Budget
from cube_server.errors import BusyError, SettingsError, WarehouseError
from cube_server.urls import shown

CHUNK = 50_000
"""How many rows are taken out of the database at a time: rows of Python's own values are large."""


class AlchemyDatabase:
    """A database behind a SQLAlchemy engine.

    Args:
        url: Where it is.
        dialect: Which kind it is.
        connecting: What the driver is told beside the URL, unless that says it itself.
        pings: Whether a connection that was kept is asked whether it still is one.
        begins: Whether the driver begins and ends transactions; else only statements do.

    Raises:
        SettingsError: The driver is not installed.
    """

    def __init__(
        self,
        url: sa.URL,
        dialect: Dialect,
        connecting: Mapping[str, Any] | None = None,
        *,
        pings: bool = True,
        begins: bool = True,
    ) -> None:
        self.url, self._dialect, self._is_closed = url, dialect, False
        own = {name: value for name, value in (connecting or {}).items() if name not in url.query}
        try:
            self._engine = sa.create_engine(
                url,
                pool_pre_ping=pings,
                connect_args=own,
                isolation_level=None if begins else "AUTOCOMMIT",
                skip_autocommit_rollback=not begins,
            )
        except (ModuleNotFoundError, sa.exc.NoSuchModuleError) as error:
            raise SettingsError(
                f"{shown(url)} needs a driver that is not installed: {error}.",
                hint=f"Install it: pip install cube-server[{url.get_backend_name()}]",
            ) from error

    @property
    def dialect(self) -> Dialect:
        """Which kind it is."""
        return self._dialect

    def fetch(self, statement: Selection, schema: Schema, budget: Budget) -> pl.DataFrame:
        """Run a statement; see `Database.fetch`."""
        with self._connected() as connection:
            return self._gathered(connection, statement, schema, budget)

    @contextmanager
    def transaction(self, ahead: Selection | None = None) -> Iterator[Database]:  # noqa: ARG002 - costs no message
        """Hold a transaction; see `Database.transaction`."""
        with self._connected() as connection:
            # The driver begins none by itself for what only reads.
            connection.exec_driver_sql("BEGIN")
            yield Transaction(self, partial(self._gathered, connection))

    def change(self, statements: Sequence[Change]) -> None:
        """Run statements that change the database; see `Writable.change`."""
        try:
            with self._changing.begin() as connection:
                self._begin_change(connection)
                for statement in statements:
                    connection.execute(statement)
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise self._failed(error) from error

    def settle(self, table: sa.Table) -> None:
        """Leave a table as it is; see `Writable.settle`."""

    def text(self, statement: Selection) -> str:
        """Write a statement with its parameters in place."""
        return str(statement.compile(self._engine, compile_kwargs={"literal_binds": True}))

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Give the types of a table's columns."""
        schema, _, name = table.rpartition(".")
        with self._connected() as connection:
            inspector = sa.inspect(connection)
            if not inspector.has_table(name, schema or None):
                return None
            return {column["name"]: str(column["type"]) for column in inspector.get_columns(name, schema or None)}

    def close(self) -> None:
        """Let go of all connections; of one in use, such as a look at the state, when that is over."""
        self._is_closed = True
        self._engine.dispose()

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        """Open a connection; what the driver raises becomes an error of this program."""
        pool = self._engine.pool
        try:
            with self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise self._failed(error) from error
        finally:
            if self._is_closed or pool is not self._engine.pool:
                # It was given back to a pool that nobody looks into any more.
                pool.dispose()

    def _gathered(
        self, connection: sa.Connection, statement: Selection, schema: Schema, budget: Budget
    ) -> pl.DataFrame:
        try:
            with watching(budget, self._canceller(connection)):
                self._begin(connection, budget)
                chunks = self._rows(connection, statement)
                return gathered((framed(rows, schema) for rows in chunks), schema, budget)
        except BaseException as error:
            # It may be in the middle of rows, or about to be told to end what is over.
            connection.invalidate()
            if isinstance(error, (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error)):
                raise self._failed(error) from error
            raise

    def _begin(self, connection: sa.Connection, budget: Budget) -> None:
        """Set up what the statement needs."""

    @property
    def _changing(self) -> sa.Engine:
        """What statements that change the database are sent through."""
        return self._engine

    def _begin_change(self, connection: sa.Connection) -> None:
        """Set up what statements that change the database need."""

    def _rows(self, connection: sa.Connection, statement: Selection) -> Iterable[Sequence[Sequence[object]]]:
        """Run a statement; give its rows chunk by chunk."""
        return connection.execute(statement).partitions(CHUNK)

    def _canceller(self, connection: sa.Connection) -> Callable[[], object]:
        """Give what ends a statement that runs on a connection."""
        driver: Any = connection.connection.driver_connection
        found: Callable[[], object] = driver.interrupt
        return found

    def _failed(self, error: Exception) -> WarehouseError | BusyError:
        return failure(str(error.orig) if isinstance(error, DBAPIError) else str(error), self.url)


def sqlite_database(url: sa.URL) -> AlchemyDatabase:
    """Open an SQLite file.

    Raises:
        WarehouseError: There is none; SQLite itself would make an empty one.
    """
    if url.database and url.database != ":memory:" and "uri" not in url.query and not Path(url.database).is_file():
        raise failure("unable to open database file", url)
    database = AlchemyDatabase(url, SQLITE)
    sa.event.listen(database._engine, "connect", add_functions)
    return database

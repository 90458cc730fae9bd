"""PostgreSQL: statements that only read, rows streamed, ended by a message to the server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

import sqlalchemy as sa

from cube_server.backends.sql.alchemy_database import CHUNK, AlchemyDatabase
from cube_server.backends.sql.database import Compilations, Database
from cube_server.backends.sql.dialects import POSTGRESQL, Selection
from cube_server.backends.sql.failures import CONNECT_SECONDS
from cube_server.backends.sql.postgresql_catalog import columns_of
from cube_server.backends.sql.transactions import Run, Transaction
from cube_server.budget import Budget
from cube_server.errors import BusyError, WarehouseError

_ENDED = "57014"
"""The code of a statement that was ended, by its limit of time or by somebody."""
_WITHOUT_LOOPS, _AS_USUAL = "SET LOCAL enable_nestloop = off", "SET LOCAL enable_nestloop = DEFAULT"
_OF_UNKNOWN_SIZE = re.compile(r"\(SELECT (DISTINCT|unnest)\b")
"""PostgreSQL knows nothing of the values in a list that travels as a table, nor of the pairs that a bridge is made of,
expects a row or so of what is joined to it, and would go through the whole of it for each fact: a question of seconds
took minutes."""
_SECONDS = 5.0
"""How long the message to end a statement may take."""


class PostgreSQLDatabase(AlchemyDatabase):
    """A PostgreSQL, through psycopg.

    Args:
        url: Where it is.

    Raises:
        SettingsError: The driver is not installed.
    """

    def __init__(self, url: sa.URL) -> None:
        connecting = {"connect_timeout": CONNECT_SECONDS}
        super().__init__(url.set(drivername="postgresql+psycopg"), POSTGRESQL, connecting)
        self._compilations = Compilations(
            lambda statement: statement.compile(self._engine, compile_kwargs={"render_postcompile": True})
        )

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """Hold a transaction that other connections can join; see `Database.transaction`."""
        with self._held() as connection:
            name = connection.execute(sa.select(sa.func.pg_export_snapshot())).scalar_one()
            yield Transaction(self, partial(self._gathered, connection), lambda: self._joined(name))

    @contextmanager
    def _joined(self, snapshot: str) -> Iterator[Run]:
        """Open one more connection that sees a snapshot that another one holds."""
        with self._held() as connection:
            # This command takes no parameters; the name is the database's own.
            connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            yield partial(self._gathered, connection)

    @contextmanager
    def _held(self) -> Iterator[sa.Connection]:
        with self._connected() as connection:
            yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def _begin(self, connection: sa.Connection, budget: Budget) -> None:
        """Allow only reading, and let the server itself end what takes too long, should we be gone by then."""
        milliseconds = max(int(budget.seconds_left * 1000), 1)
        settings = {"transaction_read_only": "on", "statement_timeout": str(milliseconds), "TimeZone": "UTC"}
        connection.execute(sa.select(*(sa.func.set_config(name, value, True) for name, value in settings.items())))

    def _begin_change(self, connection: sa.Connection) -> None:
        """Take moments as UTC, as when they are asked for."""
        connection.execute(sa.select(sa.func.set_config("TimeZone", "UTC", True)))

    def settle(self, table: sa.Table) -> None:
        """Count the values of its columns, and mark its rows as seen by all, which else its first readers would do."""
        name = self._engine.dialect.identifier_preparer.format_table(table)
        with self._connected() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.exec_driver_sql(f"VACUUM (FREEZE, ANALYZE) {name}")

    def _rows(self, connection: sa.Connection, statement: Selection) -> Iterator[Sequence[Sequence[object]]]:
        """Take rows as they come: neither all at once nor by a cursor there, for which it makes no parallel plans."""
        text, values = self._compilations.of(statement)
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            is_blind = _OF_UNKNOWN_SIZE.search(text) is not None
            if is_blind:
                cursor.execute(_WITHOUT_LOOPS)
            rows = cursor.stream(text, values, size=1000)
            while chunk := list(islice(rows, CHUNK)):
                yield chunk
            if is_blind:
                cursor.execute(_AS_USUAL)

    def _canceller(self, connection: sa.Connection) -> Callable[[], object]:
        driver: Any = connection.connection.driver_connection
        return lambda: driver.cancel_safe(timeout=_SECONDS)

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Give the types of a table's columns, of a view's, a partitioned or a foreign table's."""
        schema, _, name = table.rpartition(".")
        with self._connected() as connection:
            return dict(connection.execute(columns_of(schema, name)).all()) or None

    def _failed(self, error: Exception) -> WarehouseError | BusyError:
        if getattr(getattr(error, "orig", error), "sqlstate", None) == _ENDED:
            return BusyError("The database ended the statement.", hint="Ask for less, or later.")
        return super()._failed(error)

"""PostgreSQL: statements that only read, rows streamed, ended by a message to the server."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from cube_server.backends.sql.alchemy_database import CHUNK, AlchemyDatabase
from cube_server.backends.sql.database import Compilations, Database, Schema
from cube_server.backends.sql.dialects import POSTGRESQL, Selection
from cube_server.backends.sql.failures import CONNECT_SECONDS
from cube_server.backends.sql.postgresql_catalog import columns_of
from cube_server.backends.sql.transactions import Transaction
from cube_server.budget import Budget
from cube_server.errors import BusyError, WarehouseError

if TYPE_CHECKING:
    import psycopg

    _Cursor = psycopg.Cursor[tuple[Any, ...]]

_ENDED = "57014"
"""The code of a statement that was ended, by its limit of time or by somebody."""
_WITHOUT_LOOPS = b"SET LOCAL enable_nestloop TO off"
_AS_USUAL = b"SET LOCAL enable_nestloop TO DEFAULT"
_OF_UNKNOWN_SIZE = re.compile(rb"\(SELECT (DISTINCT|unnest)\b")
"""PostgreSQL knows nothing of the values in a list that travels as a table, nor of the pairs that a bridge is made of,
expects a row or so of what is joined to it, and would go through the whole of it for each fact: a question of seconds
took minutes."""
_SECONDS = 5.0
"""How long the message to end a statement may take."""
_MINUTE = 60_000
"""To the minute in milliseconds, the server itself ends what takes too long, should we be gone by then."""
_READING = (
    b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    b"SET LOCAL TimeZone TO 'UTC'",
    f"SET LOCAL statement_timeout TO {_MINUTE}".encode(),
)
_TIMED = "statement timeout of the transaction"


class PostgreSQLDatabase(AlchemyDatabase):
    """A PostgreSQL, through psycopg.

    Args:
        url: Where it is.

    Raises:
        SettingsError: The driver is not installed.
    """

    def __init__(self, url: sa.URL) -> None:
        connecting = {"connect_timeout": CONNECT_SECONDS}
        psycopg_url = url.set(drivername="postgresql+psycopg")
        # What begins a transaction says more than the driver would, and who ends one does not wait for the answer.
        super().__init__(psycopg_url, POSTGRESQL, connecting, pings=False, begins=False)
        self._psycopg: Any = self._engine.dialect.loaded_dbapi
        sa.event.listen(self._engine, "checkout", self._ended)
        self._compilations = Compilations(
            lambda statement: statement.compile(self._engine, compile_kwargs={"render_postcompile": True}), str.encode
        )

    def fetch(self, statement: Selection, schema: Schema, budget: Budget) -> pl.DataFrame:
        """Run a statement; see `Database.fetch`."""
        with self._reading() as (connection, _):
            return self._gathered(connection, statement, schema, budget)

    @contextmanager
    def transaction(self, ahead: Selection | None = None) -> Iterator[Database]:
        """Hold a transaction; see `Database.transaction`."""
        text = None if ahead is None else self._alone(ahead)
        with self._reading(*([text] if text else [])) as (connection, cursor):
            known = {ahead: cursor.set_result(-1).fetchall()} if ahead is not None and text else {}
            yield Transaction(self, partial(self._gathered, connection), known)

    def _alone(self, statement: Selection) -> bytes | None:
        """Write a statement as one among others in a message; None if it has parameters, which no such message has."""
        text, values = self._compilations.of(statement)
        # Percent signs are doubled for the driver's parameters.
        return None if values else text.replace(b"%%", b"%")

    @contextmanager
    def _reading(self, *more: bytes) -> Iterator[tuple[sa.Connection, _Cursor]]:
        """Begin to read and nothing but read, all in one message: a question has few to spare.

        Args:
            more: What else the message says.

        Returns:
            The connection, and a cursor with the answers.
        """
        with self._connected() as connection:
            try:
                yield connection, self._begun(connection, b"; ".join((*_READING, *more)))
            finally:
                # What was begun is there to end where the rest of the message failed, too.
                self._end(connection)

    def _begun(self, connection: sa.Connection, message: bytes) -> _Cursor:
        try:
            cursor = _driver(connection).execute(message)
        except self._psycopg.OperationalError:
            if not _driver(connection).closed:
                raise
            # It was kept from before the server began anew, as all that wait were.
            self._engine.dispose()
            connection.invalidate()
            cursor = _driver(connection).execute(message)
        connection.info[_TIMED] = _MINUTE
        return cursor

    def _end(self, connection: sa.Connection) -> None:
        """End what was begun, without waiting for the answer: whoever takes the connection next finds it there."""
        if connection.invalidated:
            return
        driver = _driver(connection)
        try:
            driver.pgconn.send_query(b"ROLLBACK")
            driver.wait(self._psycopg.generators.send(driver.pgconn))
        except self._psycopg.OperationalError:
            connection.invalidate()

    def _ended(self, driver: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
        """Take in the answer to what ended the last transaction on a connection."""
        if driver.pgconn.transaction_status != self._psycopg.pq.TransactionStatus.ACTIVE:
            return
        try:
            driver.wait(self._psycopg.generators.fetch_many(driver.pgconn))
        except self._psycopg.OperationalError as error:
            # The server has closed it meanwhile: another one is taken.
            raise sa.exc.DisconnectionError from error

    def _begin(self, connection: sa.Connection, budget: Budget) -> None:
        """Let the server itself end what takes longer than most, too."""
        timeout = max(math.ceil(budget.seconds_left * 1000 / _MINUTE), 1) * _MINUTE
        if connection.info[_TIMED] != timeout:
            _driver(connection).execute(f"SET LOCAL statement_timeout TO {timeout}".encode())
            connection.info[_TIMED] = timeout

    @property
    def _changing(self) -> sa.Engine:
        return self._engine.execution_options(isolation_level="READ COMMITTED")

    def _begin_change(self, connection: sa.Connection) -> None:
        """Take moments as UTC, as when they are asked for."""
        connection.execute(sa.select(sa.func.set_config("TimeZone", "UTC", True)))

    def settle(self, table: sa.Table) -> None:
        """Count the values of its columns, and mark its rows as seen by all, which else its first readers would do."""
        name = self._engine.dialect.identifier_preparer.format_table(table)
        with self._connected() as connection:
            connection.exec_driver_sql(f"VACUUM (FREEZE, ANALYZE) {name}")

    def _rows(self, connection: sa.Connection, statement: Selection) -> Iterator[Sequence[Sequence[object]]]:
        """Take rows as they come: neither all at once nor by a cursor there, for which it makes no parallel plans."""
        text, values = self._compilations.of(statement)
        with _driver(connection).cursor() as cursor:
            is_blind = _OF_UNKNOWN_SIZE.search(text) is not None
            if is_blind:
                cursor.execute(_WITHOUT_LOOPS)
            rows = cursor.stream(text, values, size=1000)
            while chunk := list(islice(rows, CHUNK)):
                yield chunk
            if is_blind:
                cursor.execute(_AS_USUAL)

    def _canceller(self, connection: sa.Connection) -> Callable[[], object]:
        driver = _driver(connection)
        return lambda: driver.cancel_safe(timeout=_SECONDS)

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Give the types of a table's columns, of a view's, a partitioned or a foreign table's."""
        schema, _, name = table.rpartition(".")
        with self._reading() as (connection, _):
            return dict(connection.execute(columns_of(schema, name)).all()) or None

    def _failed(self, error: Exception) -> WarehouseError | BusyError:
        if getattr(getattr(error, "orig", error), "sqlstate", None) == _ENDED:
            return BusyError("The database ended the statement.", hint="Ask for less, or later.")
        return super()._failed(error)


def _driver(connection: sa.Connection) -> psycopg.Connection[Any]:
    """Give psycopg's own connection."""
    driver: Any = connection.connection.driver_connection
    return driver  # type: ignore[no-any-return]

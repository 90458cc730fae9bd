"""Trino, one more of SQLAlchemy's engines: no server was at hand, so its statements are compiled and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from cube_server.backends.sql.alchemy_database import CHUNK, AlchemyDatabase
from cube_server.backends.sql.database import Database, values
from cube_server.backends.sql.dialects import TRINO, Selection
from cube_server.backends.sql.failures import CONNECT_SECONDS
from cube_server.budget import Budget

_CURSOR = "cursor"
_SECONDS = 30.0
"""How long a page of rows, or word that a statement still runs, may take to come."""


class TrinoDatabase(AlchemyDatabase):
    """A Trino: `trino://USER@HOST:8080/CATALOG/SCHEMA`.

    Args:
        url: Where it is.

    Raises:
        SettingsError: The driver is not installed.
    """

    def __init__(self, url: sa.URL) -> None:
        super().__init__(url, TRINO, {"request_timeout": (CONNECT_SECONDS, _SECONDS)})

    @contextmanager
    def transaction(self, ahead: Selection | None = None) -> Iterator[Database]:  # noqa: ARG002 - it has none
        """Give itself: it holds nothing still between statements (`Dialect.holds_still`)."""
        yield self

    def text(self, statement: Selection) -> str:
        """Write a statement with a mark for each parameter, lists among them."""
        return str(statement.compile(self._engine, compile_kwargs={"render_postcompile": True}))

    def _begin(self, connection: sa.Connection, budget: Budget) -> None:
        """Let the server itself end what takes too long, should we be gone by then."""
        connection.exec_driver_sql(f"SET SESSION query_max_run_time = '{max(int(budget.seconds_left), 0) + 1}s'")

    def _rows(self, connection: sa.Connection, statement: Selection) -> Iterator[Sequence[Sequence[object]]]:
        compiled = statement.compile(self._engine, compile_kwargs={"render_postcompile": True})
        cursor = connection.info[_CURSOR]
        cursor.execute(str(compiled), values(compiled))
        while rows := cursor.fetchmany(CHUNK):
            yield rows

    def _canceller(self, connection: sa.Connection) -> Callable[[], object]:
        driver: Any = connection.connection.driver_connection
        cursor = connection.info[_CURSOR] = driver.cursor()
        cancel: Callable[[], object] = cursor.cancel
        return cancel

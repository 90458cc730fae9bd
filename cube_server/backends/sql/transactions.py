"""A database held still: all statements see what was committed when the transaction began, and nothing later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Lock

import polars as pl

from cube_server.backends.sql.database import Database, Schema, framed, gathered
from cube_server.backends.sql.dialects import Dialect, Selection
from cube_server.budget import Budget

Run = Callable[[Selection, Schema, Budget], pl.DataFrame]
"""Runs a statement on one connection."""

Rows = Sequence[Sequence[object]]
"""As drivers give them."""


class Transaction:
    """One read-only transaction, asked as its database is. Safe to share between threads.

    Args:
        database: The database.
        run: Runs a statement in the transaction.
        beside: Opens one more connection that sees the same; None where the database has no such, so that who asks
            while another statement runs has to wait.
        known: The rows of statements that were asked when it began.
    """

    def __init__(
        self,
        database: Database,
        run: Run,
        beside: Callable[[], AbstractContextManager[Run]] | None = None,
        known: Mapping[Selection, Rows] | None = None,
    ) -> None:
        self._database, self._run, self._beside, self._known = database, run, beside, known or {}
        self._lock = Lock()

    @property
    def dialect(self) -> Dialect:
        """Which kind it is."""
        return self._database.dialect

    def fetch(self, statement: Selection, schema: Schema, budget: Budget) -> pl.DataFrame:
        """Run a statement; see `Database.fetch`."""
        if statement in self._known:
            return gathered([framed(self._known[statement], schema)], schema, budget)
        if self._lock.acquire(blocking=self._beside is None):
            try:
                return self._run(statement, schema, budget)
            finally:
                self._lock.release()
        assert self._beside is not None
        with self._beside() as run:
            return run(statement, schema, budget)

    @contextmanager
    def transaction(self, ahead: Selection | None = None) -> Iterator[Transaction]:  # noqa: ARG002 - it has begun
        """Give itself."""
        yield self

    def text(self, statement: Selection) -> str:
        """Write a statement with its parameters in place."""
        return self._database.text(statement)

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Give the types of a table's columns, as they are now."""
        return self._database.columns(table)

    def close(self) -> None:
        """Do nothing: the transaction ends with its block."""

"""A database held still: all statements see what was committed when the transaction began, and nothing later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock

import polars as pl

from cube_server.backends.sql.database import Database, Schema, framed
from cube_server.backends.sql.dialects import Dialect, Selection
from cube_server.budget import Budget

Run = Callable[[Selection, Schema, Budget], pl.DataFrame]
"""Runs a statement on one connection."""

Rows = Sequence[Sequence[object]]
"""As drivers give them."""


class Transaction:
    """One read-only transaction, asked as its database is. Threads that share it wait for each other.

    Args:
        database: The database.
        run: Runs a statement in the transaction.
        known: The few rows of statements that were asked when it began.
    """

    def __init__(self, database: Database, run: Run, known: Mapping[Selection, Rows] | None = None) -> None:
        self._database, self._run, self.known = database, run, known or {}
        self._lock = Lock()

    @property
    def dialect(self) -> Dialect:
        """Which kind it is."""
        return self._database.dialect

    def fetch(self, statement: Selection, schema: Schema, budget: Budget) -> pl.DataFrame:
        """Run a statement; see `Database.fetch`."""
        if statement in self.known:
            return framed(self.known[statement], schema)
        with self._lock:
            return self._run(statement, schema, budget)

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


def only_row(database: Database, statement: Selection, schema: Schema, budget: Budget) -> Sequence[object]:
    """Fetch the one row that a statement gives; if it was asked when the transaction began, as it came."""
    if isinstance(database, Transaction) and statement in database.known:
        (row,) = database.known[statement]
        return row
    return database.fetch(statement, schema, budget).row(0)

"""A database that is asked: what every driver gives, and which driver an URL takes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import polars as pl

from cube_server.backends.sql.dialects import Dialect, Selection
from cube_server.types import DataType, Kind

Schema = Mapping[str, DataType]
"""The types of a statement's columns, by name."""

_DTYPES: dict[Kind, pl.DataType] = {
    Kind.INT: pl.Int64(),
    Kind.FLOAT: pl.Float64(),
    Kind.TEXT: pl.String(),
    Kind.BOOL: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.TIMESTAMP: pl.Datetime("us"),
}


class Database(Protocol):
    """A database that answers statements. Safe to share between threads."""

    @property
    def dialect(self) -> Dialect:
        """Which kind it is."""

    def fetch(self, statement: Selection, schema: Schema, seconds: float) -> pl.DataFrame:
        """Run a statement.

        Args:
            statement: What to select; its columns are those of the schema, in order.
            schema: The types of its columns.
            seconds: The longest that it may take.

        Returns:
            The rows, typed as a snapshot's tables are: see `dtype`.

        Raises:
            WarehouseError: The database cannot be reached, or lacks a table or a column.
            BusyError: The time is up.
        """

    def transaction(self) -> AbstractContextManager[Database]:
        """Give the same database for reading what is committed when this begins: nothing later is seen in it.

        Raises:
            WarehouseError: The database cannot be reached.
        """

    def text(self, statement: Selection) -> str:
        """Write a statement as it would be run, its parameters in place."""

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Give the types of a table's columns as the database names them; None if there is no such table."""

    def close(self) -> None:
        """Let go of all connections."""


def dtype(type_: DataType) -> pl.DataType:
    """Give the type that a column has in a frame, as in a snapshot's tables."""
    return pl.Decimal(38, type_.scale) if type_.kind is Kind.DECIMAL else _DTYPES[type_.kind]

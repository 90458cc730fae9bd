"""A database that is asked: what every driver gives, and which driver an URL takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable
from weakref import WeakKeyDictionary

import polars as pl
import sqlalchemy as sa

from cube_server.backends.sql.dialects import Dialect, Selection
from cube_server.backends.sql.filling import TableOf
from cube_server.budget import Budget
from cube_server.errors import LimitError
from cube_server.types import DataType, Kind

Schema = Mapping[str, DataType]
"""The types of a statement's columns, by name."""

Change = sa.schema.ExecutableDDLElement | TableOf | sa.Insert | sa.Delete
"""A statement that changes a database."""

_T = TypeVar("_T")

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

    def fetch(self, statement: Selection, schema: Schema, budget: Budget) -> pl.DataFrame:
        """Run a statement.

        Args:
            statement: What to select; its columns are those of the schema, in order.
            schema: The types of its columns.
            budget: The time that it has, and the most rows that it may give; it is ended where who asked has left.

        Returns:
            The rows, typed as a snapshot's tables are: see `dtype`.

        Raises:
            WarehouseError: The database cannot be reached, or lacks a table or a column.
            BusyError: The time is up.
            AbandonedError: Nobody waits for it any more.
            LimitError: It gives more rows than allowed.
        """

    def transaction(self, ahead: Selection | None = None) -> AbstractContextManager[Database]:
        """Give the same database for reading what is committed when this begins: nothing later is seen in it.

        Args:
            ahead: What will be asked first; where that saves a message it is asked with what begins the transaction.

        Raises:
            WarehouseError: The database cannot be reached.
        """

    def text(self, statement: Selection) -> str:
        """Write a statement as it would be run, its parameters in place."""

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Give the types of a table's columns as the database names them; None if there is no such table.

        `schema.table` names the schema too.
        """

    def close(self) -> None:
        """Let go of all connections."""


@runtime_checkable
class Writable(Database, Protocol):
    """A database that may be written to as well: where rollups are made, not where questions are asked."""

    def change(self, statements: Sequence[Change]) -> None:
        """Run statements that change it: all of them or none, where it has transactions.

        Raises:
            WarehouseError: The database cannot be reached, or does not let us.
        """

    def settle(self, table: sa.Table) -> None:
        """Let the database look over a table that was just filled, so that it knows how to read it best.

        Raises:
            WarehouseError: The database cannot be reached, or does not let us.
        """


class Compilations(Generic[_T]):
    """Statements that are compiled, as long as somebody keeps them to send them again.

    Args:
        compile_: Compiles a statement.
        read: Makes of its text what the driver takes: where it can, the text as it has read it, once for all.
    """

    def __init__(self, compile_: Callable[[Selection], sa.Compiled], read: Callable[[str], _T]) -> None:
        self._compile, self._read = compile_, read
        self._kept: WeakKeyDictionary[Selection, tuple[_T, Any]] = WeakKeyDictionary()

    def of(self, statement: Selection) -> tuple[_T, Any]:
        """Give a statement as it is sent, and its parameters: by number where the dialect numbers them, or by name."""
        known = self._kept.get(statement)
        if known is None:
            compiled = self._compile(statement)
            known = self._kept[statement] = self._read(str(compiled)), values(compiled)
        return known


def values(compiled: sa.Compiled) -> Any:  # noqa: ANN401 - as drivers take them
    """Give a statement's parameters: by number where the dialect numbers them, or by name; none of those without."""
    names = getattr(compiled, "positiontup", None)
    given = getattr(compiled, "params", {})
    return given if names is None else [given[name] for name in names]


def gathered(chunks: Iterable[pl.DataFrame], schema: Schema, budget: Budget) -> pl.DataFrame:
    """Take in what comes out of a database chunk by chunk, and stop as soon as it is more than allowed.

    Args:
        chunks: Rows with the columns of the schema.
        schema: The types of the columns.
        budget: The time, rows and memory that there are.

    Raises:
        BusyError, AbandonedError, LimitError: A limit is reached.
    """
    found: list[pl.DataFrame] = []
    rows, size = 0, 0
    for chunk in chunks:
        found.append(chunk)
        rows += chunk.height
        budget.check_rows(rows)
        size += int(chunk.estimated_size())
        budget.check_memory(size)
    if len(found) == 1:
        return found[0]
    return pl.concat(found) if found else pl.DataFrame(schema={name: dtype(type_) for name, type_ in schema.items()})


def framed(rows: Sequence[Sequence[object]], schema: Schema) -> pl.DataFrame:
    """Make columns of rows of Python's values.

    Raises:
        LimitError: A number does not fit its column.
    """
    # Zipping many rows makes an iterator for each, which the garbage collector looks at again and again.
    columns = ([row[place] for row in rows] for place in range(len(schema)))
    return pl.DataFrame(
        [_series(name, values, type_) for (name, type_), values in zip(schema.items(), columns, strict=True)]
    )


def _series(name: str, values: list[object], type_: DataType) -> pl.Series:
    if type_.kind is Kind.DECIMAL:
        kind = pl.Float64 if float in set(map(type, values)) else None
        try:
            return pl.Series(name, values, dtype=kind).cast(dtype(type_))
        except (RuntimeError, pl.exceptions.PolarsError) as error:
            raise LimitError("A number does not fit into 38 digits.", hint="Measure in greater units.") from error
    found = pl.Series(name, values, dtype=dtype(type_), strict=False)
    if found.null_count() > values.count(None):
        raise LimitError("A number does not fit into 64 bits.", hint="Measure in greater units.")
    return found


def typed(chunk: object, schema: Schema) -> pl.DataFrame:
    """Make columns of a batch or a table of Arrow: those of the schema, in order, of types that can be cast to it.

    Raises:
        PolarsError: A value cannot be cast.
    """
    frame = pl.from_arrow(chunk)
    assert isinstance(frame, pl.DataFrame)
    columns = zip(schema.items(), frame.get_columns(), strict=True)
    return pl.DataFrame([column.cast(dtype(type_)).alias(name) for (name, type_), column in columns])


def dtype(type_: DataType) -> pl.DataType:
    """Give the type that a column has in a frame, as in a snapshot's tables."""
    return pl.Decimal(38, type_.scale) if type_.kind is Kind.DECIMAL else _DTYPES[type_.kind]

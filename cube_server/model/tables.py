"""Tables of the star schema, and how tables are derived from others."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from cube_server.formulas.tree import Node, names
from cube_server.model.making import PLAIN, Column, Making, TotalKind
from cube_server.model.sources import AS_IT_IS, Reading
from cube_server.model.texts import Text

__all__ = ["Column", "Days", "Derivation", "Join", "Mode", "Table", "Text"]


class Mode(StrEnum):
    """What a load does to the rows of a table that are there."""

    FULL = "full"
    """The source has all rows: they take the place of those that are there."""
    APPEND = "append"
    """The source has further facts."""
    UPSERT = "upsert"
    """The source has new rows, and others that take the place of those with the same key."""
    REPLACE = "replace"
    """The source has all facts of a period: they take the place of those of the period that are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a dimension's table keeps of a row that changes: its *versions*, each valid from a day on.

    Attributes:
        columns: Those of type 2, whose values a version has for itself. All others are of type 1: overwritten.
        first: The source's column of the first day of a version, where the source itself brings versions.
        last: Its column of the last day, included; empty or None where a version is valid until the next one.
        until: Its column of the day on which a version is no longer valid, in place of `last`.
        since: Where loads make the versions, the column of the day since when a row is as it is; None for the load's.
    """

    columns: tuple[Column, ...]
    first: Column | None = None
    last: Column | None = None
    until: Column | None = None
    since: Column | None = None

    @property
    def days(self) -> tuple[Column, ...]:
        """The source's columns of days."""
        return tuple(day for day in (self.first, self.last, self.until, self.since) if day)

    @property
    def changing(self) -> tuple[Column, ...]:
        """The columns that each version has for itself: those of type 2, and those of its days."""
        return tuple(dict.fromkeys((*self.columns, *self.days)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the star schema.

    Attributes:
        name: Its name.
        source: The file stem or SQL table it is loaded from, unless it is derived.
        key: The columns that identify a row.
        columns: All columns.
        derivation: How it is made of other tables or of days; None if it is loaded.
        making: How its columns are made of those given, and which rows are kept.
        mode: What a load does to the rows that are there, unless told otherwise; None where the model does not say.
        reading: How it is read from its source.
        history: What is kept of rows that change; None where a load overwrites them.
    """

    name: str
    source: str
    key: tuple[Column, ...]
    columns: tuple[Column, ...]
    derivation: Derivation | Days | None = None
    making: Making = field(default=PLAIN, compare=False)
    mode: Mode | None = None
    reading: Reading = AS_IT_IS
    history: History | None = None

    @property
    def has_versions(self) -> bool:
        """Whether the source brings versions, so that a key may have several rows."""
        return self.history is not None and self.history.first is not None

    def __hash__(self) -> int:
        """Hash by name: nothing else tells tables of a model apart, and a table holds much."""
        return hash(self.name)

    def column(self, name: str) -> Column:
        """Find a column by name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A table put beside the rows of others.

    Attributes:
        name: What formulas call it.
        table: The table.
        on: Its columns, each with the formula over the tables before it that it has to equal.
        keeps_all: Whether rows without a match stay.
    """

    name: str
    table: Table
    on: tuple[tuple[Column, Node], ...]
    keeps_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """How a table is made of others. In all formulas a column of a joined table is the Name `join.column`.

    Attributes:
        table: Whose rows it has.
        joins: What is put beside them, in order.
        where: The condition of the rows to keep; None for all.
        values: A formula for each of the table's columns that is not computed of others of them.
        distinct: Whether equal rows are kept once.
        totals: For columns that are totals of rows equal in all others: how their values are aggregated.
    """

    table: Table
    joins: tuple[Join, ...]
    where: Node | None
    values: tuple[tuple[Column, Node], ...]
    distinct: bool
    totals: tuple[tuple[str, TotalKind], ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables that it reads."""
        return (self.table, *(join.table for join in self.joins))

    @property
    def columns(self) -> frozenset[str]:
        """The columns of `table` that it reads."""
        formulas = [value for _, value in self.values]
        formulas += [value for join in self.joins for _, value in join.on]
        formulas += [self.where] if self.where is not None else []
        own = {column.name for column in self.table.columns}
        return frozenset(name for formula in formulas for name in names(formula) if name in own)


@dataclass(frozen=True, slots=True)
class Days:
    """How a calendar is made: a row, its only column `date`, for each day of the years that some dates lie in.

    Attributes:
        columns: The dates or timestamps, each with its table.
    """

    columns: tuple[tuple[Table, Column], ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables that it reads."""
        return tuple(table for table, _ in self.columns)

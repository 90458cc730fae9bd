"""Rows of a draft's table: those of one table of the source, with columns of others beside them and computed ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from cube_server.types import DataType

from .joins import Reference
from .profiles import TableProfile
from .wording import named, subject, words

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset({"and", "or", "not", "null", "column"})
_KEY = "\0key"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowColumn:
    """A column of such rows.

    Attributes:
        name: Its name.
        type: Its type.
        formula: What it is computed by; empty for a column of the first table as it is.
        origin: The table of the source that it comes from.
    """

    name: str
    type: DataType
    formula: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows, as a table of the model may be made of tables of the source.

    Attributes:
        source: The first table.
        frame: The rows that were looked at.
        columns: Their columns.
        joins: What is put beside the first table, as a model has it, but with the source's names of tables.
        is_whole: Whether all rows were looked at.
        is_distinct: Whether rows that repeat others are left out.
    """

    source: str
    frame: pl.DataFrame
    columns: tuple[RowColumn, ...]
    joins: tuple[Document, ...] = ()
    is_whole: bool = True
    is_distinct: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is the source's table as it is."""
        return not self.joins and not self.is_distinct and not any(column.formula for column in self.columns)

    def column(self, name: str) -> RowColumn:
        """Find a column; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]

    def has(self, name: str) -> bool:
        """Tell whether there is such a column."""
        return name in self.frame.columns

    def formula(self, name: str) -> str:
        """Write a column in a formula over the tables that the rows are made of."""
        return self.column(name).formula or written(name)

    def computed(self, name: str, type_: DataType, formula: str, values: pl.Series) -> Rows:
        """Add a computed column."""
        column = RowColumn(name=name, type=type_, formula=formula, origin=self.source)
        return replace(self, columns=(*self.columns, column), frame=self.frame.with_columns(values.alias(name)))

    def beside(self, reference: Reference, column: str, other: TableProfile) -> tuple[Rows, Mapping[str, str]]:
        """Put another table's columns beside the rows.

        Args:
            reference: Which key of the other table the rows refer to.
            column: The rows' column that does.
            other: The other table.

        Returns:
            The rows, and how the other table's columns are called now.
        """
        about = subject(other.source)
        alias = named(about, {join["as"] for join in self.joins} | {self.source})
        names, columns = dict[str, str](), []
        for profile in other.columns:
            if profile.name == reference.key or (profile.name == column and profile.name in self.frame.columns):
                names[profile.name] = column
            elif not (self.has(profile.name) and self._agrees(reference, column, other, profile.name)):
                name = (
                    profile.name
                    if not self.has(profile.name)
                    else named((*about, *words(profile.name)), self.frame.columns)
                )
                names[profile.name] = name
                told = written(profile.name, alias)
                formula = profile.written.formula(told) or told
                columns.append(RowColumn(name=name, type=profile.type, formula=formula, origin=other.source))
        added = [
            profile.values.alias(names[profile.name])
            for profile in other.columns
            if names.get(profile.name, column) != column
        ]
        key = next(profile for profile in other.columns if profile.name == reference.key)
        beside = pl.DataFrame([key.values.alias(_KEY), *added])
        frame = self.frame.join(beside, left_on=column, right_on=_KEY, how="left", maintain_order="left")
        join = {"table": other.source, "as": alias, "on": {reference.key: self.formula(column)}}
        return replace(self, columns=(*self.columns, *columns), frame=frame, joins=(*self.joins, join)), names

    def looked_up(self, reference: Reference, other: TableProfile, key: str) -> tuple[Rows, str]:
        """Add the key of another table's rows, to which a column refers by something else; give its name."""
        alias = named((*words(reference.column), *subject(other.source)), {join["as"] for join in self.joins})
        name = named((*words(reference.column), "key"), {column.lower() for column in self.frame.columns})
        there = other.frame.select(pl.col(reference.key).alias(_KEY), pl.col(key).alias(name))
        frame = self.frame.join(there, left_on=reference.column, right_on=_KEY, how="left", maintain_order="left")
        join = {"table": other.source, "as": alias, "on": {reference.key: self.formula(reference.column)}}
        types = {column.name: column.type for column in other.columns}
        column = RowColumn(name=name, type=types[key], formula=written(key, alias), origin=self.source)
        return replace(self, columns=(*self.columns, column), frame=frame, joins=(*self.joins, join)), name

    def _agrees(self, reference: Reference, column: str, other: TableProfile, name: str) -> bool:
        """Tell whether a column of the other table says what the rows say already."""
        beside = other.frame.select(pl.col(reference.key).alias(_KEY), pl.col(name).alias("\0there"))
        both = self.frame.join(beside, left_on=column, right_on=_KEY, how="inner").select(pl.col(name), "\0there")
        return both[name].dtype == both["\0there"].dtype and both[name].equals(both["\0there"].alias(name))


def plain(table: TableProfile) -> Rows:
    """Give the rows of a table of the source."""
    columns = tuple(
        RowColumn(
            name=column.name,
            type=column.type,
            formula=column.written.formula(written(column.name)),
            origin=table.source,
        )
        for column in table.columns
    )
    return Rows(
        source=table.source, frame=table.frame, columns=columns, is_whole=table.is_whole, is_distinct=table.is_repeated
    )


def written(column: str, table: str = "") -> str:
    """Write a column's name in a formula.

    >>> written("price"), written("unit price", "line")
    ('price', 'column("line", "unit price")')
    """
    if all(_WORD.fullmatch(part) and part not in _RESERVED for part in (column, table or column)):
        return f"{table}.{column}" if table else column
    parts = ", ".join(f'"{part}"' for part in (table, column) if part)
    return f"column({parts})"

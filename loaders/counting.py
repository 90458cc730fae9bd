"""What the report of a load counts of a table's rows, gathered run by run."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cube_server.formulas.tree import Node
from cube_server.model.making import Count, CountKind
from cube_server.model.tables import Table

from .accounts import JsonNumber
from .origins import TypedTable
from .repeats import Repeats
from .row_formulas import expression

_VALUE, _OF = "\0value", "\0of"


class Counter:
    """One count of a table's rows.

    Args:
        table: The table.
        count: What is counted.
        folder: Where rows may be set aside.
    """

    def __init__(self, table: Table, count: Count, folder: Path) -> None:
        self._count = count
        key = {column.name for column in table.key}
        self._rest = [column.name for column in table.columns if column.name not in key]
        self._repeats = Repeats(self._rest, folder)
        self._rows = 0
        self._seen: pl.DataFrame | None = None

    def add(self, run: TypedTable) -> None:
        """Take a run of rows."""
        frame = run.frame.with_columns(run.numbers.alias(_VALUE))
        if self._count.where is not None:
            frame = frame.filter(expression(self._count.where, frame.schema))
        self._rows += frame.height
        if self._count.kind is CountKind.REPEATED:
            self._repeats.add(TypedTable(run.table, frame.drop(_VALUE), frame[_VALUE], run.places))
        elif self._count.formula is not None:
            values = [_named(frame, self._count.formula, _VALUE)]
            values += [_named(frame, self._count.of, _OF)] if self._count.of is not None else []
            self._see(pl.DataFrame(values).drop_nulls())

    def result(self) -> JsonNumber:
        """Give the count."""
        match self._count.kind:
            case CountKind.ROWS:
                return self._rows
            case CountKind.REPEATED:
                found = sum(rows.height for rows in self._repeats.found())
                self._repeats.clear()
                return found
            case CountKind.MAX:
                return None if self._seen is None else _number(self._seen[_VALUE].max())
            case CountKind.DISTINCT:
                return 0 if self._seen is None else self._seen.height
        values = None if self._seen is None else self._seen.group_by(_OF).len()
        return 0 if values is None else values.filter(pl.col("len") > 1).height

    def _see(self, values: pl.DataFrame) -> None:
        if self._count.kind is CountKind.MAX:
            values = values.max()
        self._seen = values.unique() if self._seen is None else pl.concat([self._seen, values]).unique()


def _named(frame: pl.DataFrame, formula: Node, name: str) -> pl.Series:
    return frame.with_columns(expression(formula, frame.schema).alias(name))[name]


def _number(value: object) -> JsonNumber:
    return value if isinstance(value, int | float) or value is None else str(value)

"""Aggregates as SQL, with what null means and without losing a digit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.levels import LevelIndex
from cube_server.backends.embedded.rows import Numbers
from cube_server.backends.embedded.windows import ordinals
from cube_server.backends.sql.dialects import Column as SqlColumn
from cube_server.backends.sql.dialects import Dialect
from cube_server.backends.sql.rows import NUMBER, Rows
from cube_server.errors import InternalError, LimitError
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import AggregateKind
from cube_server.model.tables import Column
from cube_server.plan.nodes import Aggregate
from cube_server.types import DataType, Kind

_FLOAT = DataType(Kind.FLOAT)
_SUM = DataType(Kind.DECIMAL)
"""What whole numbers add up to may not fit into 64 bits, and is then refused."""
_KNOWN_CLASS, _NULL_CLASS = 0, 2
_Function = Callable[[SqlColumn], SqlColumn]
_EDGES: dict[AggregateKind, _Function] = {AggregateKind.MIN: sa.func.min, AggregateKind.MAX: sa.func.max}
_FUNCTIONS: dict[AggregateKind, _Function] = {AggregateKind.SUM: sa.func.sum, **_EDGES}
DISPERSIONS = (AggregateKind.STDDEV, AggregateKind.VARIANCE)
"""The aggregates that follow from how far values lie from their mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """An aggregate in a statement.

    Attributes:
        column: The expression.
        type: What it gives.
        scale: The digits behind the point that whole numbers stand for; None where they are not scaled.
    """

    column: SqlColumn
    type: DataType
    scale: int | None = None

    def numbers(self, values: pl.Series) -> Numbers:
        """Read the values that came back.

        Raises:
            LimitError: A sum does not fit into 64 bits.
        """
        valid = None if not values.null_count() else values.is_not_null().to_numpy()
        if self.type.kind is Kind.FLOAT:
            return Numbers(values.fill_null(0.0).to_numpy(), None, valid)
        # Where there are digits behind the point, what a decimal is stored as is the whole number.
        whole = values.to_physical() if self.type.kind is Kind.DECIMAL and self.type.scale else values
        try:
            integers = whole.cast(pl.Int64)
        except pl.exceptions.InvalidOperationError as error:
            raise LimitError("A sum does not fit into 64 bits.", hint="Measure in greater units.") from error
        filled = integers if valid is None else integers.fill_null(0)
        return Numbers(filled.to_numpy(), self.type.scale if self.scale is None else self.scale, valid)


def measured(aggregate: Aggregate, rows: Rows) -> Measured:
    """Write an aggregate over facts; a level that is counted may need joins."""
    match aggregate.over:
        case None:
            return Measured(sa.func.count(), NUMBER)
        case LevelRef() as ref:
            return of_level(aggregate.kind, ref, rows)
        case Column() as column:
            return _of_column(aggregate.kind, column, rows)
    raise InternalError(f"Facts have no {aggregate.over!r}.")


def of_level(kind: AggregateKind, ref: LevelRef, rows: Rows) -> Measured:
    """Count a level's members, or find the place of the first or last."""
    return over_level(kind, level_number(kind, ref, rows))


def over_level(kind: AggregateKind, number: SqlColumn) -> Measured:
    """Aggregate the numbers that stand for a level's members."""
    if kind is AggregateKind.DISTINCT:
        return Measured(sa.func.count(number.distinct()), NUMBER)
    return Measured(_EDGES[kind](number), NUMBER)


def level_number(kind: AggregateKind, ref: LevelRef, rows: Rows) -> SqlColumn:
    """Give what stands for each row's member of a level: counted its key or code, else its place; null for none."""
    if kind is AggregateKind.DISTINCT and _counts_as_it_is(ref, rows):
        # A key counts once, whatever it stood under in turn.
        parts = rows.parts((ref.alone(),))
        if len(parts) == 1 and parts[0].values.name == ref.level.key.name:
            return parts[0].column
    index = rows.index(ref.link)
    level = index.level(ref.levels)
    if kind is AggregateKind.DISTINCT:
        alike = index.alike(ref.levels).astype(np.int64)
        numbers, is_none = pl.Series(alike[level.codes]), _is_none(level)[level.codes]
    else:
        classes = level.frame[f"class_{len(ref.levels) - 1}"].to_numpy()[level.codes]
        numbers, is_none = pl.Series(ordinals(index, ref)[level.codes]), classes != _KNOWN_CLASS
    return rows.mapped(ref.link, numbers.set(pl.Series(is_none), None))


def _counts_as_it_is(ref: LevelRef, rows: Rows) -> bool:
    """Tell whether the different keys in a level's column are its different members."""
    link = rows.meant(ref.link)
    return ref.level.key == link.key and not rows.index(link).level(ref.levels).hidden.any()


def _is_none(level: LevelIndex) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    kinds = level.frame[f"class_{len(level.levels) - 1}"].to_numpy()
    is_none: np.ndarray[tuple[int], np.dtype[np.bool_]] = (kinds == _NULL_CLASS) | level.hidden
    return is_none


def _of_column(kind: AggregateKind, column: Column, rows: Rows) -> Measured:
    value: SqlColumn = rows.base.c[column.name]
    dialect = rows.star.dialect
    if kind is AggregateKind.DISTINCT:
        return Measured(sa.func.count(value.distinct()), NUMBER)
    if kind is AggregateKind.COUNT:
        return Measured(sa.func.count(value), NUMBER)
    if kind in DISPERSIONS:
        function = dialect.variance if kind is AggregateKind.VARIANCE else dialect.deviation
        return Measured(function(sa.cast(value, sa.Double)), _FLOAT)
    exact, scale = _exact(value, column.type, dialect)
    if kind is AggregateKind.SUM or kind is AggregateKind.AVG:
        exact = dialect.widened(exact, column.type)
    if kind is AggregateKind.AVG:
        total = sa.cast(sa.func.sum(exact), sa.Double) / sa.func.count(value)
        return Measured(total / 10.0**scale if scale else total, _FLOAT)
    type_ = _SUM if scale is not None or column.type.kind is Kind.INT else column.type
    return Measured(_FUNCTIONS[kind](exact), type_, scale)


def _exact(value: SqlColumn, type_: DataType, dialect: Dialect) -> tuple[SqlColumn, int | None]:
    """Give a number such that adding up loses nothing, and the digits behind the point that it has lost."""
    if type_.kind is Kind.DECIMAL and not dialect.has_decimals:
        return sa.cast(sa.func.round(value * 10**type_.scale), sa.BigInteger), type_.scale
    return value, None

"""A rollup's cells as rows that cuboids are asked of, like facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from cube_server.backends.embedded.facts import axis_of
from cube_server.backends.rollups.definition import Definition
from cube_server.backends.rollups.naming import counts, scatters, sums
from cube_server.backends.sql.aggregates import Measured, measured
from cube_server.backends.sql.dialects import Column
from cube_server.backends.sql.rollups.moments import around_mean, in_units, is_merged, merged
from cube_server.backends.sql.rollups.shape import Shape
from cube_server.backends.sql.rows import Rows
from cube_server.backends.sql.star import Star
from cube_server.model.dimensions import Link
from cube_server.model.elements import AggregateKind
from cube_server.plan.nodes import Aggregate, Filter
from cube_server.types import DataType, Kind

_FLOAT, _WHOLE = DataType(Kind.FLOAT), DataType(Kind.DECIMAL)
_ADDED: dict[AggregateKind, Callable[[Column], Column]] = {
    AggregateKind.SUM: sa.func.sum,
    AggregateKind.MIN: sa.func.min,
    AggregateKind.MAX: sa.func.max,
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stored:
    """A rollup that is there, made of the present state of the facts.

    Attributes:
        shape: What its table looks like.
        table: The table.
        size: How many rows it has.
        numbers: The aggregates that add up: of counts of different keys only those of which no key lies in two cells.
        types: How each aggregate is stored, with the digits behind the point that whole numbers stand for.
    """

    shape: Shape
    table: sa.TableClause
    size: int
    numbers: Collection[str]
    types: Mapping[str, tuple[DataType, int | None]]

    @property
    def definition(self) -> Definition:
        """What it is of."""
        return self.shape.definition

    @property
    def keys(self) -> Collection[str]:
        """The columns of keys that it holds."""
        return tuple(column.name for column in self.shape.keys)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """It is of all facts."""
        return ()

    def rows(self, star: Star, roles: Mapping[str, Link]) -> Rows:
        """Give its cells as rows; see `Source`."""
        return _Cells(self, star, roles)

    def measured(self, aggregate: Aggregate, rows: Rows) -> Measured:
        """Write an aggregate over its cells; see `Source`."""
        over = aggregate.over
        if not isinstance(over, str):
            return measured(aggregate, rows)
        if aggregate.kind is AggregateKind.AVG:
            total, number = (rows.base.c[self.shape.held[name(over)].column] for name in (sums, counts))
            scale = self.types[sums(over)][1]
            mean = sa.cast(sa.func.sum(total), sa.Double) / sa.func.sum(number)
            return Measured(mean / 10.0**scale if scale else mean, _FLOAT)
        type_, scale = self.types[over]
        found = _ADDED[aggregate.kind](rows.base.c[self.shape.held[over].column])
        return Measured(found, _WHOLE if type_.kind is Kind.INT else type_, scale)

    def is_apart(self, aggregate: Aggregate) -> bool:
        """Tell whether an aggregate takes a statement of its own; see `Source`."""
        return is_merged(aggregate)

    def apart(self, aggregate: Aggregate, rows: Rows, groups: Mapping[str, Column]) -> tuple[sa.Subquery, Measured]:
        """Write an aggregate over rows of its own; see `Source`."""
        assert isinstance(aggregate.over, str)
        names = (counts(aggregate.over), sums(aggregate.over), scatters(aggregate.over))
        number, total, squares = (rows.base.c[self.shape.held[name].column] for name in names)
        type_, scale = self.types[sums(aggregate.over)]
        unit = 10.0 ** (type_.scale if scale is None else scale)
        cells = around_mean(rows, groups, number, in_units(total, type_, scale), squares, unit).subquery("cells")
        return cells, merged(aggregate, cells)


class _Cells(Rows):
    """The cells of a rollup: levels are looked up in its own columns, where it has them."""

    def __init__(self, stored: Stored, star: Star, roles: Mapping[str, Link]) -> None:
        base = stored.table.alias("r")
        self._told = stored.shape.told
        super().__init__(star, base, lambda link: base.c[self._told[axis_of(link)].key], roles)

    def bridge_key(self, link: Link) -> Column:
        told = self._told.get(axis_of(link))
        return self.base.c[told.key if told else link.column.name]

    def _column(self, link: Link, name: str) -> Column:
        own = self._told[axis_of(self.meant(link))].columns.get(name)
        return super()._column(link, name) if own is None else self.base.c[own]

    def _is_unknown(self, link: Link) -> Column:
        own = self._told[axis_of(self.meant(link))].unknown
        return self.base.c[own] if own else super()._is_unknown(link)

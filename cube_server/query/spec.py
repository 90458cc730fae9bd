"""What a question means, in model objects: frozen, hashable, without names left to look up."""

from __future__ import annotations

from dataclasses import dataclass

from cube_server.model.coordinates import AxisName
from cube_server.model.elements import CalculatedMeasure, Column, Cube, LevelRef, Measure
from cube_server.types import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Members from `first` to `last` in member order, both included; None is an open end."""

    first: KeyPath | None
    last: KeyPath | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A restriction to the named members and ranges of a level or, with `exclude`, to all others.

    With `axis` it is no limit of the question but where the table stands on that axis: a move to All leaves it.
    """

    ref: LevelRef
    members: tuple[KeyPath, ...] = ()
    ranges: tuple[Range, ...] = ()
    exclude: bool = False
    axis: AxisName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a level's members are sorted: by a measure, or in member order where `by` is None."""

    by: Measure | None
    desc: bool
    over_axis: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """The first tuples by a measure: so many, so many percent of them, or the fewest that make up a share of the sum.

    Exactly one of `count`, `percent` and `share` is given; `bottom` takes the last ones instead.
    """

    by: Measure
    count: int | None
    percent: float | None
    share: float | None
    bottom: bool
    over_axis: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisLevel:
    """One level on an axis, with what is asked of its tuples. `having` is a condition, as a measure of its own."""

    ref: LevelRef
    order: Order
    having: CalculatedMeasure | None
    top: Top | None
    subtotals: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Levels, outermost first. A tuple of *depth* n has members of the first n levels and All of the others."""

    levels: tuple[AxisLevel, ...]
    totals: bool

    @property
    def refs(self) -> tuple[LevelRef, ...]:
        """The levels themselves."""
        return tuple(level.ref for level in self.levels)

    @property
    def depth(self) -> int:
        """The depth of the finest tuples."""
        return len(self.levels)

    @property
    def shown_depths(self) -> tuple[int, ...]:
        """The depths of the tuples to show: the finest, subtotals, and 0 for the grand total."""
        subtotals = (depth for depth, level in enumerate(self.levels[:-1], 1) if level.subtotals)
        total = (0,) if self.totals and self.levels else ()
        return (*total, *subtotals, self.depth)

    @property
    def measured_depths(self) -> tuple[int, ...]:
        """The depths whose tuples are sorted or chosen by measures, whatever the other axis shows."""
        measured = (level.having is not None or level.order.by or level.top for level in self.levels)
        return tuple(depth for depth, is_measured in enumerate(measured, 1) if is_measured)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySpec:
    """A question to a cube. Equal questions are equal values."""

    cube: Cube
    measures: tuple[Measure, ...]
    rows: Axis
    columns: Axis
    cuts: tuple[Cut, ...]
    nonempty: bool
    limit: int | None
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersSpec:
    """A question for a page of a level's members."""

    cube: Cube
    ref: LevelRef
    parent: KeyPath | None
    search: str
    cuts: tuple[Cut, ...]
    limit: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsSpec:
    """A question for a page of the fact rows within cuts."""

    cube: Cube
    cuts: tuple[Cut, ...]
    columns: tuple[Column | LevelRef, ...]
    limit: int | None
    offset: int

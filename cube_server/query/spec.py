"""What a question means, in model objects: frozen, hashable, without names left to look up."""

from __future__ import annotations

from dataclasses import dataclass

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

    A fact that has many members of the level is kept if any of them is inside and, with `exclude`, if none is.

    Attributes:
        ref: The level.
        members: The key paths of members. By value they may be shorter than the level's own.
        ranges: The ranges of members; the same holds for their ends.
        exclude: Whether the others are meant.
        each: Whether, of a fact that has many members, the excluded ones are left out and the fact is kept for others.
        by_value: Whether keys are compared as values, as SQL does, rather than looked up as members.
        known: Whether only facts are meant whose own key has a row in the dimension; of many members, those that have.
    """

    ref: LevelRef
    members: tuple[KeyPath, ...] = ()
    ranges: tuple[Range, ...] = ()
    exclude: bool = False
    each: bool = False
    by_value: bool = False
    known: bool = False


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
    """A question to a cube. Equal questions are equal values.

    `excepted` are cuts that do not all hold of the facts that count; without any, all facts within `cuts` do.
    """

    cube: Cube
    measures: tuple[Measure, ...]
    rows: Axis
    columns: Axis
    cuts: tuple[Cut, ...]
    nonempty: bool
    limit: int | None
    offset: int
    excepted: tuple[Cut, ...] = ()


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

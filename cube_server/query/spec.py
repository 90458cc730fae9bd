"""What a question means, in model objects: frozen, hashable, without names left to look up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cube_server.model.coordinates import AxisName
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import CalculatedMeasure, Cube, Measure
from cube_server.model.members import AxisMember
from cube_server.model.tables import Column
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
    With `axis` it is no limit of the question but where the table stands on that axis: a move to All leaves it.

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

    Exactly one of `count`, `percent` and `share` is given; `bottom` takes the last ones instead; `others` adds what is
    left out, as one tuple.
    """

    by: Measure
    count: int | None
    percent: float | None
    share: float | None
    bottom: bool
    over_axis: bool
    others: bool = False


class Over(StrEnum):
    """What a tuple gathers where its levels are rolled up."""

    ALL = "all"
    """All in the cut."""
    SHOWN = "shown"
    """What conditions and tops leave on the axis."""
    OTHERS = "others"
    """What is left out at one level."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Tuples of one kind on an axis.

    Attributes:
        grain: How many of the outermost levels have members of their own.
        over: What the tuples gather over the other levels.
        depth: Of others the level that they are left out at, counted from 1; else the grain.
    """

    grain: int
    over: Over
    depth: int

    def __str__(self) -> str:
        """Show the tier as explanations do."""
        return f"{self.grain}" if self.over is Over.ALL else f"{self.grain} ({self.over})"


def whole(depth: int) -> Tier:
    """Give the tier of tuples that gather all in the cut."""
    return Tier(depth, Over.ALL, depth)


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisLevel:
    """One level on an axis, with what is asked of its tuples. `having` is a condition, as a measure of its own.

    Where `members` are given they stand on the axis one by one, the level being the deepest that any of them is of.
    With `past`, levels above, only those stand on it that are below hidden members at all of these.
    """

    ref: LevelRef
    order: Order
    having: CalculatedMeasure | None
    top: Top | None
    subtotals: tuple[Over, ...] = ()
    members: tuple[AxisMember, ...] = ()
    past: tuple[LevelRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Levels, outermost first. A tuple of *depth* n has members of the first n levels and All of the others.

    Totals and subtotals are over all in the cut, over the shown, or both.
    """

    levels: tuple[AxisLevel, ...]
    totals: tuple[Over, ...] = ()

    @property
    def refs(self) -> tuple[LevelRef, ...]:
        """The levels themselves."""
        return tuple(level.ref for level in self.levels)

    def told(self, depth: int) -> tuple[LevelRef, ...]:
        """Give the outermost levels but those whose members the axis names: relations are grouped by these."""
        return tuple(level.ref for level in self.levels[:depth] if not level.members)

    @property
    def depth(self) -> int:
        """The depth of the finest tuples."""
        return len(self.levels)

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """What is shown: the grand total, subtotals, the finest tuples, and those of others, each of its own kind."""
        rolled_up = (self.totals, *(level.subtotals for level in self.levels[:-1])) if self.levels else ()
        totals = (Tier(depth, over, depth) for depth, asked in enumerate(rolled_up) for over in asked)
        tops = ((depth, level.top) for depth, level in enumerate(self.levels, 1))
        others = (
            Tier(0 if top.over_axis else depth - 1, Over.OTHERS, depth) for depth, top in tops if top and top.others
        )
        return (*totals, whole(self.depth), *others)

    @property
    def shown_depths(self) -> tuple[int, ...]:
        """The depths of the tuples of all in the cut: the finest, subtotals, and 0 for the grand total."""
        return tuple(tier.grain for tier in self.tiers if tier.over is Over.ALL)

    @property
    def measured_depths(self) -> tuple[int, ...]:
        """The depths whose tuples are sorted or chosen by measures, whatever the other axis shows."""
        measured = (level.having is not None or level.order.by or level.top for level in self.levels)
        return tuple(depth for depth, is_measured in enumerate(measured, 1) if is_measured)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySpec:
    """A question to a cube. Equal questions are equal values.

    `excepted` are cuts that do not all hold of the facts that count; without any, all facts within `cuts` do. `ranges`
    asks for the least and greatest values.
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
    ranges: bool = False


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

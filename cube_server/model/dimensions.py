"""Dimensions as frozen values: levels and hierarchies, how facts link to them, and levels as questions name them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from typing import Literal, get_args

from cube_server.model.tables import Column, Table, Text
from cube_server.types import Scalar

Period = Literal["year", "quarter", "month", "week", "day"]


Scd = Literal["now", "then"]
"""How a dimension with history is read: as it is now, or as it was at each fact's time."""

SCD: tuple[Scd, ...] = get_args(Scd)


Hide = Literal["blank", "parent", "repeated"]
"""Which members are hidden: those with an empty key; with their parent's key; those of these without siblings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One kind of member. An attribute is a level too, with `attribute_of` naming the level it describes.

    `period` says how long a member of a level of time is; None for other levels. `hide`: see `Hide`; None hides none.
    `varies` says of a dimension read as it was then that a leaf may have several members of this level in turn.
    """

    dimension: str
    name: str
    key: Column
    caption: Column | None
    order: Column | None
    unique: bool
    period: Period | None
    attribute_of: str | None
    label: Text
    description: Text
    hide: Hide | None = None
    varies: bool = False

    def __hash__(self) -> int:
        """Hash by what tells elements of a model apart; they are looked up often, and all they hold is much."""
        return hash((self.dimension, self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What a load makes a parent-child hierarchy's levels of: `parent` has the key above; a root's null, or `root`."""

    member: Level
    parent: Column
    root: Scalar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """Levels to drill down along, coarsest first. An attribute makes a hierarchy of one, a load those of a `tree`."""

    dimension: str
    name: str
    levels: tuple[Level, ...]
    label: Text
    description: Text
    tree: Tree | None = None

    @property
    def is_attribute(self) -> bool:
        """Whether this hierarchy is just an attribute."""
        return self.levels[0].attribute_of is not None

    def varying_by(self, changing: Collection[Column]) -> Hierarchy:
        """Give the same hierarchy, its levels marked whose keys are among the columns that change in time."""
        levels = tuple(replace(level, varies=level.key in changing) for level in self.levels)
        return replace(self, levels=levels)

    def down_to(self, told: Collection[str]) -> Hierarchy:
        """Give the same hierarchy with its upper levels, as far as they are among the named ones."""
        return replace(self, levels=tuple(takewhile(lambda level: level.name in told, self.levels)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A side to look at facts from. Declared hierarchies come first, the default one foremost, then attributes.

    With `unknown_is_null`, keys without a row in the table stand under null rather than under unknown. `scd` says how
    the history of the table is read; one without history is the same in both ways.
    """

    name: str
    table: Table
    is_time: bool
    unknown_is_null: bool = False
    hierarchies: tuple[Hierarchy, ...]
    label: Text
    description: Text
    scd: Scd = "now"

    def __hash__(self) -> int:
        """Hash by name; see `Level`."""
        return hash(self.name)

    @property
    def key(self) -> Column:
        """The column of the dimension's table that facts link to: the durable key, where the table has history."""
        return self.table.key[0]

    def read_as(self, scd: Scd) -> Dimension:
        """Give the same dimension read as it is now, or as it was then; one without history as it is."""
        history = self.table.history
        if history is None:
            return self
        changing = frozenset(history.changing) if scd == "then" else frozenset()
        hierarchies = tuple(hierarchy.varying_by(changing) for hierarchy in self.hierarchies)
        return replace(self, scd=scd, hierarchies=hierarchies)

    @property
    def levels(self) -> tuple[Level, ...]:
        """Every level and attribute once, in order of the hierarchies."""
        found = {level.name: level for hierarchy in self.hierarchies for level in hierarchy.levels}
        return tuple(found.values())

    @property
    def made_columns(self) -> tuple[Column, ...]:
        """The columns that a load makes of trees, beside those of the source."""
        levels = (level for hierarchy in self.hierarchies if hierarchy.tree for level in hierarchy.levels)
        return tuple(part for level in levels for part in (level.key, level.caption, level.order) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A fact's reference to a dimension; `name` is the dimension's role in the cube (order_date, ship_date).

    Attributes:
        column: The fact's column with the dimension's key; of a bridged link, with the key that leads to many members.
        level: Where set, the column holds the key of that level, above the leaves: promotions stand on weeks.
        through: How one fact has many members; None where it has one, by its own key.
        when: Of a dimension read as it was then, the level of time whose day tells a fact the version of its members;
            None where the facts have no day, so that they see the members as they are now.
    """

    name: str
    dimension: Dimension
    column: Column
    label: Text
    level: Level | None = None
    through: Through | None = None
    when: LevelRef | None = None

    def __hash__(self) -> int:
        """Hash by name; see `Level`."""
        return hash((self.name, self.column.name))

    @property
    def key(self) -> Column:
        """The column of the dimension's table that the fact's column refers to."""
        return self.dimension.key if self.level is None else self.level.key

    @property
    def hierarchies(self) -> tuple[Hierarchy, ...]:
        """The dimension's hierarchies, as far down as a fact's key tells the members."""
        if self.level is None:
            return self.dimension.hierarchies
        told = self._told(self.level)
        cut_off = (hierarchy.down_to(told) for hierarchy in self.dimension.hierarchies)
        return tuple(hierarchy for hierarchy in cut_off if hierarchy.levels)

    def _told(self, level: Level) -> frozenset[str]:
        """Name the levels that the key tells: those above it in any hierarchy, and the attributes of all these."""
        homes = (hierarchy.levels for hierarchy in self.dimension.hierarchies if level in hierarchy.levels)
        levels = {above.name for home in homes for above in home[: home.index(level) + 1]}
        return frozenset({*levels, *(part.name for part in self.dimension.levels if part.attribute_of in levels)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughTable:
    """Members by a bridge table: those in `target` of the rows that have the fact's key in `source`.

    Attributes:
        carrier: The direct link over the fact's column, where there is one: then the column is stored as its key.
    """

    table: Table
    source: Column
    target: Column
    carrier: Link | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughFacts:
    """Members by the facts themselves: those that the facts with the same key have by another link."""

    link: Link
    carrier: Link | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughDates:
    """Members by a rule: those between whose two dates the fact's day lies, both included.

    Attributes:
        carrier: The link to time.
        day: The level of time whose members are days.
        first: The dimension's column of first days.
        last: The dimension's column of last days.
        shift: By how many of its own lengths the time between them is moved.
    """

    carrier: Link
    day: Level
    first: Column
    last: Column
    shift: int


Through = ThroughTable | ThroughFacts | ThroughDates


@dataclass(frozen=True, kw_only=True)
class LevelRef:
    """A level as a cube's questions use it: through a link, identified by the keys of `levels`.

    `levels` runs from the top of the hierarchy to the level itself. A level used *alone* and an attribute have
    only themselves, so everything that groups, cuts or lists members treats the three alike.

    Attributes:
        link: The cube's link to the dimension.
        hierarchy: The hierarchy's name; for a level used alone, "~" and the level's name.
        levels: The levels whose keys make up a member's identity.
    """

    link: Link
    hierarchy: str
    levels: tuple[Level, ...]

    def __hash__(self) -> int:
        """Hash by names; see `Level`."""
        return hash((self.link.name, self.hierarchy, self.levels[-1].name, len(self.levels)))

    @property
    def level(self) -> Level:
        """The level itself."""
        return self.levels[-1]

    @property
    def is_alone(self) -> bool:
        """Whether the level is grouped by its own key, across parents."""
        return self.hierarchy.startswith("~")

    @cached_property
    def name(self) -> str:
        """The shortest name that finds this level again: product.category, ~product.category, time.weekly.day."""
        if self.is_alone:
            return f"~{self.link.name}.{self.level.name}"
        homes = (h.name for h in self.link.dimension.hierarchies if self.level in h.levels)
        if next(homes) == self.hierarchy:
            return f"{self.link.name}.{self.level.name}"
        return f"{self.link.name}.{self.hierarchy}.{self.level.name}"

    @property
    def hierarchy_name(self) -> str:
        """The name of the hierarchy on an axis: product, time.weekly, customer.age, ~product.category."""
        if self.is_alone:
            return self.name
        if self.hierarchy == self.link.dimension.hierarchies[0].name and self.level.attribute_of is None:
            return self.link.name
        return f"{self.link.name}.{self.hierarchy}"

    def parent(self) -> LevelRef | None:
        """The level above in the same hierarchy, or None at the top."""
        if len(self.levels) == 1:
            return None
        return LevelRef(link=self.link, hierarchy=self.hierarchy, levels=self.levels[:-1])

    def alone(self) -> LevelRef:
        """The same level grouped by its own key across parents."""
        if len(self.levels) == 1:
            return self
        return LevelRef(link=self.link, hierarchy=f"~{self.level.name}", levels=(self.level,))

    def lineage(self) -> tuple[LevelRef, ...]:
        """This level and those above it, from the top."""
        above = self.parent()
        return (*above.lineage(), self) if above else (self,)


def levels_of(link: Link) -> Iterator[LevelRef]:
    """Go through every level of every hierarchy that a link leads to."""
    for hierarchy in link.hierarchies:
        for depth in range(1, len(hierarchy.levels) + 1):
            yield LevelRef(link=link, hierarchy=hierarchy.name, levels=hierarchy.levels[:depth])

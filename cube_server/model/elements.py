"""The model's parts as frozen values: everything a question can name, with all references resolved."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile
from typing import Literal

from cube_server.formulas.tree import Node
from cube_server.types import DataType, Scalar


@dataclass(frozen=True, slots=True)
class Text:
    """Text for people, by language; the first language stands in for a missing one.

    >>> Text((("en", "Sales"), ("ko", "매출"))).get("ko")
    '매출'
    """

    by_language: tuple[tuple[str, str], ...] = ()

    def get(self, language: str = "en", default: str = "") -> str:
        """Give the text in a language, else in the first one, else `default`."""
        texts = dict(self.by_language)
        return texts.get(language) or next(iter(texts.values()), default)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    type: DataType


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the star schema. `source` is the file stem or SQL table it is loaded from."""

    name: str
    source: str
    key: tuple[Column, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Find a column by name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]


Period = Literal["year", "quarter", "month", "week", "day"]

Hide = Literal["blank", "parent", "repeated"]
"""Which members are hidden: those with an empty key; with their parent's key; those of these without siblings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One kind of member. An attribute is a level too, with `attribute_of` naming the level it describes.

    `period` says how long a member of a level of time is; None for other levels. `hide`: see `Hide`; None hides none.
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

    def down_to(self, told: Collection[str]) -> Hierarchy:
        """Give the same hierarchy with its upper levels, as far as they are among the named ones."""
        return replace(self, levels=tuple(takewhile(lambda level: level.name in told, self.levels)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A side to look at facts from. Declared hierarchies come first, the default one foremost, then attributes."""

    name: str
    table: Table
    is_time: bool
    hierarchies: tuple[Hierarchy, ...]
    label: Text
    description: Text

    @property
    def key(self) -> Column:
        """The column of the dimension's table that facts link to."""
        return self.table.key[0]

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

    With `level`, the fact's column holds the key of that level, which lies above the leaves: promotions stand on weeks.
    """

    name: str
    dimension: Dimension
    column: Column
    label: Text
    level: Level | None = None

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

    @property
    def level(self) -> Level:
        """The level itself."""
        return self.levels[-1]

    @property
    def is_alone(self) -> bool:
        """Whether the level is grouped by its own key, across parents."""
        return self.hierarchy.startswith("~")

    @property
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


class AggregateKind(StrEnum):
    """The ways to aggregate facts."""

    SUM = "sum"
    COUNT = "count"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    DISTINCT = "distinct"


class Take(StrEnum):
    """Which value of several days a semi-additive measure has."""

    FIRST = "first"
    LAST = "last"
    FIRST_NONEMPTY = "first_nonempty"
    LAST_NONEMPTY = "last_nonempty"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True, kw_only=True)
class SemiAdditive:
    """The rule of a measure that adds up over everything but time: a stock, a balance, a headcount.

    Attributes:
        over: The lowest level of time: its members are the days.
        take: Which day's value counts, or the mean of the days' values.
        items: The levels whose members each have a first, a last or a mean of their own, which then add up; none where
            the cell has it as a whole.
        present: Whether an average runs over the days with a value, rather than over those of the calendar.
    """

    over: LevelRef
    take: Take
    items: tuple[LevelRef, ...]
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedAttribute:
    """A property of members that follows from facts: their decile, their segment, their first month; or a set of them.

    It behaves like a level of its own: its values are the members of a dimension that `link` leads to. A set is an
    attribute that is true or false.

    Attributes:
        name: Its name; as a level it is called by its link and this: customer.decile.
        link: From a fact to the attribute's value.
        keys: The levels whose members have it: one, or one and others that it changes with, such as the month.
        text: The formula as typed.
        formula: Its tree.
        within_cut: Whether it is derived from the facts within the query's cut, rather than from all.
        shows: The level whose members its values are, where they are members; None where they are values.
    """

    name: str
    link: Link
    keys: tuple[LevelRef, ...]
    text: str
    formula: Node
    within_cut: bool
    shows: LevelRef | None

    @property
    def ref(self) -> LevelRef:
        """The attribute as a level."""
        hierarchy = self.link.dimension.hierarchies[0]
        return LevelRef(link=self.link, hierarchy=hierarchy.name, levels=hierarchy.levels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A named number over the facts, with how people read it."""

    name: str
    label: Text
    description: Text
    folder: Text
    format: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseMeasure(Measure):
    """An aggregate of the facts, or of the members of a derived attribute.

    Attributes:
        aggregate: How to aggregate.
        over: What is aggregated: a column of the facts; a level; a derived attribute; None for a count of rows.
        rule: What becomes of several days; None where they are aggregated like all else.
    """

    aggregate: AggregateKind
    over: Column | LevelRef | DerivedAttribute | None
    rule: SemiAdditive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculatedMeasure(Measure):
    """A formula over other measures, evaluated at every coordinate from that coordinate's own values."""

    text: str
    formula: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """Measures over dimensions, from one fact table."""

    name: str
    table: Table
    links: tuple[Link, ...]
    measures: tuple[Measure, ...]
    drillthrough: tuple[Column | LevelRef, ...]
    label: Text
    description: Text
    attributes: tuple[DerivedAttribute, ...] = ()

    @property
    def all_links(self) -> tuple[Link, ...]:
        """The facts' own links, and those to derived attributes."""
        return (*self.links, *(attribute.link for attribute in self.attributes))

    def attribute(self, name: str) -> DerivedAttribute | None:
        """Find a derived attribute by name."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def measure(self, name: str) -> Measure | None:
        """Find a measure by name."""
        return next((measure for measure in self.measures if measure.name == name), None)

    def link(self, name: str) -> Link | None:
        """Find a link by name."""
        return next((link for link in self.links if link.name == name), None)

    def level_refs(self) -> Iterator[LevelRef]:
        """Go through every level of every hierarchy of every linked dimension."""
        for link in self.links:
            yield from levels_of(link)


def levels_of(link: Link) -> Iterator[LevelRef]:
    """Go through every level of every hierarchy that a link leads to."""
    for hierarchy in link.hierarchies:
        for depth in range(1, len(hierarchy.levels) + 1):
            yield LevelRef(link=link, hierarchy=hierarchy.name, levels=hierarchy.levels[:depth])


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """All of cubes.json. `hash` changes with any change of meaning."""

    name: str
    label: Text
    tables: tuple[Table, ...]
    dimensions: tuple[Dimension, ...]
    cubes: tuple[Cube, ...]
    hash: str

    def cube(self, name: str) -> Cube | None:
        """Find a cube by name."""
        return next((cube for cube in self.cubes if cube.name == name), None)

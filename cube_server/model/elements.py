"""The model's parts as frozen values: everything a question can name, with all references resolved."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import takewhile
from typing import Literal

from cube_server.formulas.tree import Node
from cube_server.model.slicer import SlicerDoc
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
    """A table of the star schema.

    Attributes:
        name: Its name.
        source: The file stem or SQL table it is loaded from, unless it is derived.
        key: The columns that identify a row.
        columns: All columns.
        derivation: How it is made of other tables; None if it is loaded.
    """

    name: str
    source: str
    key: tuple[Column, ...]
    columns: tuple[Column, ...]
    derivation: Derivation | None = None

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
        values: A formula for each of the table's columns, in their order.
        distinct: Whether equal rows are kept once.
    """

    table: Table
    joins: tuple[Join, ...]
    where: Node | None
    values: tuple[Node, ...]
    distinct: bool

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables that it reads."""
        return (self.table, *(join.table for join in self.joins))


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
    """A side to look at facts from. Declared hierarchies come first, the default one foremost, then attributes.

    With `unknown_is_null`, keys without a row in the table stand under null rather than under unknown.
    """

    name: str
    table: Table
    is_time: bool
    unknown_is_null: bool = False
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

    Attributes:
        column: The fact's column with the dimension's key; of a bridged link, with the key that leads to many members.
        level: Where set, the column holds the key of that level, above the leaves: promotions stand on weeks.
        through: How one fact has many members; None where it has one, by its own key.
    """

    name: str
    dimension: Dimension
    column: Column
    label: Text
    level: Level | None = None
    through: Through | None = None

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
    STDDEV = "stddev"
    """The standard deviation of a sample: the root of the variance."""
    VARIANCE = "variance"
    """The variance of a sample, with n - 1 below the line; null for fewer than two values."""
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
    """A named number over the facts, with how people read it, and a note that every answer with it carries."""

    name: str
    label: Text
    description: Text
    folder: Text
    format: str
    unit: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseMeasure(Measure):
    """An aggregate of the facts, or of the members of a derived attribute.

    Attributes:
        aggregate: How to aggregate.
        over: What is aggregated: a column of the facts; a level; a derived attribute; None for a count of rows. A
            count of a column counts its values that are not null.
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
    solve_order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculatedMember:
    """A member that is a formula over other members of its hierarchy.

    Attributes:
        name: Its name.
        link: The dimension.
        hierarchy: The hierarchy that it stands on.
        label: What people read.
        description: What a tooltip tells.
        text: The formula as typed.
        formula: Its tree.
        parent_text: The member that it stands below, as typed; empty for none.
        parent: Its tree.
        format: How its numbers are read; empty where as the measure's.
        solve_order: What has a greater one is evaluated later.
    """

    name: str
    link: Link
    hierarchy: str
    label: Text
    description: Text
    text: str
    formula: Node
    parent_text: str
    parent: Node | None
    format: str
    solve_order: int

    @property
    def hierarchy_name(self) -> str:
        """The name of the hierarchy on an axis."""
        alone = [level for level in self.link.dimension.levels if f"~{level.name}" == self.hierarchy]
        named = (other.levels[:1] for other in self.link.dimension.hierarchies if other.name == self.hierarchy)
        levels = tuple(alone) or next(named)
        return LevelRef(link=self.link, hierarchy=self.hierarchy, levels=levels).hierarchy_name


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
    members: tuple[CalculatedMember, ...] = ()

    @property
    def all_links(self) -> tuple[Link, ...]:
        """The facts' own links, and those to derived attributes."""
        return (*self.links, *(attribute.link for attribute in self.attributes))

    def is_bridged(self, link: Link) -> bool:
        """Tell whether one fact may have many members by a link: by itself, or as the members' derived attribute."""
        attribute = next((attribute for attribute in self.attributes if attribute.link == link), None)
        return link.through is not None if attribute is None else self.is_bridged(attribute.keys[0].link)

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
    """All of cubes.json. `hash` changes with any change of meaning; `slicer` is only for the Slicer API."""

    name: str
    label: Text
    tables: tuple[Table, ...]
    dimensions: tuple[Dimension, ...]
    cubes: tuple[Cube, ...]
    hash: str
    slicer: SlicerDoc | None = field(default=None, compare=False)

    def cube(self, name: str) -> Cube | None:
        """Find a cube by name."""
        return next((cube for cube in self.cubes if cube.name == name), None)

"""The model's parts as frozen values: everything a question can name, with all references resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cube_server.formulas.tree import Node
from cube_server.model.dimensions import (
    Dimension,
    LevelRef,
    Link,
    Scd,
    levels_of,
)
from cube_server.model.slicer import SlicerDoc
from cube_server.model.tables import Column, Table, Text


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
class Rollup:
    """A cuboid that a cube's author wants to be kept.

    Attributes:
        levels: Its levels, of which a fact has one member each.
        keys: The columns of the facts that it tells besides, such as the number of a basket.
    """

    levels: tuple[LevelRef, ...]
    keys: tuple[Column, ...]


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
    rollups: tuple[Rollup, ...] = ()

    @property
    def all_links(self) -> tuple[Link, ...]:
        """The facts' own links, and those to derived attributes."""
        return (*self.links, *(attribute.link for attribute in self.attributes))

    @property
    def scd(self) -> dict[str, Scd]:
        """Tell by link how its dimension is read, as far as it has history."""
        return {link.name: link.dimension.scd for link in self.links if link.dimension.table.history is not None}

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """All of cubes.json. `hash` changes with any change of meaning; `slicer` is only for the Slicer API.

    `views` has the cubes with every dimension read as it is now, and as it was then; none where none has history.
    """

    name: str
    label: Text
    tables: tuple[Table, ...]
    dimensions: tuple[Dimension, ...]
    cubes: tuple[Cube, ...]
    hash: str
    slicer: SlicerDoc | None = field(default=None, compare=False)
    views: tuple[tuple[Scd, tuple[Cube, ...]], ...] = ()

    def cube(self, name: str) -> Cube | None:
        """Find a cube by name."""
        return next((cube for cube in self.cubes if cube.name == name), None)

    def read_as(self, scd: Scd | None) -> Model:
        """Give the same model, its dimensions read as they are now, or as they were then; None leaves it to each."""
        views = dict(self.views)
        return self if scd is None or scd not in views else replace(self, cubes=views[scd])

"""The parts of a Cubes model as frozen values, all of Cubes' defaults filled in, no names looked up in tables yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .findings import Place

Labels = Mapping[str, str]
"""Texts by locale; the first is the model's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What every part has."""

    name: str
    place: Place
    label: str | None = None
    labels: Labels = field(default_factory=dict)
    """Translations of the label."""
    description: str | None = None
    info: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Described):
    """An attribute of a level, a detail or a measure: what has a value a row."""

    locales: tuple[str, ...] = ()
    format: str | None = None
    order: str | None = None
    missing_value: Any = None
    expression: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(Described):
    """A level; `key`, `label_attribute` and `order_attribute` are names of its attributes."""

    attributes: tuple[Attribute, ...]
    key: str
    label_attribute: str
    order_attribute: str
    order: str | None
    role: str | None
    cardinality: str | None
    nonadditive: str | None

    def attribute(self, name: str) -> Attribute:
        """Find an attribute by name."""
        return next(attribute for attribute in self.attributes if attribute.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy(Described):
    """A hierarchy: names of levels from the top."""

    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension(Described):
    """A dimension, as a model file declares it or as a cube narrows it."""

    role: str | None
    category: str | None
    cardinality: str | None
    nonadditive: str | None
    levels: tuple[Level, ...]
    hierarchies: tuple[Hierarchy, ...]
    default_hierarchy: str

    def level(self, name: str) -> Level:
        """Find a level by name."""
        return next(level for level in self.levels if level.name == name)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes of all levels."""
        return tuple(attribute for level in self.levels for attribute in level.attributes)

    def ref(self, attribute: Attribute) -> str:
        """Give an attribute's key in result records."""
        return self.name if len(self.attributes) == 1 else f"{self.name}.{attribute.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Attribute):
    """A measure."""

    aggregates: tuple[str, ...] | None
    formula: str | None
    window_size: int | None
    nonadditive: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(Attribute):
    """An aggregate: a function of a measure, or an expression."""

    function: str | None
    measure: str | None
    formula: str | None
    window_size: int | None
    nonadditive: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A join; columns are written as in the model: `column`, `table.column` or `schema.table.column`."""

    place: Place
    master: tuple[str, ...]
    detail: tuple[str, ...]
    alias: str | None
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube(Described):
    """A cube.

    Attributes:
        model: The name of its model.
        locale: That of its model.
        fact: The fact table.
        key: The column of the fact key, where the model names it.
        mappings: By attribute: the column as the model writes it, or an object.
        naming: The options on the names of tables, of store, model and cube.
    """

    model: str
    locale: str | None
    category: str | None
    key: str | None
    fact: str
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    aggregates: tuple[Aggregate, ...]
    details: tuple[Attribute, ...]
    joins: tuple[Join, ...]
    mappings: Mapping[str, Any]
    naming: Mapping[str, str]

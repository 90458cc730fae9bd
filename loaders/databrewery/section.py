"""A cube's part of the section `slicer`: what the Slicer API tells of it, with the names that things have here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .labels import generated
from .members import LevelNames, Members
from .specs import Aggregate, Attribute, Cube, Described, Dimension, Hierarchy, Labels, Level, Measure
from .tables import Document

_DEFAULT_LOCALE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A dimension of a cube: the link to it, and what its parts are called here."""

    link: str
    members: Members


@dataclass(frozen=True, slots=True, kw_only=True)
class CubeNames:
    """What a cube's parts are called here.

    Attributes:
        cube: The cube.
        links: By dimension.
        columns: The columns of the facts with the values of measures and details.
        localized: By detail and locale, the columns of its translations.
        fact_key: The column that identifies a fact.
        asked: By aggregate, the measure that has its values.
    """

    cube: str
    links: Mapping[str, Linked]
    columns: Mapping[str, str]
    localized: Mapping[str, Mapping[str, str]]
    fact_key: str | None
    asked: Mapping[str, str]


def slicer_cube(cube: Cube, names: CubeNames) -> Document:
    """Write a cube's part of the section."""
    return _Section(cube.locale or _DEFAULT_LOCALE, names).cube(cube)


@dataclass(frozen=True, slots=True)
class _Section:
    locale: str
    names: CubeNames

    def cube(self, cube: Cube) -> Document:
        names = self.names
        dimensions = {
            part.name: self._dimension(part, names.links[part.name])
            for part in cube.dimensions
            if part.name in names.links
        }
        measures = {part.name: self._measure(part) for part in cube.measures if part.name in names.columns}
        details = {part.name: self._detail(part) for part in cube.details if part.name in names.columns}
        return {
            "cube": names.cube,
            **self._described(cube),
            **_given(locale=cube.locale, category=cube.category, key=cube.key, fact_key=names.fact_key),
            "dimensions": dimensions,
            "measures": measures,
            "details": details,
            "aggregates": {part.name: self._aggregate(part) for part in cube.aggregates},
        }

    def _dimension(self, dimension: Dimension, linked: Linked) -> Document:
        members = linked.members
        return {
            "link": linked.link,
            **self._described(dimension),
            **_given(
                join=members.join,
                role=dimension.role,
                category=dimension.category,
                cardinality=dimension.cardinality,
                nonadditive=dimension.nonadditive,
            ),
            "default_hierarchy_name": dimension.default_hierarchy,
            "levels": {
                level.name: self._level(dimension, level, members.levels[level.name]) for level in dimension.levels
            },
            "hierarchies": {part.name: self._hierarchy(part, members) for part in dimension.hierarchies},
        }

    def _hierarchy(self, hierarchy: Hierarchy, members: Members) -> Document:
        called = members.hierarchies[hierarchy.name]
        return {"hierarchy": called, **self._described(hierarchy), "levels": list(hierarchy.levels)}

    def _level(self, dimension: Dimension, level: Level, names: LevelNames) -> Document:
        attributes = {
            part.name: self._attribute(dimension, part, names)
            for part in level.attributes
            if part.name in names.attributes
        }
        return {
            "level": names.level,
            **self._described(level),
            **_given(role=level.role),
            "key": level.key,
            "label_attribute": level.label_attribute if level.label_attribute in attributes else level.key,
            "order_attribute": level.order_attribute if level.order_attribute in attributes else level.key,
            **_given(order=level.order, cardinality=level.cardinality, nonadditive=level.nonadditive),
            "attributes": attributes,
        }

    def _attribute(self, dimension: Dimension, attribute: Attribute, names: LevelNames) -> Document:
        localized = names.localized.get(attribute.name)
        return {
            "ref": dimension.ref(attribute),
            "level": names.attributes[attribute.name],
            **self._value(attribute),
            **_given(locales=list(attribute.locales) or None, localized=dict(localized) if localized else None),
        }

    def _measure(self, measure: Measure) -> Document:
        return {
            "column": self.names.columns[measure.name],
            **self._value(measure, generated(measure.name)),
            **_given(aggregates=list(measure.aggregates) if measure.aggregates is not None else None),
            **_given(formula=measure.formula, window_size=measure.window_size, nonadditive=measure.nonadditive),
        }

    def _detail(self, detail: Attribute) -> Document:
        localized = self.names.localized.get(detail.name)
        return {
            "column": self.names.columns[detail.name],
            **self._value(detail, generated(detail.name)),
            **_given(locales=list(detail.locales) or None, localized=dict(localized) if localized else None),
        }

    def _aggregate(self, aggregate: Aggregate) -> Document:
        return {
            **_given(asks=self.names.asked.get(aggregate.name)),
            **self._value(aggregate),
            **_given(function=aggregate.function, measure=aggregate.measure, formula=aggregate.formula),
            **_given(window_size=aggregate.window_size, nonadditive=aggregate.nonadditive),
        }

    def _value(self, part: Attribute, label: str | None = None) -> Document:
        return {
            **self._described(part, label),
            **_given(
                format=part.format, order=part.order, missing_value=part.missing_value, expression=part.expression
            ),
        }

    def _described(self, part: Described, label: str | None = None) -> Document:
        spoken = part.label if part.label is not None else label
        info = dict(part.info) or None
        return _given(label=self._texts(spoken, part.labels), description=part.description, info=info)

    def _texts(self, label: str | None, labels: Labels) -> str | Document | None:
        """Give a label with its translations; where the model has none, they stand alone."""
        if not labels:
            return label
        own = {} if label is None else {_language(self.locale): label}
        return own | {_language(locale): text for locale, text in labels.items()}


def _language(locale: str) -> str:
    return locale.replace("_", "-")


def _given(**fields: Any) -> Document:  # noqa: ANN401 - what JSON holds
    return {name: value for name, value in fields.items() if value is not None}

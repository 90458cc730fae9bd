"""What the Slicer API tells of a model of this server's own: the section that an import would have written."""

from __future__ import annotations

from collections.abc import Iterable

from cube_server.model.dimensions import Dimension, Hierarchy, Level, Link
from cube_server.model.elements import AggregateKind, BaseMeasure, Cube, Measure
from cube_server.model.slicer import (
    SlicerAggregate,
    SlicerAttribute,
    SlicerCube,
    SlicerDetail,
    SlicerDimension,
    SlicerHierarchy,
    SlicerLevel,
    SlicerMeasure,
)
from cube_server.model.tables import Column

from .texts import passed_on

CAPTION = ".caption"
"""What follows a level's name where its caption is meant."""

TIME_ROLES = frozenset(
    {"year", "quarter", "month", "day", "hour", "minute", "second", "week", "weeknum"}
    | {"dow", "isoyear", "isoweek", "isoweekday"}
)
"""The names that levels of time have as their role too."""

_FUNCTIONS = {AggregateKind.DISTINCT: "count_distinct"}
_OF_COLUMNS = frozenset({AggregateKind.SUM, AggregateKind.MIN, AggregateKind.MAX, AggregateKind.AVG})


def describe(cube: Cube) -> SlicerCube:
    """Describe a cube.

    Every measure is an aggregate, every link a dimension, and every attribute a hierarchy of one level. No fact is
    dropped for a key without a row. Derived attributes and sets are left out.
    """
    columns = _measured(cube.measures)
    details = [part for part in cube.drillthrough if isinstance(part, Column) and part.name not in columns]
    return SlicerCube(
        cube=cube.name,
        label=passed_on(cube.label),
        description=passed_on(cube.description),
        dimensions={link.name: _dimension(link) for link in cube.links},
        measures={name: SlicerMeasure(column=name, label=_readable(name)) for name in columns},
        details={column.name: SlicerDetail(column=column.name, label=_readable(column.name)) for column in details},
        aggregates={measure.name: _aggregate(measure) for measure in cube.measures},
    )


def _measured(measures: Iterable[Measure]) -> tuple[str, ...]:
    """List the columns of facts that measures aggregate."""
    found = (
        measure.over.name
        for measure in measures
        if isinstance(measure, BaseMeasure) and measure.aggregate in _OF_COLUMNS and isinstance(measure.over, Column)
    )
    return tuple(dict.fromkeys(found))


def _aggregate(measure: Measure) -> SlicerAggregate:
    base = measure if isinstance(measure, BaseMeasure) else None
    over = base.over.name if base and isinstance(base.over, Column) and base.aggregate in _OF_COLUMNS else None
    return SlicerAggregate(
        asks=measure.name,
        label=passed_on(measure.label),
        description=passed_on(measure.description),
        format=measure.format,
        function=_FUNCTIONS.get(base.aggregate, base.aggregate.value) if base else None,
        measure=over,
    )


def _dimension(link: Link) -> SlicerDimension:
    dimension = link.dimension
    # A link above the leaves has no finer levels than its own.
    first = link.hierarchies[0].name
    levels = {level.name: level for hierarchy in link.hierarchies for level in hierarchy.levels}
    return SlicerDimension(
        link=link.name,
        label=passed_on(link.label),
        description=passed_on(dimension.description),
        info={"cv-datefilter": True, "cv-datefilter-hierarchy": first} if dimension.is_time else {},
        role="time" if dimension.is_time else None,
        default_hierarchy_name=first,
        levels={name: _level(link, level) for name, level in levels.items()},
        hierarchies={hierarchy.name: _hierarchy(hierarchy) for hierarchy in link.hierarchies},
    )


def _hierarchy(hierarchy: Hierarchy) -> SlicerHierarchy:
    return SlicerHierarchy(
        hierarchy=hierarchy.name,
        label=passed_on(hierarchy.label),
        levels=[level.name for level in hierarchy.levels],
    )


def _level(link: Link, level: Level) -> SlicerLevel:
    dimension = link.dimension
    caption = _caption_name(dimension, level)
    attributes = {level.name: level.name} | ({caption: level.name + CAPTION} if level.caption else {})
    is_alone = len(dimension.levels) == 1 and len(attributes) == 1
    return SlicerLevel(
        level=level.name,
        label=passed_on(level.label),
        description=passed_on(level.description),
        role=_role(dimension, level),
        key=level.name,
        label_attribute=caption if level.caption else level.name,
        order_attribute=level.name,
        attributes={
            name: SlicerAttribute(
                ref=link.name if is_alone else f"{link.name}.{name}", level=bound, label=passed_on(level.label)
            )
            for name, bound in attributes.items()
        },
    )


def _caption_name(dimension: Dimension, level: Level) -> str:
    taken = {known.name for known in dimension.levels}
    name = f"{level.name}_label"
    while name in taken:
        name += "_"
    return name


def _role(dimension: Dimension, level: Level) -> str | None:
    if not dimension.is_time:
        return None
    return level.period or (level.name if level.name in TIME_ROLES else None)


def _readable(name: str) -> str:
    return name.replace("_", " ").capitalize()

"""The toy cube's aggregates, short enough to read in a test."""

from __future__ import annotations

from cube_server.model.elements import AggregateKind, BaseMeasure, Cube, DerivedAttribute, Measure
from cube_server.plan.nodes import Aggregate


def of_measures(cube: Cube, *names: str) -> tuple[Aggregate, ...]:
    """Give the aggregates of measures of the model."""
    return tuple(_aggregate(cube.measure(name)) for name in names)


def _aggregate(measure: Measure | None) -> Aggregate:
    assert isinstance(measure, BaseMeasure)
    assert not isinstance(measure.over, DerivedAttribute)
    return Aggregate(measure.name, measure.aggregate, measure.over)


def over(kind: str, column: str) -> Aggregate:
    """Aggregate a column of an inner relation."""
    return Aggregate(f"{kind}_{column}", AggregateKind(kind), column)


COUNT = Aggregate("rows", AggregateKind.COUNT)

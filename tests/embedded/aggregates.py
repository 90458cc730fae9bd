"""The toy cube's aggregates, short enough to read in a test."""

from __future__ import annotations

from cube_server.model.elements import AggregateKind, BaseMeasure, Cube
from cube_server.plan.nodes import Aggregate


def of_measures(cube: Cube, *names: str) -> tuple[Aggregate, ...]:
    """Give the aggregates of measures of the model."""
    measures = [cube.measure(name) for name in names]
    return tuple(Aggregate(m.name, m.aggregate, m.over) for m in measures if isinstance(m, BaseMeasure))


def over(kind: str, column: str) -> Aggregate:
    """Aggregate a column of an inner relation."""
    return Aggregate(f"{kind}_{column}", AggregateKind(kind), column)


COUNT = Aggregate("rows", AggregateKind.COUNT)

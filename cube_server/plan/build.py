"""From spec to plan: which relations a query needs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from cube_server.formulas.tree import names
from cube_server.model.elements import BaseMeasure, CalculatedMeasure, Cube, LevelRef, Link, Measure
from cube_server.plan.nodes import Aggregate, Block, Cuboid, Facts, Members, QueryPlan, Tuples
from cube_server.query.spec import Axis, Cut, QuerySpec


def plan_query(spec: QuerySpec) -> QueryPlan:
    """Plan a query: one cuboid for every combination of depths that is shown, sorted by, or chosen by.

    A total is a cuboid of its own, at its own grain: never the sum of what is on the screen.
    """
    aggregates = tuple(_aggregate(measure) for measure in base_measures(spec.cube, needed_measures(spec)))
    return QueryPlan(
        spec=spec,
        blocks=tuple(
            Block(
                row_depth=row_depth,
                column_depth=column_depth,
                cuboid=Cuboid(
                    source=Facts(spec.cube),
                    grain=(*spec.rows.refs[:row_depth], *spec.columns.refs[:column_depth]),
                    filters=spec.cuts,
                    aggregates=aggregates,
                ),
            )
            for row_depth, column_depth in _depths(spec)
        ),
        row_tuples=None if spec.nonempty else _all_tuples(spec, spec.rows),
        column_tuples=None if spec.nonempty else _all_tuples(spec, spec.columns),
    )


def needed_measures(spec: QuerySpec) -> tuple[Measure, ...]:
    """List the measures that a query shows, sorts by or chooses by, each once; the shown ones first."""
    found = dict.fromkeys(spec.measures)
    for level in (*spec.rows.levels, *spec.columns.levels):
        if level.order.by:
            found[level.order.by] = None
        for name in names(level.having) if level.having else ():
            found.update({measure: None for measure in (spec.cube.measure(name),) if measure})
    return tuple(found)


def base_measures(cube: Cube, measures: Iterable[Measure]) -> tuple[BaseMeasure, ...]:
    """List the aggregates that measures rest on, each once, in order of appearance."""
    return tuple(measure for measure in with_operands(cube, measures) if isinstance(measure, BaseMeasure))


def with_operands(cube: Cube, measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """List measures and all that their formulas rest on, operands before what is calculated from them."""
    found: dict[Measure, None] = {}
    for measure in measures:
        if isinstance(measure, CalculatedMeasure):
            operands = (cube.measure(name) for name in names(measure.formula))
            found.update(dict.fromkeys(with_operands(cube, (operand for operand in operands if operand))))
        found[measure] = None
    return tuple(found)


def _aggregate(measure: BaseMeasure) -> Aggregate:
    return Aggregate(measure.name, measure.aggregate, measure.over)


def _depths(spec: QuerySpec) -> tuple[tuple[int, int], ...]:
    """List the pairs of row and column depths to compute, the finest first."""
    shown = product(spec.rows.shown_depths, spec.columns.shown_depths)
    finest = (spec.rows.depth, spec.columns.depth)
    row_measures = ((depth, 0) for depth in spec.rows.measured_depths)
    column_measures = ((0, depth) for depth in spec.columns.measured_depths)
    return tuple(sorted({finest, *shown, *row_measures, *column_measures}, reverse=True))


def _all_tuples(spec: QuerySpec, axis: Axis) -> Tuples:
    """Cross the dimensions of an axis; within a dimension only combinations that exist."""
    links = dict.fromkeys(ref.link for ref in axis.refs)
    return Tuples(tuple(_existing(spec.cube, link, axis.refs, spec.cuts) for link in links))


def _existing(cube: Cube, link: Link, refs: tuple[LevelRef, ...], cuts: tuple[Cut, ...]) -> Cuboid:
    return Cuboid(
        source=Members(cube, link),
        grain=tuple(ref for ref in refs if ref.link == link),
        filters=tuple(cut for cut in cuts if cut.ref.link == link),
    )

"""From spec to plan: which relations a query needs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from cube_server.formulas.tree import Binary, Call, Name, Node, Unary, names
from cube_server.model.coordinates import Override
from cube_server.model.elements import BaseMeasure, Cube, LevelRef, Link, Measure
from cube_server.plan.coordinates import Coordinate
from cube_server.plan.nodes import Aggregate, Block, Cuboid, Facts, Members, Part, QueryPlan, Tuples
from cube_server.query.expressions import AxisCall, Slot, expand, slots
from cube_server.query.spec import Axis, Cut, QuerySpec


def plan_query(spec: QuerySpec) -> QueryPlan:
    """Plan a query: for every combination of depths that is shown, sorted by, or chosen by, a block of cells.

    A total is a cuboid of its own, at its own grain: never the sum of what is on the screen. Each different set of
    moves in the formulas is a cuboid of its own too.
    """
    formulas = {measure.name: expand(measure, spec.cube) for measure in needed_measures(spec)}
    needed = _by_moves(slot for formula in formulas.values() for slot in slots(formula))
    needed = {(): needed.pop((), {}), **needed}
    columns = {Slot(measure, moves): name for moves, measures in needed.items() for measure, name in measures.items()}
    return QueryPlan(
        spec=spec,
        blocks=tuple(
            Block(row_depth, column_depth, _parts(spec, row_depth, column_depth, needed))
            for row_depth, column_depth in _depths(spec)
        ),
        formulas=tuple((name, _over_columns(formula, columns)) for name, formula in formulas.items()),
        row_tuples=None if spec.nonempty else _all_tuples(spec, spec.rows),
        column_tuples=None if spec.nonempty else _all_tuples(spec, spec.columns),
    )


def needed_measures(spec: QuerySpec) -> tuple[Measure, ...]:
    """List the measures that a query shows, sorts by or chooses by, each once; the shown ones first."""
    found = dict.fromkeys(spec.measures)
    for level in (*spec.rows.levels, *spec.columns.levels):
        asked = (level.order.by, level.top.by if level.top else None)
        found.update({measure: None for measure in asked if measure})
        for name in names(level.having) if level.having else ():
            found.update({measure: None for measure in (spec.cube.measure(name),) if measure})
    return tuple(found)


def base_measures(cube: Cube, measures: Iterable[Measure]) -> tuple[BaseMeasure, ...]:
    """List the aggregates that measures rest on, each once, in order of appearance, wherever they are taken."""
    return tuple(dict.fromkeys(slot.measure for measure in measures for slot in slots(expand(measure, cube))))


_Needed = dict[tuple[Override, ...], dict[BaseMeasure, str]]


def _by_moves(found: Iterable[Slot]) -> _Needed:
    """Gather the aggregates by coordinate, and name the block's column of each."""
    needed: _Needed = {(): {}}
    for slot in found:
        measures = needed.setdefault(slot.moves, {})
        number = list(needed).index(slot.moves)
        measures[slot.measure] = f"{slot.measure.name} @{number}" if number else slot.measure.name
        # Non-empty is decided by the aggregate at the unmoved coordinate.
        needed[()][slot.measure] = slot.measure.name
    return needed


def _parts(spec: QuerySpec, row_depth: int, column_depth: int, needed: _Needed) -> tuple[Part, ...]:
    here = Coordinate(rows=spec.rows.refs[:row_depth], columns=spec.columns.refs[:column_depth], cuts=spec.cuts)
    return tuple(_part(spec.cube, here, moves, measures) for moves, measures in needed.items())


def _part(cube: Cube, here: Coordinate, moves: tuple[Override, ...], measures: dict[BaseMeasure, str]) -> Part:
    there: Coordinate | None = here
    for move in moves:
        there = there.apply(move) if there else None
    names = tuple((measure.name, name) for measure, name in measures.items())
    if there is None:
        return Part(moves, None, names)
    aggregates = tuple(Aggregate(measure.name, measure.aggregate, measure.over) for measure in measures)
    return Part(moves, Cuboid(Facts(cube), there.grain, (*there.cuts, *there.moved), aggregates), names)


def _over_columns(node: Node, columns: dict[Slot, str]) -> Node:
    """Put the block's columns in the place of aggregates."""
    match node:
        case Slot():
            return Name(columns[node])
        case AxisCall(function, operand, axis, within_parent, count):
            return AxisCall(function, _over_columns(operand, columns), axis, within_parent, count)
        case Unary(operator=operator, operand=operand):
            return Unary(operator, _over_columns(operand, columns))
        case Binary(operator=operator, left=left, right=right):
            return Binary(operator, _over_columns(left, columns), _over_columns(right, columns))
        case Call(function=function, arguments=arguments):
            return Call(function, tuple(_over_columns(argument, columns) for argument in arguments))
    return node


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

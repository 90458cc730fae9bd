"""From spec to plan: which relations a query needs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from cube_server.formulas.tree import Call, Name, Node, rewritten, walk
from cube_server.model.coordinates import Override
from cube_server.model.elements import (
    AggregateKind,
    BaseMeasure,
    CalculatedMeasure,
    Cube,
    DerivedAttribute,
    LevelRef,
    Link,
    Measure,
    Text,
)
from cube_server.model.expressions import Slot, attributes_used, expand, slots
from cube_server.plan.coordinates import Coordinate, is_determined, level_of
from cube_server.plan.nodes import (
    Aggregate,
    AttributePlan,
    Block,
    Cuboid,
    Derived,
    Facts,
    Members,
    Part,
    PartColumn,
    QueryPlan,
    Tuples,
)
from cube_server.query.spec import Axis, AxisLevel, Cut, Order, QuerySpec


def plan_query(spec: QuerySpec) -> QueryPlan:
    """Plan a query: for every combination of depths that is shown, sorted by, or chosen by, a block of cells.

    A total is a cuboid of its own, at its own grain: never the sum of what is on the screen. Each different set of
    moves in the formulas is a cuboid of its own too.
    """
    formulas = {measure.name: expand(measure, spec.cube) for measure in needed_measures(spec)}
    needed = _needed(slot for formula in formulas.values() for slot in slots(formula))
    columns = {Slot(measure, moves): name for (moves, _), found in needed.items() for measure, name in found.items()}
    return QueryPlan(
        spec=spec,
        blocks=tuple(
            Block(row_depth, column_depth, _parts(spec, row_depth, column_depth, needed))
            for row_depth, column_depth in _depths(spec)
        ),
        formulas=tuple((name, _over_columns(formula, columns)) for name, formula in formulas.items()),
        row_tuples=None if spec.nonempty else _all_tuples(spec, spec.rows),
        column_tuples=None if spec.nonempty else _all_tuples(spec, spec.columns),
        attributes=plan_attributes(
            spec.cube, (*spec.rows.refs, *spec.columns.refs), spec.cuts, tuple(formulas.values())
        ),
    )


def needed_measures(spec: QuerySpec) -> tuple[Measure, ...]:
    """List the measures that a query shows, sorts by or chooses by, each once; the shown ones first."""
    found = dict.fromkeys(spec.measures)
    for level in (*spec.rows.levels, *spec.columns.levels):
        asked = (level.order.by, level.having, level.top.by if level.top else None)
        found.update({measure: None for measure in asked if measure})
    return tuple(found)


def base_measures(cube: Cube, measures: Iterable[Measure]) -> tuple[BaseMeasure, ...]:
    """List the aggregates that measures rest on, each once, in order of appearance, wherever they are taken."""
    return tuple(dict.fromkeys(slot.measure for measure in measures for slot in slots(expand(measure, cube))))


_Place = tuple[tuple[Override, ...], DerivedAttribute | None]
"""Where aggregates are taken, and of whose members if not of the facts."""

_Needed = dict[_Place, dict[BaseMeasure, str]]


def _needed(found: Iterable[Slot]) -> _Needed:
    """Gather the aggregates by place, the block's own first, and name the block's column of each."""
    needed: _Needed = {((), None): {}}
    for slot in found:
        source = slot.measure.over if isinstance(slot.measure.over, DerivedAttribute) else None
        measures = needed.setdefault((slot.moves, source), {})
        number = list(needed).index((slot.moves, source))
        measures[slot.measure] = f"{slot.measure.name} @{number}" if slot.moves else slot.measure.name
        # Non-empty is decided by the aggregate at the unmoved coordinate.
        needed.setdefault(((), source), {})[slot.measure] = slot.measure.name
    return needed


def _parts(spec: QuerySpec, row_depth: int, column_depth: int, needed: _Needed) -> tuple[Part, ...]:
    here = Coordinate(rows=spec.rows.refs[:row_depth], columns=spec.columns.refs[:column_depth], cuts=spec.cuts)
    return tuple(_part(spec.cube, here, place, measures) for place, measures in needed.items())


def _part(cube: Cube, here: Coordinate, place: _Place, measures: dict[BaseMeasure, str]) -> Part:
    moves, source = place
    there: Coordinate | None = here
    for move in moves:
        there = there.apply(move) if there else None
    columns = tuple(PartColumn(measure.name, name, _is_count(measure)) for measure, name in measures.items())
    if there is None:
        return Part(moves, None, columns)
    aggregates = tuple(map(_aggregate, measures))
    if source is None:
        return Part(moves, Cuboid(Facts(cube), there.grain, (*there.cuts, *there.moved), aggregates), columns)
    # The members of an attribute know nothing of the other dimensions: there, their values repeat.
    grain = tuple(level for level in there.grain if is_determined(level_of(level), source.keys, cube.attributes))
    cuts = tuple(cut for cut in there.cuts if is_determined(cut.ref, source.keys, cube.attributes))
    return Part(moves, Cuboid(Derived(cube, source), grain, cuts, aggregates), columns)


def _is_count(measure: BaseMeasure) -> bool:
    return measure.aggregate in (AggregateKind.COUNT, AggregateKind.DISTINCT)


def _aggregate(measure: BaseMeasure) -> Aggregate:
    over = "value" if isinstance(measure.over, DerivedAttribute) else measure.over
    return Aggregate(measure.name, measure.aggregate, over)


def _over_columns(formula: Node, columns: dict[Slot, str]) -> Node:
    """Put the block's columns in the place of aggregates."""
    return rewritten(formula, lambda node: Name(columns[node]) if isinstance(node, Slot) else None)


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


def plan_attributes(
    cube: Cube, refs: Iterable[LevelRef], cuts: tuple[Cut, ...], formulas: Iterable[Node] = ()
) -> tuple[AttributePlan, ...]:
    """Plan the derived attributes that a question uses, as a level, in a cut or in a formula.

    Args:
        cube: The cube asked.
        refs: The levels it names.
        cuts: Its cuts.
        formulas: Its expanded formulas.

    Returns:
        A plan for each, in the order in which the cube defines them: one rests only on those before it.
    """
    # By name and in lists: hashing an attribute means hashing its dimension, which costs more than the few comparisons.
    links = [ref.link for ref in (*refs, *(cut.ref for cut in cuts))]
    used = {attribute.name for attribute in cube.attributes if attribute.link in links}
    used |= {attribute.name for formula in formulas for attribute in attributes_used(formula)}
    return tuple(_attribute_plan(cube, attribute, cuts) for attribute in cube.attributes if attribute.name in used)


def _attribute_plan(cube: Cube, attribute: DerivedAttribute, cuts: tuple[Cut, ...]) -> AttributePlan:
    """Plan an attribute as a query of its own: its formula at the members of its keys, in its own context."""
    measure = CalculatedMeasure(
        name=attribute.name,
        label=Text(),
        description=Text(),
        folder=Text(),
        format="",
        unit="",
        text=attribute.text,
        formula=attribute.formula,
    )
    # An attribute within the cut cannot follow from a cut on itself, nor on what may rest on it.
    later = {other.link for other in cube.attributes[cube.attributes.index(attribute) :]}
    plain = Order(by=None, desc=False, over_axis=False)
    levels = tuple(AxisLevel(ref=ref, order=plain, having=None, top=None, subtotals=False) for ref in attribute.keys)
    # A formula that has a value for nothing, as coalesce(sales, 0) = 0 has, is asked of members without facts too.
    fills_empty = any(
        isinstance(node, Call) and node.function in ("coalesce", "if") for node in walk(attribute.formula)
    )
    query = QuerySpec(
        cube=cube,
        measures=(measure,),
        rows=Axis(levels=levels, totals=False),
        columns=Axis(levels=(), totals=False),
        cuts=tuple(cut for cut in cuts if cut.ref.link not in later and not cut.axis) if attribute.within_cut else (),
        nonempty=not fills_empty,
        limit=None,
        offset=0,
    )
    return AttributePlan(attribute, plan_query(query))

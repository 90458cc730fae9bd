"""From spec to plan: which relations a query needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from cube_server.formulas.tree import Call, Name, Node, rewritten, walk
from cube_server.model.coordinates import Override
from cube_server.model.elements import (
    AggregateKind,
    BaseMeasure,
    CalculatedMeasure,
    Column,
    Cube,
    DerivedAttribute,
    LevelRef,
    Link,
    Measure,
    Take,
    Text,
)
from cube_server.model.expressions import Slot, attributes_used, expand, slots
from cube_server.model.imports import Source
from cube_server.plan.across import Across
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
    columns = {
        Slot(measure, place.moves, place.source): name
        for place, found in needed.items()
        for measure, name in found.items()
    }
    blocks = tuple(
        Block(row_depth, column_depth, _parts(spec, row_depth, column_depth, needed))
        for row_depth, column_depth in _depths(spec)
    )
    shown = dict.fromkeys(slot for measure in spec.measures for slot in slots(formulas[measure.name]))
    return QueryPlan(
        spec=spec,
        blocks=blocks,
        formulas=tuple((name, _over_columns(formula, columns)) for name, formula in formulas.items()),
        row_tuples=None if spec.nonempty else _all_tuples(spec, spec.rows),
        column_tuples=None if spec.nonempty else _all_tuples(spec, spec.columns),
        attributes=plan_attributes(
            spec.cube,
            (*spec.rows.refs, *spec.columns.refs, *(cut.ref for cut in spec.excepted)),
            spec.cuts,
            tuple(formulas.values()),
        ),
        deciding=_deciding(spec, shown, needed),
        notes=tuple(_notes(spec, formulas)),
    )


def needed_measures(spec: QuerySpec) -> tuple[Measure, ...]:
    """List the measures that a query shows, sorts by or chooses by, each once; the shown ones first."""
    found = dict.fromkeys(spec.measures)
    for level in (*spec.rows.levels, *spec.columns.levels):
        asked = (level.order.by, level.having, level.top.by if level.top else None)
        found.update({measure: None for measure in asked if measure})
    return tuple(found)


def base_measures(cube: Cube, measures: Iterable[Measure]) -> tuple[BaseMeasure, ...]:
    """List the aggregates of the cube's own facts that measures rest on, each once, wherever they are taken."""
    found = (slot for measure in measures for slot in slots(expand(measure, cube)))
    return tuple(dict.fromkeys(slot.measure for slot in found if slot.source is None))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where aggregates are taken.

    Attributes:
        moves: How the coordinate differs from the block's own.
        source: The facts, if not the cube's own.
        attribute: Of whose members, if not of facts.
    """

    moves: tuple[Override, ...] = ()
    source: Source | None = None
    attribute: DerivedAttribute | None = None


_Needed = dict[_Place, dict[BaseMeasure, str]]


def _place(slot: Slot) -> _Place:
    over = slot.measure.over
    attribute = over if isinstance(over, DerivedAttribute) else None
    return _Place(moves=slot.moves, source=slot.source, attribute=attribute)


def _unmoved(slot: Slot) -> _Place:
    return replace(_place(slot), moves=())


def _needed(found: Iterable[Slot]) -> _Needed:
    """Gather the aggregates by place, the block's own first, and name the block's column of each."""
    needed: _Needed = {_Place(): {}}
    for slot in found:
        # Non-empty is decided by the aggregate at the unmoved coordinate.
        for place in (_place(slot), _unmoved(slot)):
            measures = needed.setdefault(place, {})
            is_plain = not place.moves and place.source is None
            number = list(needed).index(place)
            measures[slot.measure] = slot.measure.name if is_plain else f"{slot.measure.name} @{number}"
    return needed


def _deciding(spec: QuerySpec, shown: Iterable[Slot], needed: _Needed) -> tuple[str, ...]:
    """Name the columns of the finest block that decide what is empty: aggregates of facts.

    Those of an attribute's members decide only where there are no such, and totals that repeat never do.
    """
    here = _coordinate(spec, spec.rows.depth, spec.columns.depth)
    by_kind: dict[bool, list[str]] = {True: [], False: []}
    for slot in shown:
        place = _unmoved(slot)
        part = _part(spec.cube, here, place, needed[place])
        if place.source is None or part.cuboid is None or len(part.cuboid.grain) == len(here.grain):
            by_kind[place.attribute is None].append(needed[place][slot.measure])
    return tuple(by_kind[True] or by_kind[False])


def _notes(spec: QuerySpec, formulas: Mapping[str, Node]) -> Iterator[str]:
    """Say of each measure shown what becomes of the levels and cuts that its facts lack."""
    refs = dict.fromkeys((*spec.rows.refs, *spec.columns.refs, *(cut.ref for cut in spec.cuts)))
    for measure in spec.measures:
        sources = dict.fromkeys(slot.source for slot in slots(formulas[measure.name]) if slot.source)
        for across in (Across(spec.cube, source) for source in sources):
            yield from (f"{measure.name}: {across.note(ref)}" for ref in across.lacking(refs))


def _parts(spec: QuerySpec, row_depth: int, column_depth: int, needed: _Needed) -> tuple[Part, ...]:
    here = _coordinate(spec, row_depth, column_depth)
    return tuple(_part(spec.cube, here, place, measures) for place, measures in needed.items())


def _coordinate(spec: QuerySpec, row_depth: int, column_depth: int) -> Coordinate:
    return Coordinate(
        rows=spec.rows.refs[:row_depth],
        columns=spec.columns.refs[:column_depth],
        cuts=spec.cuts,
        excepted=spec.excepted,
    )


def _part(cube: Cube, here: Coordinate, place: _Place, measures: dict[BaseMeasure, str]) -> Part:
    there: Coordinate | None = here
    for move in place.moves:
        there = there.apply(move) if there else None
    if place.source is not None and there is not None:
        there = Across(cube, place.source).coordinate(there)
    columns = tuple(PartColumn(measure.name, name, _is_count(measure)) for measure, name in measures.items())
    if there is None:
        return Part(place.moves, None, columns)
    aggregates = tuple(_aggregate(measure, place.source) for measure in measures)
    if place.attribute is None:
        facts = Facts(place.source.cube, place.source.roles) if place.source else Facts(cube)
        return Part(place.moves, Cuboid(facts, there.grain, there.filters, aggregates), columns)
    # The members of an attribute know nothing of the other dimensions: there, their values repeat.
    keys = place.attribute.keys
    grain = tuple(level for level in there.grain if is_determined(level_of(level), keys, cube.attributes))
    cuts = tuple(cut for cut in there.cuts if is_determined(cut.ref, keys, cube.attributes))
    return Part(place.moves, Cuboid(Derived(cube, place.attribute), grain, cuts, aggregates), columns)


def _is_count(measure: BaseMeasure) -> bool:
    averages = measure.rule is not None and measure.rule.take is Take.AVERAGE
    return measure.aggregate in (AggregateKind.COUNT, AggregateKind.DISTINCT) and not averages


def _aggregate(measure: BaseMeasure, source: Source | None) -> Aggregate:
    over: Column | LevelRef | str | None
    match measure.over:
        case DerivedAttribute():
            over = "value"
        case LevelRef() as ref:
            over = source.own_ref(ref) if source else ref
        case column:
            over = column
    rule = source.rule_asked(measure.rule) if source and measure.rule else measure.rule
    return Aggregate(measure.name, measure.aggregate, over, rule)


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
        cuts=tuple(cut for cut in cuts if cut.ref.link not in later) if attribute.within_cut else (),
        nonempty=not fills_empty,
        limit=None,
        offset=0,
    )
    return AttributePlan(attribute, plan_query(query))

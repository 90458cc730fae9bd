"""From spec to plan: which relations a query needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from cube_server.formulas.tree import Call, Name, Node, rewritten, walk
from cube_server.model.coordinates import AxisName, Override
from cube_server.model.dimensions import LevelRef, Link
from cube_server.model.elements import (
    AggregateKind,
    BaseMeasure,
    CalculatedMeasure,
    Cube,
    DerivedAttribute,
    Measure,
    Take,
)
from cube_server.model.expressions import Slot, attributes_used, axis_calls, expand, slots
from cube_server.model.imports import Source
from cube_server.model.members import FIRST_OF_ALL, AxisMember, at_members
from cube_server.model.tables import Column, Text
from cube_server.plan.across import Across
from cube_server.plan.coordinates import Coordinate, Gathering, is_determined
from cube_server.plan.nodes import (
    Aggregate,
    AttributePlan,
    Block,
    Chosen,
    Cuboid,
    Derived,
    Facts,
    Members,
    Part,
    PartColumn,
    QueryPlan,
    SemiJoin,
    Tuples,
    Variant,
)
from cube_server.query.spec import Axis, AxisLevel, Cut, Order, Over, QuerySpec, Tier, whole


def plan_query(spec: QuerySpec) -> QueryPlan:
    """Plan a query: for every combination of depths that is shown, sorted by, or chosen by, a block of cells.

    A total is a cuboid of its own, at its own grain: never the sum of what is on the screen. Each different set of
    moves in the formulas is a cuboid of its own too.
    """
    formulas = {measure: expand(measure, spec.cube) for measure in needed_measures(spec)}
    return QueryPlan(
        spec=spec,
        blocks=tuple(_block(spec, formulas, *tiers) for tiers in _tiers(spec)),
        row_tuples=None if spec.nonempty else _all_tuples(spec, spec.rows),
        column_tuples=None if spec.nonempty else _all_tuples(spec, spec.columns),
        attributes=plan_attributes(
            spec.cube,
            (*spec.rows.refs, *spec.columns.refs, *(cut.ref for cut in spec.excepted)),
            spec.cuts,
            tuple(formulas.values()),
        ),
        notes=tuple(_notes(spec, formulas)),
    )


def _block(spec: QuerySpec, formulas: Mapping[Measure, Node], rows: Tier, columns: Tier) -> Block:
    """Plan one kind of cells."""
    levels = (*spec.rows.levels[: rows.grain], *spec.columns.levels[: columns.grain])
    named = [level for level in levels if level.members]
    standing = [*_standing("rows", spec.rows, rows), *_standing("columns", spec.columns, columns)]
    along = {measure: formula for measure, formula in formulas.items() if any(axis_calls(formula))}
    # Functions along an axis come last of all: they go over what their operands are at each member.
    operands = dict.fromkeys(slot for formula in along.values() for slot in slots(formula)) if named else {}
    known = {slot: f"operand {number}" for number, slot in enumerate(operands)}
    here = _coordinate(spec, rows, columns)
    shown = (slot for measure in spec.measures for slot in slots(formulas[measure]))
    deciding = _deciding(spec.cube, here, shown)
    found = []
    for places in product(*(range(len(level.members)) for level in named)):
        at = tuple(stood[place] for stood, place in zip(standing, places, strict=True))
        own = {m.name: at_members(f, _solve_order(m), at) for m, f in formulas.items() if m not in along}
        own |= {name: at_members(slot, FIRST_OF_ALL, at) for slot, name in known.items()}
        codes = tuple((level.ref.name, place) for level, place in zip(named, places, strict=True))
        found.append((codes, own, [at_members(slot, FIRST_OF_ALL, at) for slot in deciding]))
    trees = [tree for _, own, base in found for tree in (*own.values(), *base)]
    needed = _needed(slot for tree in (*trees, *(() if named else along.values())) for slot in slots(tree))
    names = {
        Slot(measure, place.moves, place.source): name
        for place, asked in needed.items()
        for measure, name in asked.items()
    }
    return Block(
        rows,
        columns,
        tuple(_part(spec.cube, here, place, measures) for place, measures in needed.items()),
        variants=tuple(
            Variant(
                codes,
                tuple((name, _over_columns(tree, names)) for name, tree in own.items()),
                tuple(dict.fromkeys(names[slot] for tree in base for slot in slots(tree))),
            )
            for codes, own, base in found
        ),
        along=tuple((m.name, _over_columns(f, known if named else names)) for m, f in along.items()),
    )


def _standing(name: AxisName, axis: Axis, tier: Tier) -> Iterator[tuple[AxisMember, ...]]:
    """Go through the levels of a tier whose members the axis names, each member knowing where it stands."""
    for depth, level in enumerate(axis.levels[: tier.grain], 1):
        if level.members:
            yield tuple(replace(member, axis=name, is_last=depth == tier.grain) for member in level.members)


def _solve_order(measure: Measure) -> int:
    return measure.solve_order if isinstance(measure, CalculatedMeasure) else FIRST_OF_ALL


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


def _deciding(cube: Cube, here: Coordinate, shown: Iterable[Slot]) -> tuple[Slot, ...]:
    """List the aggregates that decide what is empty, where nothing moves them: those of facts.

    Those of an attribute's members decide only where there are no such, and totals that repeat never do.
    """
    by_kind: dict[bool, list[Slot]] = {True: [], False: []}
    for slot in dict.fromkeys(Slot(slot.measure, (), slot.source) for slot in shown):
        place = _place(slot)
        part = _part(cube, here, place, {slot.measure: slot.measure.name})
        if place.source is None or part.cuboid is None or len(part.cuboid.grain) == len(here.grain):
            by_kind[place.attribute is None].append(slot)
    return tuple(by_kind[True] or by_kind[False])


def _notes(spec: QuerySpec, formulas: Mapping[Measure, Node]) -> Iterator[str]:
    """Say of each measure shown its note, and what becomes of the levels and cuts that its facts lack."""
    refs = dict.fromkeys((*spec.rows.refs, *spec.columns.refs, *(cut.ref for cut in spec.cuts)))
    links = dict.fromkeys(ref.link for ref in refs)
    yield from (
        f"{link.name}: the members are as they are now, since {_why_now(link)}." for link in filter(_why_now, links)
    )
    for measure in spec.measures:
        if measure.note:
            yield f"{measure.name}: {measure.note}"
        sources = dict.fromkeys(slot.source for slot in slots(formulas[measure]) if slot.source)
        for source, link in product(sources, links):
            if (theirs := source.meant(link)) and (why := _why_now(theirs)):
                yield f"{measure.name}: the members of {link.name} are as they are now, since {why}."
        for across in (Across(spec.cube, source) for source in sources):
            yield from (f"{measure.name}: {across.note(ref)}" for ref in across.lacking(refs))


def _why_now(link: Link) -> str:
    """Say why facts do not see the members of a link as they were then, where that is asked; else nothing."""
    if link.dimension.scd == "now":
        return ""
    if link.level is not None:
        return f"its facts know only {link.level.name}"
    return "its facts have no day" if link.when is None else ""


def _coordinate(spec: QuerySpec, rows: Tier, columns: Tier) -> Coordinate:
    return Coordinate(
        rows=spec.rows.told(rows.grain),
        columns=spec.columns.told(columns.grain),
        cuts=spec.cuts,
        excepted=spec.excepted,
        gatherings=(*_gathering("rows", spec.rows, rows), *_gathering("columns", spec.columns, columns)),
    )


def _gathering(name: AxisName, axis: Axis, tier: Tier) -> tuple[Gathering, ...]:
    if tier.over is Over.ALL:
        return ()
    is_others = tier.over is Over.OTHERS
    return (Gathering(name, axis.refs[: tier.depth] if is_others else axis.refs, tier.grain, anti=is_others),)


def _part(cube: Cube, here: Coordinate, place: _Place, measures: dict[BaseMeasure, str]) -> Part:
    there: Coordinate | None = here
    for move in place.moves:
        there = there.apply(move) if there else None
    if place.source is not None and there is not None:
        there = Across(cube, place.source).coordinate(there)
    columns = tuple(PartColumn(measure.name, name, _is_count(measure)) for measure, name in measures.items())
    if there is not None and (attribute := place.attribute) is not None:
        # The members of an attribute know nothing of the other dimensions: there, their values repeat.
        there = there.told(lambda ref: is_determined(ref, attribute.keys, cube.attributes))
    if there is None:
        return Part(place.moves, None, columns)
    filters = (*there.filters, *map(_semi_join, there.gatherings))
    aggregates = tuple(_aggregate(measure, place.source) for measure in measures)
    return Part(place.moves, Cuboid(_rows(cube, place), there.grain, filters, aggregates), columns)


def _rows(cube: Cube, place: _Place) -> Facts | Derived:
    if place.attribute is not None:
        return Derived(cube, place.attribute)
    return Facts(place.source.cube, place.source.roles) if place.source else Facts(cube)


def _semi_join(gathering: Gathering) -> SemiJoin:
    chosen = Cuboid(Chosen(gathering.axis, gathering.refs), gathering.refs)
    return SemiJoin(chosen, gathering.refs, anti=gathering.anti)


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


def _tiers(spec: QuerySpec) -> tuple[tuple[Tier, Tier], ...]:
    """List the pairs of row and column tiers to compute: first those of all in the cut, the finest first."""
    shown = product(spec.rows.tiers, spec.columns.tiers)
    row_measures = ((whole(depth), whole(0)) for depth in spec.rows.measured_depths)
    column_measures = ((whole(0), whole(depth)) for depth in spec.columns.measured_depths)
    return tuple(sorted({*shown, *row_measures, *column_measures}, key=_turn))


def _turn(tiers: tuple[Tier, Tier]) -> tuple[object, ...]:
    rows, columns = tiers
    return (rows.over, columns.over, -rows.grain, -columns.grain, -rows.depth, -columns.depth)


def _all_tuples(spec: QuerySpec, axis: Axis) -> Tuples:
    """Cross the dimensions of an axis; within a dimension only combinations that exist."""
    refs = axis.told(axis.depth)
    links = dict.fromkeys(ref.link for ref in refs)
    return Tuples(
        tuple(_existing(spec.cube, link, refs, spec.cuts) for link in links),
        tuple((level.ref.name, len(level.members)) for level in axis.levels if level.members),
    )


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
    levels = tuple(AxisLevel(ref=ref, order=plain, having=None, top=None) for ref in attribute.keys)
    # A formula that has a value for nothing, as coalesce(sales, 0) = 0 has, is asked of members without facts too.
    fills_empty = any(
        isinstance(node, Call) and node.function in ("coalesce", "if") for node in walk(attribute.formula)
    )
    query = QuerySpec(
        cube=cube,
        measures=(measure,),
        rows=Axis(levels=levels),
        columns=Axis(levels=()),
        cuts=tuple(cut for cut in cuts if cut.ref.link not in later and not cut.axis) if attribute.within_cut else (),
        nonempty=not fills_empty,
        limit=None,
        offset=0,
    )
    return AttributePlan(attribute, plan_query(query))

"""A plan as text: stable, for people and for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cube_server.formulas.write import write
from cube_server.model.coordinates import Lag, Move, Rolling, ToDate, ToOwn, ToParent
from cube_server.model.dimensions import LevelRef, Link, ThroughDates, ThroughFacts, ThroughTable
from cube_server.model.elements import AggregateKind, BaseMeasure, CalculatedMeasure, Measure, SemiAdditive
from cube_server.model.imports import ImportedMeasure
from cube_server.model.members import AxisMember
from cube_server.plan.build import base_measures, needed_measures
from cube_server.plan.nodes import (
    Aggregate,
    Chosen,
    Cuboid,
    Derived,
    Except,
    Facts,
    Filter,
    Grain,
    Having,
    Members,
    MovedCut,
    Part,
    QueryPlan,
    SemiJoin,
    Tuples,
)
from cube_server.query.spec import Axis, Cut, Over, QuerySpec, Range, Top
from cube_server.types import KeyPath

Telling = Callable[[Cuboid], str]
"""Tells of a relation what it is computed from, and why; nothing where there is only one way."""


def explain_plan(plan: QueryPlan, telling: Telling = lambda _: "") -> str:
    """Write a plan: first what the question means, then the relations that answer it, each with its source."""
    return "\n".join(_lines(plan, telling)) + "\n"


def _lines(plan: QueryPlan, telling: Telling) -> Iterator[str]:
    spec = plan.spec
    yield f"cube {spec.cube.name}"
    yield from (f"  {line}" for line in _history(spec))
    needed = needed_measures(spec)
    for measure in dict.fromkeys((*base_measures(spec.cube, needed), *needed)):
        if not measure.name.isidentifier():
            # A condition or an order by a formula stands with its level.
            continue
        shown = "" if measure in spec.measures else "  (not shown)"
        yield f"  measure {measure.name} = {_definition(measure)}{shown}"
    for name, axis in (("rows", spec.rows), ("columns", spec.columns)):
        yield from (f"  {name} {line}" for line in _axis(axis))
    yield from (f"  cut {_filter(cut)}" for cut in spec.cuts)
    yield from (f"  cut {_filter(Except(cuts))}" for cuts in (spec.excepted,) if cuts)
    yield f"  {'non-empty tuples only' if spec.nonempty else 'all tuples'}"
    yield from (f"  bridge {line}" for line in _bridges(spec))
    if spec.limit is not None or spec.offset:
        yield f"  page of {'all' if spec.limit is None else spec.limit} row tuples from {spec.offset}"
    for part in plan.attributes:
        yield f"  attribute {part.attribute.name} of {', '.join(key.name for key in part.attribute.keys)}"
        yield f"    = {part.attribute.text}"
        yield from (f"    {line}" for line in _relations(part.query, telling))
    yield from (f"  note {note}" for note in plan.notes)
    yield "plan"
    yield from _relations(plan, telling)


def _history(spec: QuerySpec) -> Iterator[str]:
    """Say of each dimension with history how it is read."""
    for link in spec.cube.links:
        if link.name in spec.cube.scd:
            told = f"as it was then, by {link.when.link.name}" if link.when and not link.level else "as it is now"
            yield f"{link.name} {told}"


def _bridges(spec: QuerySpec) -> Iterator[str]:
    """Say for each bridged link that a question names how its facts come to many members."""
    refs = (*spec.rows.refs, *spec.columns.refs, *(cut.ref for cut in (*spec.cuts, *spec.excepted)))
    links = dict.fromkeys(ref.link for ref in refs)
    for link in links:
        if link.through is not None:
            yield f"{link.name}: {_through(link)}"


def _through(link: Link) -> str:
    match link.through:
        case ThroughTable(table=table, source=source, target=target):
            return f"{link.column.name} = {table.name}.{source.name}, then {table.name}.{target.name}"
        case ThroughFacts(link=other):
            return f"{other.name} of the facts with the same {link.column.name}"
        case ThroughDates(carrier=carrier, first=first, last=last, shift=shift):
            moved = f", moved by {shift} of its lengths" if shift else ""
            return f"{carrier.name} from {first.name} to {last.name}{moved}"
    return link.column.name


def _relations(plan: QueryPlan, telling: Telling) -> Iterator[str]:
    for block in plan.blocks:
        for part in block.parts:
            first = f"  cells of depth {block.rows} x {block.columns}" if part is block.parts[0] else "    beside"
            yield f"{first}: {_part(part)}"
            source = telling(part.cuboid) if part.cuboid else ""
            yield from (f"      {source}",) if source else ()
    for name, tuples in (("row", plan.row_tuples), ("column", plan.column_tuples)):
        yield from (f"  {name} tuples: {part}" for part in _tuples(tuples))


def _part(part: Part) -> str:
    return "nothing: there is no such place" if part.cuboid is None else _cuboid(part.cuboid)


def _definition(measure: Measure) -> str:
    if isinstance(measure, CalculatedMeasure):
        return measure.text
    if isinstance(measure, BaseMeasure):
        over = measure.over.name if measure.over else "*"
        return _ruled(f"{measure.aggregate}({over})", measure.aggregate, measure.rule)
    if isinstance(measure, ImportedMeasure):
        source = measure.source
        roles = (f"{ours.name} as {theirs.name}" for ours, theirs in source.shared if ours.name != theirs.name)
        return f"{_definition(measure.measure)} of {', '.join((source.cube.name, *roles))}"
    return measure.name


def _named(measure: Measure) -> str:
    """Name a measure; one that a level is sorted or chosen by without a name is its formula."""
    return measure.name if measure.name.isidentifier() else _definition(measure)


def _aggregated(aggregate: Aggregate) -> str:
    over = aggregate.over if isinstance(aggregate.over, str) else aggregate.over.name if aggregate.over else "*"
    return _ruled(f"{aggregate.kind}({over})", aggregate.kind, aggregate.rule)


def _ruled(value: str, kind: AggregateKind, rule: SemiAdditive | None) -> str:
    """Write what is computed first innermost: each day's value, then each item's, then the cell's."""
    if rule is None:
        return value
    days = f"{'present ' if rule.present else ''}{rule.over.name.removeprefix('~')}"
    value = f"{rule.take} by {days} of ({value})"
    if not rule.items:
        return value
    outer = AggregateKind.SUM if kind is AggregateKind.COUNT else kind
    return f"{outer} by {', '.join(ref.name for ref in rule.items)} of ({value})"


def _axis(axis: Axis) -> Iterator[str]:
    for level in axis.levels:
        by = _named(level.order.by) if level.order.by else "member"
        order = f" by {by}{' descending' if level.order.desc else ''}" if level.order.by or level.order.desc else ""
        over = " over the axis" if level.order.over_axis else ""
        having = f" having {level.having.text}" if level.having is not None else ""
        top = f" {_top(level.top)}" if level.top else ""
        subtotals = "".join(f" with subtotals{_over(part)}" for part in level.subtotals)
        members = f" at {', '.join(map(_member, level.members))}" if level.members else ""
        yield f"{level.ref.name}{members}{order}{over}{having}{top}{subtotals}"
    if axis.levels:
        yield from (f"total{_over(part)}" for part in axis.totals)


def _member(member: AxisMember) -> str:
    if member.calculated is not None:
        return f"{member.calculated.name} = {member.calculated.text} (solve order {member.calculated.solve_order})"
    return _path(member.place.path) if member.place else ""


def _over(part: Over) -> str:
    return "" if part is Over.ALL else f" of the {part}"


def _top(top: Top) -> str:
    much = f"{top.count}" if top.count is not None else f"{top.percent or top.share:g}%"
    of = " of the sum" if top.share is not None else ""
    over = " over the axis" if top.over_axis else ""
    others = " and others" if top.others else ""
    return f"{'bottom' if top.bottom else 'top'} {much}{of} by {_named(top.by)}{over}{others}"


def _cuboid(cuboid: Cuboid) -> str:
    grain = ", ".join(map(_level, cuboid.grain)) or "all"
    parts = [f"cuboid of {_source(cuboid)} by {grain}"]
    parts += [f"where {_filter(part)}" for part in cuboid.filters]
    parts += [", ".join(f"{part.name} = {_aggregated(part)}" for part in cuboid.aggregates)]
    return "; ".join(part for part in parts if part)


def _level(level: Grain) -> str:
    if isinstance(level, LevelRef):
        return level.name
    role = f" by {level.ref.link.name}" if level.shown else ""
    return f"{level.name}{role} gathering {_moves(level.moves)}" if level.moves else f"{level.name}{role}"


def _moves(moves: tuple[Move, ...]) -> str:
    return ", then ".join(map(_move, moves))


def _move(move: Move) -> str:
    match move:
        case ToParent():
            return "its parent"
        case ToOwn():
            return "its own"
        case Lag(count, None):
            return f"lag {count}"
        case Lag(count, level):
            return f"its like under {level.name if level else ''} lag {count}"
        case ToDate(level):
            return f"{level.name} to date"
        case Rolling(count, level, full):
            return f"the last {count} {level.name if level else ''}{'' if full else ' as far as loaded'}"
    return "all"


def _source(cuboid: Cuboid) -> str:
    match cuboid.source:
        case Facts(cube=cube, roles=roles):
            renamed = (f"{asked.name} as {meant.name}" for asked, meant in roles if ":" not in asked.name)
            return f"facts {', '.join((cube.table.name, *renamed))}"
        case Members(link=link):
            return f"members of {link.name}"
        case Derived(attribute=attribute):
            return f"members with {attribute.name}"
        case Chosen(axis=axis):
            return f"shown {axis}"
        case Cuboid() as inner:
            return f"({_cuboid(inner)})"
    raise TypeError(cuboid.source)


def _filter(part: Filter) -> str:
    match part:
        case Cut():
            members = [*map(_path, part.members), *map(_range, part.ranges)]
            named = [f"{'not in' if part.exclude else 'in'} {{{', '.join(members)}}}"] if members else []
            marks = ["alone"] * part.each + ["by value"] * part.by_value + ["known"] * part.known
            marks += [f"on {part.axis}"] * bool(part.axis)
            return " ".join([part.ref.name, *named, *marks])
        case Except(cuts=cuts):
            return f"not ({' and '.join(map(_filter, cuts))})"
        case MovedCut(cut=cut, moves=moves):
            return f"{_filter(cut)} moved to {_moves(moves)}"
        case SemiJoin(relation=relation, on=on, anti=anti):
            return f"({', '.join(ref.name for ref in on)}) {'not in' if anti else 'in'} ({_cuboid(relation)})"
        case Having(condition=condition):
            return write(condition)
    raise TypeError(part)


def _range(span: Range) -> str:
    return "..".join("" if end is None else _path(end) for end in (span.first, span.last))


def _path(path: KeyPath) -> str:
    return "/".join("null" if key is None else repr(key) if isinstance(key, str) else str(key) for key in path)


def _tuples(tuples: Tuples | None) -> Iterator[str]:
    yield from map(_cuboid, tuples.parts if tuples else ())

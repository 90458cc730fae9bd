"""From request to spec: every name looked up, every mistake reported at once with the nearest valid names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cube_server.errors import Issue, NotFoundError, QueryError, nearest
from cube_server.formulas.check import numbers
from cube_server.formulas.tree import Node
from cube_server.model.definitions import RESERVED, Definitions, Told, levels_beside
from cube_server.model.dimensions import LevelRef
from cube_server.model.document import DerivedDoc
from cube_server.model.elements import CalculatedMeasure, Cube, Measure, Model
from cube_server.model.members import AxisMember
from cube_server.model.mistakes import text
from cube_server.model.tables import Column, Text
from cube_server.query.keys import Keys
from cube_server.query.named import NamedMembers
from cube_server.query.request import (
    AxisItemRequest,
    FactsRequest,
    MeasureRequest,
    MemberDoc,
    MembersRequest,
    OrderRequest,
    QueryRequest,
    TopRequest,
    WithRequest,
)
from cube_server.query.spec import (
    Axis,
    AxisLevel,
    FactsSpec,
    MembersSpec,
    Order,
    Over,
    QuerySpec,
    Top,
)
from cube_server.query.totals import totalled_over, totals_of
from cube_server.query.values import Values


def find_cube(model: Model, name: str) -> Cube:
    """Find a cube by name, or raise NotFoundError with the nearest names."""
    cube = model.cube(name)
    if cube is None:
        raise NotFoundError(f"No cube {name!r}.", hint=nearest(name, (cube.name for cube in model.cubes)))
    return cube


def resolve_query(model: Model, request: QueryRequest) -> QuerySpec:
    """Resolve a query.

    Raises:
        NotFoundError: No such cube.
        QueryError: Anything else that is wrong; the error lists every mistake.
    """
    resolver = _resolver(model, request)
    resolver.define(request.with_)
    totals = totals_of(request.totals)
    spec = QuerySpec(
        cube=resolver.cube,
        measures=resolver.measures(request.measures),
        rows=resolver.axis("/axes/rows", request.axes.rows, request.measures, totals=totalled_over(totals.rows)),
        columns=resolver.axis(
            "/axes/columns", request.axes.columns, request.measures, totals=totalled_over(totals.columns)
        ),
        cuts=resolver.keys.cuts(request.cut),
        nonempty=request.nonempty,
        limit=request.limit,
        offset=request.offset,
        excepted=resolver.keys.cuts(request.except_, "/except"),
        ranges=request.ranges,
    )
    resolver.check_hierarchies(spec.rows, spec.columns)
    resolver.finish()
    return spec


def resolve_members(model: Model, request: MembersRequest) -> MembersSpec:
    """Resolve a question for members; raises as `resolve_query` does."""
    resolver = _resolver(model, request)
    resolver.define(request.with_)
    ref = resolver.keys.level("/level", request.level, alone=request.alone)
    cuts = resolver.keys.cuts(request.cut)
    for position, cut in enumerate(cuts):
        if ref and cut.ref.link != ref.link:
            resolver.blame(
                f"/cut/{position}/level",
                f"{cut.ref.name} is not of the dimension of {ref.name}.",
                "Leave it out.",
            )
    above = ref.parent() if ref else None
    parent = None
    if request.parent is not None and ref and above is None:
        resolver.blame("/parent", f"{ref.name} is at the top: its members have no parent.", "Leave it out.")
    elif request.parent is not None and above:
        parent = resolver.keys.path("/parent", _ancestor(above, request.parent), request.parent)
    resolver.finish()
    assert ref is not None
    return MembersSpec(
        cube=resolver.cube,
        ref=ref,
        parent=parent,
        search=request.search,
        cuts=cuts,
        limit=request.limit,
        offset=request.offset,
    )


def resolve_facts(model: Model, request: FactsRequest) -> FactsSpec:
    """Resolve a drill-through; raises as `resolve_query` does."""
    resolver = _resolver(model, request)
    resolver.define(request.with_)
    spec = FactsSpec(
        cube=resolver.cube,
        cuts=resolver.keys.cuts(request.cut),
        columns=resolver.fact_columns(request.columns),
        limit=request.limit,
        offset=request.offset,
    )
    resolver.finish()
    return spec


def _resolver(model: Model, request: QueryRequest | MembersRequest | FactsRequest) -> _Resolver:
    model = model.read_as(request.scd)
    return _Resolver(model, find_cube(model, request.cube))


class _Resolver:
    """Looks names up in one cube and gathers what is wrong."""

    def __init__(self, model: Model, cube: Cube) -> None:
        self.cubes = {known.name: known for known in model.cubes}
        self.cube = cube
        self.issues: list[Issue] = []

    def blame(self, place: str, message: str, hint: str = "") -> None:
        self.issues.append(Issue(place, message, hint))

    def finish(self) -> None:
        if self.issues:
            count = f"{len(self.issues)} mistake" + ("s" if len(self.issues) > 1 else "")
            raise QueryError(f"The query has {count}.", issues=self.issues)

    def define(self, given: WithRequest) -> None:
        """Take up what the query defines, so that it and the cube's own measures can name each other."""
        self.check_names(given)
        definitions = Definitions(self.cube, self.blame)
        definitions.add_measures(tuple(self.imported(definitions, given)))
        names = (*(measure.name for measure in self.cube.measures), *given.measures)
        definitions.add_attributes("/with/attributes", given.attributes, numbers(names), are_sets=False)
        definitions.add_attributes("/with/sets", given.sets, numbers(names), are_sets=True)
        known = {**numbers(names), **definitions.attribute_types()}
        places = {name: f"/with/measures/{name}/formula" for name in given.measures}
        formulas = {name: part.formula for name, part in given.measures.items() if part.formula is not None}
        trees = {name: definitions.parse(places[name], formula, known) for name, formula in formulas.items()}
        measures = tuple(_defined(name, given.measures[name], tree) for name, tree in trees.items() if tree)
        definitions.add_measures(measures)
        definitions.add_members("/with/members", given.members)
        for measure in measures:
            definitions.check_measure(places[measure.name], measure)
        for attribute in definitions.cube.attributes[len(self.cube.attributes) :]:
            kind = "sets" if attribute.name in given.sets else "attributes"
            definitions.check_attribute(f"/with/{kind}/{attribute.name}/formula", attribute)
        self.cube = definitions.cube

    def imported(self, definitions: Definitions, given: WithRequest) -> Iterator[Measure]:
        """Go through the measures that the query takes from other facts."""
        for name, part in given.measures.items():
            place = f"/with/measures/{name}"
            if (part.formula is None) == (part.from_ is None):
                self.blame(place, f"Measure {name!r} needs a formula or `from`, one of the two.")
            elif part.from_ is not None:
                told = Told(name=name, label=part.label or name, format=part.format)
                measure = definitions.imported(f"{place}/from", part.from_, self.cubes, told)
                yield from (measure,) if measure else ()

    def check_names(self, given: WithRequest) -> None:
        """A name of the query's own may be no measure's, no level's beside an attribute, nor given twice."""
        taken = {measure.name for measure in self.cube.measures} | RESERVED
        taken |= {member.name for member in self.cube.members}
        for kind in ("attributes", "sets", "measures", "members"):
            for name, part in getattr(given, kind).items():
                beside = levels_beside(self.cube, part.of) if isinstance(part, DerivedDoc) else frozenset()
                if name in taken | beside:
                    self.blame(f"/with/{kind}/{name}", f"The name {name!r} is taken already.", "Choose another name.")
                taken.add(name)

    def top(self, place: str, given: TopRequest | None, shown: list[str]) -> Top | None:
        if given is None:
            return None
        wanted = [part for part in (given.n, given.percent, given.share) if part is not None]
        if len(wanted) != 1:
            self.blame(place, "A top needs one of n, percent and share.")
        by = self.values.number(f"{place}/by", given.by or (shown[0] if shown else self.cube.measures[0].name))
        if by is None:
            return None
        return Top(
            by=by,
            count=given.n,
            percent=given.percent,
            share=given.share,
            bottom=given.bottom,
            over_axis=given.within == "axis",
            others=given.others,
        )

    def measures(self, names: list[str]) -> tuple[Measure, ...]:
        if not names:
            return self.cube.measures[:1]
        found = [self.values.measure(f"/measures/{position}", name) for position, name in enumerate(names)]
        for position, name in enumerate(names):
            if name in names[:position]:
                self.blame(f"/measures/{position}", f"Measure {name!r} is asked for twice.", "Name it once.")
        return tuple(measure for measure in found if measure)

    @property
    def keys(self) -> Keys:
        return Keys(self.cube, self.blame)

    @property
    def values(self) -> Values:
        return Values(self.cube, self.blame)

    def axis(self, place: str, items: list[AxisItemRequest], shown: list[str], *, totals: tuple[Over, ...]) -> Axis:
        found: list[AxisLevel] = []
        for position, item in enumerate(items):
            spot = f"{place}/{position}"
            ref, members = self.axis_level(spot, item)
            order = self.order(f"{spot}/order", item, is_last=position == len(items) - 1, items=items)
            having = self.values.condition(f"{spot}/having", item.having)
            top = self.top(f"{spot}/top", item.top, shown)
            if ref:
                level = AxisLevel(
                    ref=ref,
                    order=order,
                    having=having,
                    top=top,
                    subtotals=totalled_over(item.subtotals),
                    members=members,
                    past=tuple(self.past(f"{spot}/past", ref, item)),
                )
                self.check_nesting(f"{spot}/level", level, found)
                found.append(level)
        axis = Axis(levels=tuple(found), totals=totals)
        self.check_tiers(place, axis)
        return axis

    def axis_level(self, place: str, item: AxisItemRequest) -> tuple[LevelRef | None, tuple[AxisMember, ...]]:
        """Read the level of an axis item, and the members where it names them."""
        ref = (
            self.keys.level(f"{place}/level", item.level, alone=item.alone)
            if item.level or item.members is None
            else None
        )
        if item.members is None or (item.level and ref is None):
            return ref, ()
        return NamedMembers(self.cube, self.blame, self.keys.path).read(f"{place}/members", ref, item.members)

    def past(self, place: str, ref: LevelRef, item: AxisItemRequest) -> Iterator[LevelRef]:
        """Go through the levels above at which members are hidden."""
        for position, name in enumerate(item.past):
            above = self.keys.level(f"{place}/{position}", name)
            if above and above not in ref.lineage()[:-1]:
                message = f"{above.name} is not above {ref.name} in its hierarchy."
                self.blame(f"{place}/{position}", message, "Name levels above it.")
            elif above:
                yield above

    def check_tiers(self, place: str, axis: Axis) -> None:
        """What is shown and what is left out is told by levels, which named members are not."""
        if any(level.members for level in axis.levels) and any(tier.over is not Over.ALL for tier in axis.tiers):
            self.blame(
                place,
                "An axis that names members has neither others nor totals of the shown.",
                "Put a level on it and cut to the members.",
            )

    def order(self, place: str, item: AxisItemRequest, *, is_last: bool, items: list[AxisItemRequest]) -> Order:
        asked = item.order or OrderRequest()
        by = None if asked.by == "member" else self.values.number(f"{place}/by", asked.by)
        if by and self.values.goes_along_axis(by):
            self.blame(f"{place}/by", f"{asked.by!r} goes along the axis, so the axis cannot be sorted by it.")
        over_axis = asked.within == "axis" and len(items) > 1
        if over_axis and not is_last:
            self.blame(f"{place}/within", "Only the last level of an axis can be sorted over the whole axis.")
        if over_axis and any(other.subtotals for other in items[:-1]):
            self.blame(
                f"{place}/within",
                "Sorting over the whole axis tears tuples from their subtotals.",
                "Leave the subtotals out, or sort within the parent.",
            )
        return Order(by=by, desc=asked.desc, over_axis=over_axis)

    def check_nesting(self, place: str, level: AxisLevel, outer: list[AxisLevel]) -> None:
        """Levels of one hierarchy nest from coarse to fine, each once; named members stand alone in theirs."""
        ref = level.ref
        for other in (above.ref for above in outer):
            if other.hierarchy_name == ref.hierarchy_name and (level.members or any(a.members for a in outer)):
                self.blame(place, f"The hierarchy {ref.hierarchy_name!r} stands on the axis twice.", "Leave one out.")
            elif other.hierarchy_name == ref.hierarchy_name and len(other.levels) >= len(ref.levels):
                fix = "Name it once." if other == ref else f"Put {ref.name} before {other.name}."
                self.blame(place, f"{ref.name} stands inside {other.name}, which is not above it.", fix)

    def check_hierarchies(self, rows: Axis, columns: Axis) -> None:
        """A hierarchy stands on one axis only, as in MDX."""
        for shared in {ref.hierarchy_name for ref in rows.refs} & {ref.hierarchy_name for ref in columns.refs}:
            self.blame(
                "/axes/columns",
                f"The hierarchy {shared!r} stands on both rows and columns.",
                "Leave it on one axis, or use a level alone, such as ~product.category.",
            )

    def fact_columns(self, names: Iterable[str]) -> tuple[Column | LevelRef, ...]:
        columns = {column.name: column for column in self.cube.table.columns}
        found: list[Column | LevelRef] = []
        for position, name in enumerate(names):
            place = f"/columns/{position}"
            if name in columns:
                found.append(columns[name])
            elif "." in name:
                ref = self.keys.level(place, name)
                found += [ref] if ref else []
                if ref and self.cube.is_bridged(ref.link):
                    self.blame(place, f"A fact has many members of {ref.name}.", "Cut by it, or leave it out.")
            else:
                self.blame(place, f"The facts of {self.cube.name!r} have no column {name!r}.", nearest(name, columns))
        return tuple(found) or self.cube.drillthrough


def _ancestor(above: LevelRef, member: MemberDoc) -> LevelRef:
    """Find the level that a parent is of: where those between may be hidden, one further up."""
    depth = len(member) if isinstance(member, list) else 1
    may_be_hidden = all(level.hide for level in above.levels[depth:])
    return above.lineage()[depth - 1] if 0 < depth < len(above.levels) and may_be_hidden else above


def _defined(name: str, part: MeasureRequest, tree: Node) -> CalculatedMeasure:
    return CalculatedMeasure(
        name=name,
        label=text(part.label, name),
        description=Text(),
        folder=Text(),
        format=part.format or "#,##0.##",
        unit="",
        text=part.formula or "",
        formula=tree,
        solve_order=part.solve_order,
        note=part.note,
    )

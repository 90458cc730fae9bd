"""Computing cuboids: source, filters, groups, aggregates. The one shape, closed under nesting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from cube_server.backends.embedded.aggregation import Gathered, Grouped, Moments
from cube_server.backends.embedded.bridges import Bridge, Copied
from cube_server.backends.embedded.derived import DerivedLink
from cube_server.backends.embedded.facts import FactRows, goes_by_days, stored_name
from cube_server.backends.embedded.gathering import Gathering, Layout
from cube_server.backends.embedded.grouping import combine, group, place
from cube_server.backends.embedded.levels import Codes, DimensionIndex, Mask
from cube_server.backends.embedded.operands import level_operand
from cube_server.backends.embedded.rollups.catalog import Catalog
from cube_server.backends.embedded.rollups.kept import Open, RollupRows, Route
from cube_server.backends.embedded.rows import Keys, LeafRows, Leaves, Numbers, RelationRows, Rows
from cube_server.backends.embedded.selection import cut_rows, except_rows, keep_rows, narrow
from cube_server.backends.embedded.semi_additive import EDGES, calendar, entries, taken
from cube_server.backends.rollups.naming import counts, scatters, sums
from cube_server.backends.rollups.routing import MOMENTS, Fit, route, told
from cube_server.budget import Budget, Limits
from cube_server.calculations.formulas import is_true
from cube_server.errors import InternalError, QueryError
from cube_server.model.coordinates import AxisName
from cube_server.model.dimensions import Dimension, LevelRef, Link, ThroughFacts, ThroughTable
from cube_server.model.elements import AggregateKind, Cube, SemiAdditive
from cube_server.model.tables import Column
from cube_server.plan.coordinates import is_about, is_along, is_determined
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
    SemiJoin,
    ref_of,
)
from cube_server.query.spec import Cut

SCAN = "scan"
"""The source of what is computed from the facts themselves."""


class Cuboids:
    """Computes the cuboids of one snapshot.

    Args:
        facts: Gives the rows of a cube's facts.
        dimension: Gives the index of a dimension.
        derived: The links to derived attributes.
        chosen: The tuples that are chosen on the axes.
        rollups: The rollups to answer from.
    """

    def __init__(
        self,
        facts: Callable[[Cube], FactRows],
        dimension: Callable[[Dimension], DimensionIndex],
        derived: Mapping[Link, DerivedLink],
        chosen: Mapping[AxisName, pl.DataFrame] | None = None,
        rollups: Catalog | None = None,
    ) -> None:
        self._facts = facts
        self._dimension = dimension
        self._derived = derived
        self._gathering = Gathering(self._fact_rows, dimension)
        self._chosen = chosen or {}
        self._rollups = rollups or Catalog()

    def frame(self, node: Cuboid, budget: Budget) -> pl.DataFrame:
        """Compute a cuboid as a frame of member codes and aggregates; see `Backend.cuboid`."""
        relation = self.relation(node, budget)
        codes = (pl.Series(level.name, self._codes(relation, ref_of(level))) for level in node.grain)
        values = (_series(relation.columns[part.name]).alias(part.name) for part in node.aggregates)
        # A list of series: of a dictionary Polars takes twice the time.
        return pl.DataFrame([*codes, *values])

    def relation(self, node: Cuboid, budget: Budget) -> RelationRows:
        """Compute a cuboid as rows that another cuboid can take for its source."""
        layout, asked = self._gathering.layout(node, budget), node
        node, rows = self._served(node, layout, budget)
        done = rows.kept.filters if isinstance(rows, RollupRows) else ()
        within = self._within(rows, node, budget, done)
        groups = self._groups(node, within, layout, budget)
        columns = {}
        for aggregate in node.aggregates:
            budget.check_time()
            columns[aggregate.name] = self._aggregate(node, aggregate, within, groups, budget)
        targets = groups.layout.targets
        leaves = (Leaves(to.refs, to.leaves[code]) for to, code in zip(targets, groups.parts, strict=True))
        relation = RelationRows(groups.size, tuple(leaves), columns)
        if self._rollups.lately is not None and isinstance(rows, FactRows):
            self._rollups.lately.learn(asked, relation, rows, self._dimension)
        return relation

    def _served(self, node: Cuboid, layout: Layout, budget: Budget) -> tuple[Cuboid, Rows]:
        """Give the rows that answer a cuboid, and the cuboid as one of them: its source's, or those of a rollup."""
        if not isinstance(node.source, Facts):
            return node, self._source(node, budget)
        facts = self._fact_rows(node.source)

        def find(rollups: tuple[Open, ...]) -> Route | None:
            return route(node, rollups, lambda one: Fit(one, facts, self._gathering, self._dimension), layout.gathered)

        # What follows from derived attributes fits by their values, which are the question's own.
        found = find(self._rollups.of(node.source.cube)) if self._derived else self._rollups.route(node, find)
        name = found.rollup.kept.definition.name if found else None
        self._rollups.note(node, name)
        budget.answered_from(name or SCAN)
        return (found.node, RollupRows(found.rollup.kept, found.rollup.grain, facts)) if found else (node, facts)

    def told(self, node: Cuboid) -> str:
        """Tell from which rollup a cuboid of facts is computed, or what the one that lacks least lacks."""
        if not isinstance(node.source, Facts):
            return ""
        facts, layout = self._fact_rows(node.source), self._gathering.layout(node, Budget(Limits()))
        rollups = self._rollups.of(node.source.cube)
        return told(node, rollups, lambda one: Fit(one, facts, self._gathering, self._dimension), layout.gathered)

    def _groups(self, node: Cuboid, rows: Rows, layout: Layout, budget: Budget) -> Gathered:
        """Group rows, and copy the groups over bridges."""
        rows = _with_members(rows, layout, budget)
        grouping = group(rows, layout.combinations, budget, apart=layout.is_bridged)
        budget.check_memory(grouping.size * 8 * (len(node.aggregates) + 2))
        grouped = Grouped(grouping.groups, grouping.size)
        firsts = grouping.codes(grouped.used)
        if not layout.bridges:
            budget.check_rows(len(grouped.used))
            return Gathered(layout, grouped, firsts, None)
        sizes = tuple(part.size for part in layout.plain)
        return Gathered(layout, grouped, firsts, Copied(firsts, layout.bridges, sizes, budget))

    def _aggregate(self, node: Cuboid, aggregate: Aggregate, rows: Rows, groups: Gathered, budget: Budget) -> Numbers:
        over = aggregate.over
        if aggregate.rule is not None:
            within = _with_members(rows, groups.layout, budget)
            return self._over_days(node, aggregate, aggregate.rule, within, groups, budget)
        if groups.copied is not None and _is_of_keys(aggregate, groups.layout.bridges):
            # A key has each member once, so that a group's copies are its keys: nothing is left to make distinct.
            bridge = groups.layout.bridges[-1]
            return Numbers(groups.copied.of_groups(groups.firsts[-1] < bridge.combination.size - 1), 0, None)
        if isinstance(over, LevelRef) and self._gathering.is_bridged(node, over.link):
            finer = self._groups(node, rows, self._gathering.layout(node, budget, over), budget)
            values = level_operand(aggregate.kind, self._dimension(over.link.dimension), over, finer.parts[-1])
            return groups.within(finer).aggregate(aggregate.kind, values, None)
        operand = self._operand(node, aggregate, _with_members(rows, groups.layout, budget))
        return groups.grouped.aggregate(aggregate.kind, operand, groups.copied)

    def filtered(self, node: Cuboid, budget: Budget) -> Rows:
        """Give the rows of a cuboid's source that satisfy its filters."""
        return self._within(self._source(node, budget), node, budget)

    def _within(self, rows: Rows, node: Cuboid, budget: Budget, done: tuple[Filter, ...] = ()) -> Rows:
        """Give the rows that satisfy a cuboid's filters, but those that all of them do."""
        if done:
            node = replace(node, filters=tuple(part for part in node.filters if part not in done))
        rows = cut_rows(rows, self._gathering.masks(node, node.filters), budget)
        for part in node.filters:
            if isinstance(part, SemiJoin):
                rows = keep_rows(rows, self._matches(node, rows, part, budget))
            elif isinstance(part, Except):
                rows = except_rows(rows, self._gathering.masks(node, part.cuts))
            elif isinstance(part, Having):
                rows = keep_rows(rows, _holds(rows, part))
        return rows

    def _source(self, node: Cuboid, budget: Budget) -> Rows:
        match node.source:
            case Facts() as facts:
                return self._fact_rows(facts)
            case Members(cube=cube, link=link):
                shown = self._facts(cube).shown_leaves(link)
                return keep_rows(LeafRows(link, len(shown)), shown)
            case Derived(attribute=attribute):
                derived = self._derived[attribute.link]
                return keep_rows(
                    derived.rows(lambda rows, link: self._derived[link].positions(rows)), derived.counted()
                )
            case Chosen(axis=axis, refs=refs):
                return self._listed(self._chosen[axis], refs)
            case Cuboid() as inner:
                _check_determined((*map(ref_of, node.grain), *_levels_used(node)), inner.grain)
                return self.relation(inner, budget)
        raise InternalError(f"No source {node.source!r}.")

    def _fact_rows(self, source: Facts) -> FactRows:
        rows = self._facts(source.cube)
        return rows.in_roles(source.roles) if source.roles else rows

    def _listed(self, tuples: pl.DataFrame, refs: tuple[LevelRef, ...]) -> RelationRows:
        """Give tuples as rows: of each dimension a leaf that belongs to all of a row's members."""
        rows = tuples.select(ref.name for ref in refs).unique()
        leaves = []
        for part in combine(self._dimension, refs):
            members = pl.DataFrame({ref.name: self._level_codes(ref, part.leaves) for ref in part.refs})
            known = members.with_columns(leaf=pl.Series(part.leaves))
            found = rows.join(known, on=members.columns, how="left", maintain_order="left")["leaf"]
            leaves.append(Leaves(part.refs, found.to_numpy()))
        return RelationRows(rows.height, tuple(leaves), {})

    def _matches(self, node: Cuboid, rows: Rows, join: SemiJoin, budget: Budget) -> Mask:
        _check_determined(join.on, join.relation.grain)
        many = next((ref for ref in join.on if self._gathering.is_bridged(node, ref.link)), None)
        if many is not None:
            problem = f"A fact has many members of {many.name}, so that it may be both of the shown and of the others."
            raise QueryError(problem, hint="Ask without others and without totals of the shown.")
        combinations = combine(self._dimension, join.on)
        wanted = place(self.relation(join.relation, budget), combinations)
        return np.isin(place(rows, combinations), wanted, invert=join.anti)

    def _codes(self, relation: RelationRows, ref: LevelRef) -> Codes:
        return self._level_codes(ref, relation.positions_of(ref))

    def _level_codes(self, ref: LevelRef, leaves: Codes) -> Codes:
        return self._dimension(ref.link.dimension).level(ref.levels).codes[leaves]

    def _operand(self, node: Cuboid, aggregate: Aggregate, rows: Rows) -> Keys | Numbers | Moments | None:
        """Give what is aggregated, row by row."""
        match aggregate.over:
            case None:
                return None
            case LevelRef() as ref:
                codes = self._level_codes(ref, rows.positions(ref.link))
                return level_operand(aggregate.kind, self._dimension(ref.link.dimension), ref, codes)
            case Column() as column if aggregate.kind is AggregateKind.DISTINCT:
                return rows.keys(column)
            case Column() as column if not column.type.is_number:
                codes = rows.keys(column).codes
                return Numbers(np.zeros(len(codes)), None, codes >= 0)
            case str() as name if isinstance(node.source, Facts) and aggregate.kind in MOMENTS:
                return _moments(rows, name, aggregate.kind)
            case over:
                return rows.numbers(over)

    def _over_days(
        self, node: Cuboid, aggregate: Aggregate, rule: SemiAdditive, rows: Rows, cells: Gathered, budget: Budget
    ) -> Numbers:
        """Aggregate by a rule on days; see `semi_additive`."""
        assert isinstance(node.source, Facts)
        facts, time = self._fact_rows(node.source), rule.over.link
        attributes = tuple(link.attribute for link in self._derived.values())
        (day,) = combine(self._dimension, (rule.over,))
        known = self._known_days(facts, rule.over)

        def is_of_days(link: Link) -> bool:
            return facts.is_of_days(link, time)

        filters = tuple(part for part in node.filters if is_about(part, is_of_days, attributes))
        days = self._within(keep_rows(self._days(rule.over, len(known)), known), replace(node, filters=filters), budget)
        of_cells = calendar(days, day, cells, lambda part: is_along(part.refs[0], is_of_days, attributes), budget)
        rows = narrow(rows, time, known & of_cells.edges[day.codes] if rule.take in EDGES else known, budget)
        parts = (cells, combine(self._dimension, rule.items), day)
        operand = self._operand(node, aggregate, rows)
        assert not isinstance(operand, Moments)
        found = entries(rule, aggregate.kind, rows, operand, parts, budget)
        return taken(rule, aggregate.kind, found, of_cells, copied=cells.copied is not None)

    def _days(self, over: LevelRef, count: int) -> RelationRows:
        """Give the leaves of time as rows, in which whatever goes by days alone is found: a rule on dates too."""

        def positions(rows: Rows, link: Link) -> Codes:
            return self._derived[link].positions(rows) if link in self._derived else rows.positions(over.link)

        leaves = Leaves((over,), np.arange(count, dtype=np.int32))
        return RelationRows(count, (leaves,), {}, positions)

    def _known_days(self, facts: FactRows, over: LevelRef) -> Mask:
        """Mark the leaves of time that lie on known days, from the first with facts to the last."""
        level = self._dimension(over.link.dimension).level(over.levels)
        classes = [level.frame[f"class_{depth}"].to_numpy() for depth in range(len(over.levels))]
        known: Mask = (np.max(classes, axis=0) == 0)[level.codes]
        used = level.codes[known & facts.used_leaves(over.link)]
        covered: Mask = (level.codes >= used.min()) & (level.codes <= used.max()) if len(used) else known & False
        return known & covered


def _with_members(rows: Rows, layout: Layout, budget: Budget) -> Rows:
    """Give the rows that any member gathers."""
    for bridge in layout.bridges:
        rows = narrow(rows, bridge.combination.link, bridge.combination.codes >= 0, budget)
    return rows


def _moments(rows: Rows, column: str, kind: AggregateKind) -> Moments:
    """Give what a rollup keeps of a column for means and variances."""
    is_mean = kind is AggregateKind.AVG
    return Moments(
        rows.numbers(counts(column)), rows.numbers(sums(column)), None if is_mean else rows.numbers(scatters(column))
    )


def _is_of_keys(aggregate: Aggregate, bridges: tuple[Bridge, ...]) -> bool:
    """Tell whether an aggregate counts the keys of the one bridged link in a grain: baskets by also.category."""
    link = bridges[0].combination.link if len(bridges) == 1 else None
    if link is None or not isinstance(link.through, ThroughTable | ThroughFacts) or goes_by_days(link):
        return False
    over = aggregate.over
    if isinstance(over, LevelRef):
        carrier = link.through.carrier
        return (
            aggregate.kind is AggregateKind.DISTINCT
            and carrier is not None
            and over.link.through is None
            and stored_name(over.link) == stored_name(carrier)
            and over.level.key == carrier.key
        )
    return aggregate.kind is AggregateKind.DISTINCT and over == link.column


def _series(numbers: Numbers) -> pl.Series:
    """Turn scaled integers into what people read: Int64, or Float64 where there are digits behind the point."""
    if numbers.scale == 0:
        exact = numbers.values.dtype == np.int64
        series = pl.Series(numbers.values if exact else np.rint(numbers.values).astype(np.int64))
    else:
        series = pl.Series(numbers.values / 10.0 ** (numbers.scale or 0))
    if numbers.valid is None:
        return series
    return series.set(pl.Series(~numbers.valid), None)


def _holds(rows: Rows, part: Having) -> Mask:
    if not isinstance(rows, RelationRows):
        raise InternalError("A condition on measures needs a relation.")
    frame = pl.DataFrame({name: _series(numbers) for name, numbers in rows.columns.items()})
    return frame.select(is_true(part.condition).alias("holds"))["holds"].to_numpy()


def _levels_used(node: Cuboid) -> tuple[LevelRef, ...]:
    """List the levels that a cuboid cuts by and counts."""
    cuts = (part.ref for part in node.filters if isinstance(part, Cut))
    counted = (aggregate.over for aggregate in node.aggregates)
    return (*cuts, *(ref for ref in counted if isinstance(ref, LevelRef)))


def _check_determined(wanted: tuple[LevelRef, ...], given: tuple[Grain, ...]) -> None:
    """A coarser grain can be taken of a relation only where the relation's own grain determines it."""
    for ref in wanted:
        if not is_determined(ref, tuple(map(ref_of, given))):
            raise InternalError(f"The relation does not determine {ref.name}.")

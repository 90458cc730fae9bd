"""Computing cuboids: source, filters, groups, aggregates. The one shape, closed under nesting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from cube_server.backends.embedded.aggregation import Grouped
from cube_server.backends.embedded.bridges import Bridge, atoms_of, copy_groups
from cube_server.backends.embedded.derived import DerivedLink
from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.grouping import Combination, combine, group, place
from cube_server.backends.embedded.levels import Codes, DimensionIndex, Mask
from cube_server.backends.embedded.rows import Keys, LeafRows, Leaves, Numbers, RelationRows, Rows
from cube_server.backends.embedded.selection import cut_rows, keep_rows, leaf_mask, narrow
from cube_server.backends.embedded.semi_additive import EDGES, Cells, calendar, entries, taken
from cube_server.backends.embedded.windows import Intervals, Ladder, hierarchy_levels, intervals, ordinals
from cube_server.budget import Budget
from cube_server.calculations.formulas import is_true
from cube_server.errors import InternalError
from cube_server.model.coordinates import Move
from cube_server.model.elements import AggregateKind, Column, Cube, Dimension, LevelRef, Link, SemiAdditive
from cube_server.plan.coordinates import is_about, is_along, is_determined
from cube_server.plan.nodes import (
    Aggregate,
    Cuboid,
    Derived,
    Facts,
    Grain,
    Having,
    Members,
    MovedCut,
    MovedLevel,
    SemiJoin,
)
from cube_server.query.spec import Cut


class Cuboids:
    """Computes the cuboids of one snapshot.

    Args:
        facts: Gives the rows of a cube's facts.
        dimension: Gives the index of a dimension.
        derived: The links to derived attributes.
    """

    def __init__(
        self,
        facts: Callable[[Cube], FactRows],
        dimension: Callable[[Dimension], DimensionIndex],
        derived: Mapping[Link, DerivedLink],
    ) -> None:
        self._facts = facts
        self._dimension = dimension
        self._derived = derived

    def frame(self, node: Cuboid, budget: Budget) -> pl.DataFrame:
        """Compute a cuboid as a frame of member codes and aggregates; see `Backend.cuboid`."""
        relation = self.relation(node, budget)
        refs = [_ref(level) for level in node.grain]
        codes = {ref.name: self._codes(ref, relation.positions_of(ref)) for ref in refs}
        values = {aggregate.name: _series(relation.columns[aggregate.name]) for aggregate in node.aggregates}
        return pl.DataFrame({**codes, **values})

    def relation(self, node: Cuboid, budget: Budget) -> RelationRows:
        """Compute a cuboid as rows that another cuboid can take for its source."""
        rows = self.filtered(node, budget)
        bridges = tuple(self._bridge(node, level) for level in node.grain if isinstance(level, MovedLevel))
        for bridge in bridges:
            rows = narrow(rows, bridge.combination.link, bridge.combination.codes >= 0)
        plain = combine(self._dimension, _plain(node.grain))
        grouping = group(rows, (*plain, *(bridge.combination for bridge in bridges)), budget)
        budget.check_memory(grouping.size * 8 * (len(node.aggregates) + 2))
        grouped = Grouped(grouping.groups, grouping.size)
        budget.check_rows(len(grouped.used))
        codes = grouping.codes(grouped.used)
        copied = copy_groups(codes, bridges, tuple(part.size for part in plain), budget) if bridges else None
        columns = {}
        for aggregate in node.aggregates:
            budget.check_time()
            if aggregate.rule is None:
                columns[aggregate.name] = grouped.aggregate(aggregate.kind, self._operand(aggregate, rows), copied)
            else:
                cells = Cells(plain, bridges, codes, len(grouped.used), copied)
                columns[aggregate.name] = self._over_days(node, aggregate, aggregate.rule, rows, cells, budget)
        if copied is None:
            return RelationRows(len(grouped.used), grouping.leaves(grouped.used), columns)
        refs = [*(part.refs for part in plain), *(bridge.combination.refs for bridge in bridges)]
        ends = [*(part.leaves for part in plain), *(bridge.leaves for bridge in bridges)]
        leaves = (Leaves(ref, end[code]) for ref, end, code in zip(refs, ends, copied.parts, strict=True))
        return RelationRows(copied.size, tuple(leaves), columns)

    def filtered(self, node: Cuboid, budget: Budget) -> Rows:
        """Give the rows of a cuboid's source that satisfy its filters."""
        return self._within(self._source(node, budget), node, budget)

    def _within(self, rows: Rows, node: Cuboid, budget: Budget) -> Rows:
        rows = cut_rows(rows, tuple(part for part in node.filters if isinstance(part, Cut)), self._dimension)
        for part in node.filters:
            if isinstance(part, SemiJoin):
                rows = keep_rows(rows, self._matches(rows, part, budget))
            elif isinstance(part, MovedCut):
                rows = narrow(rows, part.cut.ref.link, self._moved_mask(node, part))
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
            case Cuboid() as inner:
                _check_determined((*_plain(node.grain), *_levels_used(node)), inner.grain)
                return self.relation(inner, budget)
        raise InternalError(f"No source {node.source!r}.")

    def _fact_rows(self, source: Facts) -> FactRows:
        rows = self._facts(source.cube)
        return rows.in_roles(source.roles) if source.roles else rows

    def _matches(self, rows: Rows, join: SemiJoin, budget: Budget) -> Mask:
        _check_determined(join.on, join.relation.grain)
        combinations = combine(self._dimension, join.on)
        wanted = place(self.relation(join.relation, budget), combinations)
        return np.isin(place(rows, combinations), wanted, invert=join.anti)

    def _codes(self, ref: LevelRef, leaves: Codes) -> Codes:
        return self._dimension(ref.link.dimension).level(ref.levels).codes[leaves]

    def _operand(self, aggregate: Aggregate, rows: Rows) -> Keys | Numbers | None:
        """Give what is aggregated, row by row."""
        match aggregate.over:
            case None:
                return None
            case LevelRef() as ref:
                return self._level_operand(aggregate.kind, ref, rows)
            case Column() as column if aggregate.kind is AggregateKind.DISTINCT:
                return rows.keys(column)
            case over:
                return rows.numbers(over)

    def _over_days(
        self, node: Cuboid, aggregate: Aggregate, rule: SemiAdditive, rows: Rows, cells: Cells, budget: Budget
    ) -> Numbers:
        """Aggregate by a rule on days; see `semi_additive`."""
        assert isinstance(node.source, Facts)
        link, attributes = rule.over.link, node.source.cube.attributes
        (day,) = combine(self._dimension, (rule.over,))
        known = self._known_days(node.source.cube, rule.over)
        filters = tuple(part for part in node.filters if is_about(part, link, attributes))
        leaves = RelationRows(
            len(known),
            (Leaves((rule.over,), np.arange(len(known), dtype=np.int32)),),
            {},
            lambda rows, link: self._derived[link].positions(rows),
        )
        days = self._within(keep_rows(leaves, known), replace(node, filters=filters), budget)
        of_cells = calendar(days, day, cells, lambda part: is_along(part.refs[0], link, attributes), budget)
        rows = narrow(rows, link, known & of_cells.edges[day.codes] if rule.take in EDGES else known)
        parts = (cells, combine(self._dimension, rule.items), day)
        found = entries(rule, aggregate.kind, rows, self._operand(aggregate, rows), parts, budget)
        return taken(rule, aggregate.kind, found, of_cells, copied=cells.copied is not None)

    def _known_days(self, cube: Cube, over: LevelRef) -> Mask:
        """Mark the leaves of time that lie on known days, from the first with facts to the last."""
        level = self._dimension(over.link.dimension).level(over.levels)
        classes = [level.frame[f"class_{depth}"].to_numpy() for depth in range(len(over.levels))]
        known: Mask = (np.max(classes, axis=0) == 0)[level.codes]
        used = level.codes[known & self._facts(cube).used_leaves(over.link)]
        covered: Mask = (level.codes >= used.min()) & (level.codes <= used.max()) if len(used) else known & False
        return known & covered

    def _level_operand(self, kind: AggregateKind, ref: LevelRef, rows: Rows) -> Keys | Numbers:
        """Give a level's members as keys to count, or their places to find the first or last of."""
        index = self._dimension(ref.link.dimension)
        level = index.level(ref.levels)
        kinds = level.frame[f"class_{len(ref.levels) - 1}"].to_numpy()
        codes = level.codes[rows.positions(ref.link)]
        if kind is AggregateKind.DISTINCT:
            is_none = (kinds == _NULL_CLASS) | level.hidden
            return Keys(np.where(is_none, -1, np.arange(level.size)).astype(np.int32)[codes], level.size)
        known = kinds == 0
        return Numbers(ordinals(index, ref).astype(np.float64)[codes], 0, None if known.all() else known[codes])

    def _bridge(self, node: Cuboid, level: MovedLevel) -> Bridge:
        ladder, gathered = self._intervals(node, level.ref, level.moves)
        atoms, starts, members = atoms_of(gathered)
        ref = level.ref
        index = ladder.level(ladder.levels.index(ref.level))
        refs = tuple(_ref(part) for part in node.grain if _along(_ref(part), ref))
        codes = atoms.astype(np.int32)[ladder.lowest.codes]
        atoms_count = len(starts) - 1
        return Bridge(
            Combination(ref.link, refs, codes, np.zeros(atoms_count, np.int32)), starts, members, index.leaves
        )

    def _moved_mask(self, node: Cuboid, part: MovedCut) -> Mask:
        """Mark the leaves that the one member of a cut gathers after its moves."""
        ladder, gathered = self._intervals(node, part.cut.ref, part.moves)
        index = self._dimension(part.cut.ref.link.dimension)
        level = index.level(part.cut.ref.levels)
        leaf = level.leaves[level.find(part.cut.ref, part.cut.members)[0]]
        member = ladder.level(ladder.levels.index(part.cut.ref.level)).codes[leaf]
        lowest = ladder.lowest.codes
        if not leaf_mask(index, part.within)[leaf]:
            return np.zeros(len(lowest), np.bool_)
        is_gathered: Mask = (lowest >= gathered.first[member]) & (lowest <= gathered.last[member])
        return is_gathered

    def _intervals(self, node: Cuboid, ref: LevelRef, moves: tuple[Move, ...]) -> tuple[Ladder, Intervals]:
        if not isinstance(node.source, Facts):
            raise InternalError("Only facts are gathered from other places.")
        ladder = Ladder(self._dimension(ref.link.dimension), hierarchy_levels(ref))
        coverage = _coverage(self._fact_rows(node.source), ref.link, ladder)
        return ladder, intervals(ladder, ref, moves, coverage)


_NULL_CLASS = 2


def _ref(level: Grain) -> LevelRef:
    return level.ref if isinstance(level, MovedLevel) else level


def _plain(grain: tuple[Grain, ...]) -> tuple[LevelRef, ...]:
    """List the levels that are grouped by as they are: those that no moved level determines."""
    moved = [level.ref for level in grain if isinstance(level, MovedLevel)]
    plain = (level for level in grain if isinstance(level, LevelRef))
    return tuple(ref for ref in plain if not any(_along(ref, other) for other in moved))


def _along(ref: LevelRef, moved: LevelRef) -> bool:
    """Tell whether a level is the moved one or an ancestor of it."""
    return ref.link == moved.link and ref.levels == moved.levels[: len(ref.levels)] and ref.hierarchy == moved.hierarchy


def _coverage(facts: FactRows, link: Link, ladder: Ladder) -> tuple[int, int]:
    """Give the first and the last member of the lowest level that the facts cover."""
    is_present = np.zeros(len(ladder.lowest.codes), np.bool_)
    is_present[facts.positions(link)] = True
    places = np.flatnonzero(is_present)
    lowest, known = ladder.lowest.codes, ladder.known(len(ladder.levels) - 1)
    first, last = lowest[places], lowest[facts.last_leaves(link)[places]]
    first, last = first[known[first]], last[known[last]]
    return (int(first.min()), int(last.max())) if len(first) and len(last) else (0, 0)


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
        if not is_determined(ref, tuple(map(_ref, given))):
            raise InternalError(f"The relation does not determine {ref.name}.")

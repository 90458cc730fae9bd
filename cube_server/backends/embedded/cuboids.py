"""Computing cuboids: source, filters, groups, aggregates. The one shape, closed under nesting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.grouping import Grouping, combine, group, place
from cube_server.backends.embedded.levels import Codes, DimensionIndex, Mask
from cube_server.backends.embedded.rows import Keys, LeafRows, Numbers, RelationRows, Rows
from cube_server.backends.embedded.selection import cut_rows, keep_rows
from cube_server.budget import Budget
from cube_server.calculations.formulas import is_true
from cube_server.errors import InternalError
from cube_server.model.elements import AggregateKind, Column, Cube, Dimension, LevelRef
from cube_server.plan.nodes import Aggregate, Cuboid, Facts, Having, Members, SemiJoin
from cube_server.query.spec import Cut


class Cuboids:
    """Computes the cuboids of one snapshot.

    Args:
        facts: Gives the rows of a cube's facts.
        dimension: Gives the index of a dimension.
    """

    def __init__(self, facts: Callable[[Cube], FactRows], dimension: Callable[[Dimension], DimensionIndex]) -> None:
        self._facts = facts
        self._dimension = dimension

    def frame(self, node: Cuboid, budget: Budget) -> pl.DataFrame:
        """Compute a cuboid as a frame of member codes and aggregates; see `Backend.cuboid`."""
        relation = self.relation(node, budget)
        codes = {ref.name: self._codes(ref, relation.leaves[ref.link]) for ref in node.grain}
        values = {aggregate.name: _series(relation.columns[aggregate.name]) for aggregate in node.aggregates}
        return pl.DataFrame({**codes, **values})

    def relation(self, node: Cuboid, budget: Budget) -> RelationRows:
        """Compute a cuboid as rows that another cuboid can take for its source."""
        rows = self.filtered(node, budget)
        grouping = group(rows, combine(self._dimension, node.grain), budget)
        budget.check_memory(grouping.size * 8 * (len(node.aggregates) + 2))
        counts = kernels.count(grouping.groups, grouping.size)
        used = np.flatnonzero(counts)
        budget.check_rows(len(used))
        columns = {}
        for aggregate in node.aggregates:
            budget.check_time()
            columns[aggregate.name] = self._aggregate(aggregate, rows, grouping, counts, used)
        return RelationRows(len(used), grouping.leaves(used), columns)

    def filtered(self, node: Cuboid, budget: Budget) -> Rows:
        """Give the rows of a cuboid's source that satisfy its filters."""
        rows = self._source(node, budget)
        rows = cut_rows(rows, tuple(part for part in node.filters if isinstance(part, Cut)), self._dimension)
        for part in node.filters:
            if isinstance(part, SemiJoin):
                rows = keep_rows(rows, self._matches(rows, part, budget))
            elif isinstance(part, Having):
                rows = keep_rows(rows, _holds(rows, part))
        return rows

    def _source(self, node: Cuboid, budget: Budget) -> Rows:
        match node.source:
            case Facts(cube=cube):
                return self._facts(cube)
            case Members(cube=cube, link=link):
                leaves = self._dimension(link.dimension).leaves
                return LeafRows(link, leaves + self._facts(cube).has_null(link))
            case Cuboid() as inner:
                _check_determined(node.grain, inner.grain)
                return self.relation(inner, budget)
        raise InternalError(f"No source {node.source!r}.")

    def _matches(self, rows: Rows, join: SemiJoin, budget: Budget) -> Mask:
        _check_determined(join.on, join.relation.grain)
        combinations = combine(self._dimension, join.on)
        wanted = place(self.relation(join.relation, budget), combinations)
        return np.isin(place(rows, combinations), wanted, invert=join.anti)

    def _codes(self, ref: LevelRef, leaves: Codes) -> Codes:
        return self._dimension(ref.link.dimension).level(ref.levels).codes[leaves]

    def _aggregate(
        self,
        aggregate: Aggregate,
        rows: Rows,
        grouping: Grouping,
        counts: kernels.Counts,
        used: kernels.Groups,
    ) -> Numbers:
        groups, size = grouping.groups, grouping.size
        if aggregate.kind is AggregateKind.COUNT:
            return _whole(counts[used])
        if aggregate.kind is AggregateKind.DISTINCT:
            return _whole(kernels.distinct(groups, size, self._keys(aggregate, rows))[used])
        if not isinstance(aggregate.over, Column | str):
            raise InternalError(f"{aggregate.kind} of {aggregate.over!r}.")
        numbers = rows.numbers(aggregate.over)
        filled = counts if numbers.valid is None else kernels.count_valid(groups, size, numbers)
        valid = None if numbers.valid is None else filled[used] > 0
        if aggregate.kind is AggregateKind.AVG:
            return _average(kernels.total(groups, size, numbers)[used], filled[used], numbers, valid)
        kernel = _KERNELS[aggregate.kind]
        values = kernel(groups, size, numbers)[used]
        return Numbers(values if valid is None else np.where(valid, values, 0), numbers.scale, valid)

    def _keys(self, aggregate: Aggregate, rows: Rows) -> Keys:
        if isinstance(aggregate.over, Column):
            return rows.keys(aggregate.over)
        if not isinstance(aggregate.over, LevelRef):
            raise InternalError(f"distinct of {aggregate.over!r}.")
        ref = aggregate.over
        level = self._dimension(ref.link.dimension).level(ref.levels)
        is_null = level.frame[f"class_{len(ref.levels) - 1}"].to_numpy() == _NULL_CLASS
        codes = np.where(is_null, -1, np.arange(level.size)).astype(np.int32)[level.codes]
        return Keys(codes[rows.positions(ref.link)], level.size)


_NULL_CLASS = 2
_KERNELS = {
    AggregateKind.SUM: kernels.total,
    AggregateKind.MIN: kernels.smallest,
    AggregateKind.MAX: kernels.largest,
}


def _whole(counts: kernels.Counts) -> Numbers:
    return Numbers(counts, 0, None)


def _average(totals: kernels.Values, counts: kernels.Counts, numbers: Numbers, valid: Mask | None) -> Numbers:
    divided = totals / np.maximum(counts, 1) / 10.0 ** (numbers.scale or 0)
    return Numbers(divided, None, valid)


def _series(numbers: Numbers) -> pl.Series:
    """Turn scaled integers into what people read: Int64, or Float64 where there are digits behind the point."""
    if numbers.scale == 0:
        series = pl.Series(np.rint(numbers.values).astype(np.int64))
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


def _check_determined(wanted: tuple[LevelRef, ...], given: tuple[LevelRef, ...]) -> None:
    """A coarser grain can be taken of a relation only where the relation's own grain determines it."""
    for ref in wanted:
        if not any(_determines(finer, ref) for finer in given):
            raise InternalError(f"The relation does not determine {ref.name}.")


def _determines(finer: LevelRef, ref: LevelRef) -> bool:
    if finer.link != ref.link:
        return False
    is_leaf = finer.level.key == finer.link.dimension.key
    same_hierarchy = finer.levels[: len(ref.levels)] == ref.levels
    own_attribute = ref.level.attribute_of == finer.level.name and (finer.level.unique or not finer.is_alone)
    return is_leaf or same_hierarchy or own_attribute or (ref.level in finer.levels and len(ref.levels) == 1)

"""The tuples of an axis: which there are, which are chosen, in what order, with which totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from cube_server.calculations.formulas import is_true
from cube_server.query.spec import Axis

Measured = Callable[[int], pl.DataFrame]
"""Gives the relation of an axis' tuples of some depth with the measures at All of the other axis."""


def occurring(cells: pl.DataFrame, axis: Axis, base_measures: tuple[str, ...]) -> pl.DataFrame:
    """List the finest tuples that have facts: some base measure is not null, anywhere on the other axis."""
    has_value = pl.any_horizontal(pl.col(name).is_not_null() for name in base_measures)
    return cells.filter(has_value).select(_names(axis, axis.depth)).unique()


def arranged(tuples: pl.DataFrame, axis: Axis, measured: Measured) -> pl.DataFrame:
    """Choose and sort an axis' tuples, and put subtotals and the total in.

    Args:
        tuples: The finest tuples: a column of member codes a level.
        axis: What is asked of them.
        measured: Gives the measures at the tuples of a depth.

    Returns:
        All tuples to show, in order, parents before their children. A level that is rolled up is null.
    """
    chosen = _chosen(tuples, axis, measured)
    levels = [_prefixes(chosen, axis, depth) for depth in axis.shown_depths]
    return _sorted(pl.concat(levels, how="diagonal"), axis, measured) if axis.levels else pl.DataFrame()


def _names(axis: Axis, depth: int) -> list[str]:
    return [ref.name for ref in axis.refs[:depth]]


def _prefixes(tuples: pl.DataFrame, axis: Axis, depth: int) -> pl.DataFrame:
    rolled_up = [pl.lit(None, pl.Int32).alias(ref.name) for ref in axis.refs[depth:]]
    if depth == 0:
        return pl.select(rolled_up)
    return tuples.select(_names(axis, depth)).unique().with_columns(rolled_up)


def _chosen(tuples: pl.DataFrame, axis: Axis, measured: Measured) -> pl.DataFrame:
    """Keep the tuples whose every level satisfies its condition."""
    for depth, level in enumerate(axis.levels, 1):
        if level.having is not None:
            names = _names(axis, depth)
            kept = measured(depth).filter(is_true(level.having)).select(names)
            tuples = tuples.join(kept, on=names, how="semi")
    return tuples


def _sorted(tuples: pl.DataFrame, axis: Axis, measured: Measured) -> pl.DataFrame:
    """Sort level by level: rolled-up tuples first, then by the level's order, ties in member order."""
    keys: list[tuple[str, bool]] = []
    for depth, level in enumerate(axis.levels, 1):
        names = _names(axis, depth)
        tuples = tuples.with_columns(pl.col(names[-1]).is_not_null().alias(f"shown {depth}"))
        own = [(f"shown {depth}", False)]
        if level.order.by is not None:
            values = _values(measured(depth), names, level.order.by.name, f"by {depth}")
            tuples = tuples.join(values, on=names, how="left")
            own.append((f"by {depth}", level.order.desc))
        own.append((names[-1], level.order.desc and level.order.by is None))
        keys = [*own, *keys] if level.order.over_axis else [*keys, *own]
    return tuples.sort(
        [name for name, _ in keys], descending=[descending for _, descending in keys], nulls_last=True
    ).select(_names(axis, axis.depth))


def _values(relation: pl.DataFrame, names: list[str], measure: str, alias: str) -> pl.DataFrame:
    return relation.select(*names, pl.col(measure).alias(alias))


def frames_by_depth(frames: Mapping[tuple[int, int], pl.DataFrame], *, of_rows: bool) -> Measured:
    """Look up the measures of one axis' tuples at All of the other."""
    return lambda depth: frames[(depth, 0) if of_rows else (0, depth)]

"""The tuples of an axis: which there are, in what order, which are chosen, with which totals."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from cube_server.model.dimensions import LevelRef
from cube_server.query.spec import Axis, AxisLevel, Over, Tier, Top, whole

TIER = "tier of tuple"
"""The column that tells each tuple's kind."""

Standings = Callable[[LevelRef], pl.Series]

Hidden = Callable[[LevelRef], pl.Series | None]
"""Tells which members of a level are hidden (Boolean); None where none is."""

Measured = Callable[[int], pl.DataFrame]
"""Gives the tuples of an axis at some depth with their measures at All of the other axis."""


def names(axis: Axis, depth: int) -> list[str]:
    """Name the columns of the outer levels."""
    return [ref.name for ref in axis.refs[:depth]]


def occurring(cells: pl.DataFrame, axis: Axis) -> pl.DataFrame:
    """List the finest tuples of cells, anywhere on the other axis."""
    if not axis.levels:
        return pl.DataFrame()
    return cells.select(names(axis, axis.depth)).unique()


def prefixes(tuples: pl.DataFrame, axis: Axis, depth: int) -> pl.DataFrame:
    """List the tuples of a coarser depth, in the order of the finer ones."""
    return tuples.select(names(axis, depth)).unique(maintain_order=True)


def visible(tuples: pl.DataFrame, axis: Axis, depth: int, hidden: Hidden) -> pl.DataFrame:
    """Leave out the tuples of a depth that stand at a hidden member: the lowest one of some hierarchy of the axis."""
    lowest: dict[str, LevelRef] = {}
    for ref in axis.refs[:depth]:
        other = lowest.get(ref.hierarchy_name, ref)
        lowest[ref.hierarchy_name] = max(ref, other, key=lambda each: len(each.levels))
    for ref in lowest.values():
        if (marks := hidden(ref)) is not None:
            tuples = tuples.filter(~marks.gather(tuples[ref.name]))
    return tuples


def ordered(tuples: pl.DataFrame, axis: Axis, measured: Measured, standings: Standings) -> pl.DataFrame:
    """Sort the finest tuples, level by level: empty values last, ties in member order.

    Args:
        tuples: The tuples.
        axis: What is asked of them.
        measured: Gives the measures at the tuples of a depth.
        standings: Tells which members of a level are unknown (1) and null (2); those come last whichever way.
    """
    keys: list[tuple[str, bool]] = []
    for depth, level in enumerate(axis.levels, 1):
        on = names(axis, depth)
        own = [(on[-1], False)]
        if level.order.by is None and level.order.desc:
            standing = standings(level.ref).gather(tuples[on[-1]]).alias(f"last {depth}")
            tuples = tuples.with_columns(standing)
            own = [(f"last {depth}", False), (on[-1], True)]
        if level.order.by is not None:
            values = measured(depth).select(*on, pl.col(level.order.by.name).alias(f"by {depth}"))
            tuples = tuples.join(values, on=on, how="left")
            own = [(f"by {depth}", level.order.desc), *own]
        keys = [*own, *keys] if level.order.over_axis else [*keys, *own]
    columns, descending = [name for name, _ in keys], [desc for _, desc in keys]
    return tuples.sort(columns, descending=descending, nulls_last=True).select(names(axis, axis.depth))


def chosen(tuples: pl.DataFrame, axis: Axis, measured: Measured, hidden: Hidden) -> pl.DataFrame:
    """Keep, level by level, the tuples that satisfy the condition and are among the top; hidden ones never are."""
    for depth, level in enumerate(axis.levels, 1):
        on = names(axis, depth)
        if level.having is not None:
            kept = measured(depth).filter(pl.col(level.having.name).fill_null(value=False))
            kept = visible(kept, axis, depth, hidden).select(on)
            tuples = tuples.join(kept, on=on, how="semi", maintain_order="left")
        if level.top is not None:
            candidates = visible(prefixes(tuples, axis, depth), axis, depth, hidden)
            candidates = candidates.join(measured(depth), on=on, how="left", maintain_order="left")
            kept = _top(candidates, level, on).select(on)
            tuples = tuples.join(kept, on=on, how="semi", maintain_order="left")
    return tuples


def with_totals(kept: pl.DataFrame, every: pl.DataFrame, axis: Axis, hidden: Hidden) -> pl.DataFrame:
    """Put subtotals and totals in, parents before their children, and behind the children the others.

    Args:
        kept: The finest tuples to show, in order.
        every: The finest tuples before any was left out.
        axis: What is asked of them.
        hidden: Tells which members are hidden.

    Returns:
        The codes of each tuple's members, null where a level is rolled up, and in TIER the place of its kind in
        `axis.tiers`.
    """
    if axis.tiers == (whole(axis.depth),):
        return visible(kept, axis, axis.depth, hidden).with_columns(_mark(axis, axis.tiers[0]))
    placed = kept.with_row_index("place")
    found = [
        visible(_of_tier(placed, every, axis, tier), axis, tier.grain, hidden).with_columns(_mark(axis, tier))
        for tier in axis.tiers
    ]
    turns = [_turn(axis, tier) for tier in axis.tiers]
    turn = pl.col(TIER).replace_strict(range(len(turns)), turns)
    return pl.concat(found, how="diagonal").sort("place", turn).select(*names(axis, axis.depth), TIER)


def _of_tier(placed: pl.DataFrame, every: pl.DataFrame, axis: Axis, tier: Tier) -> pl.DataFrame:
    """Give the tuples of one kind, each with the place that it stands before, or of others behind."""
    on = names(axis, tier.grain)
    place = pl.col("place").max() if tier.over is Over.OTHERS else pl.col("place").min()
    nothing = {name: pl.lit(None, pl.Int32) for name in names(axis, axis.depth) if name not in on}
    found = placed.group_by(on).agg(place) if on else placed.select(place.fill_null(0))
    if tier.over is Over.OTHERS:
        depth = names(axis, tier.depth)
        left_out = prefixes(every, axis, tier.depth).join(placed, on=depth, how="anti")
        found = found.join(left_out, on=on, how="semi") if on else found.head(left_out.height)
    return found.with_columns(**nothing)


def _mark(axis: Axis, tier: Tier) -> pl.Expr:
    return pl.lit(axis.tiers.index(tier), pl.UInt8).alias(TIER)


def _turn(axis: Axis, tier: Tier) -> int:
    """Order kinds at one place: totals, the coarser first, each before its like over the shown; then the others."""
    if tier.over is Over.OTHERS:
        return 3 * axis.depth - tier.grain
    return 2 * tier.grain + (tier.over is Over.SHOWN)


def _top(candidates: pl.DataFrame, level: AxisLevel, on: list[str]) -> pl.DataFrame:
    """Keep the first by value, ties in member order; tuples without a value are never among them."""
    top = level.top
    assert top is not None
    parent = [] if top.over_axis else on[:-1]
    value = pl.col(top.by.name)
    ranked = candidates.filter(value.is_not_null()).sort(
        top.by.name, *on, descending=[not top.bottom, *[False] * len(on)], maintain_order=True
    )
    kept = _within(top, value)
    return ranked.filter(kept.over(parent) if parent else kept)


def _within(top: Top, value: pl.Expr) -> pl.Expr:
    number = pl.int_range(pl.len()) + 1
    if top.count is not None:
        return number.le(top.count)
    if top.percent is not None:
        return number.le((pl.len() * top.percent / 100).ceil())
    # The fewest that reach the share: those before which it is not yet reached.
    before = value.cum_sum() - value
    return before.lt(value.sum() * (top.share or 0) / 100)

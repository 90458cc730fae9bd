"""Functions along an axis: rank, row_number, ntile, running total, cumulated share.

They go over all tuples of their depth that have facts, before any is left out by a condition, a top or a page; within
the enclosing tuple or over the whole axis; and for each tuple of the other axis by itself. An empty cell has no rank.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cube_server.calculations.formulas import expression
from cube_server.formulas.tree import Name, Node, rewritten
from cube_server.model.expressions import AxisCall, axis_calls
from cube_server.query.spec import Axis, Over, QuerySpec, Tier

ROW_PLACE, COLUMN_PLACE = "row place", "column place"
"""Columns that hold each tuple's place on its axis."""

_OPERAND = "along value"
"""The column that a function goes over. With a space in it, as none of a user's names has."""


def along_axes(
    frame: pl.DataFrame, formulas: Mapping[str, Node], spec: QuerySpec, tiers: tuple[Tier, Tier]
) -> pl.DataFrame:
    """Add the measures that go along an axis to a block.

    Args:
        frame: The block, with ROW_PLACE and COLUMN_PLACE.
        formulas: The measures.
        spec: The question.
        tiers: The block's row and column tier.
    """
    for name, formula in formulas.items():
        calls = list(dict.fromkeys(axis_calls(formula)))
        columns = {call: f"along {number}" for number, call in enumerate(calls)}
        for call, column in columns.items():
            frame = _evaluate(frame, call, column, spec, tiers)
        whole = expression(_over_columns(formula, columns)).alias(name)
        frame = frame.with_columns(whole).drop(columns.values())
    return frame


def _over_columns(formula: Node, columns: Mapping[AxisCall, str]) -> Node:
    return rewritten(formula, lambda node: Name(columns[node]) if isinstance(node, AxisCall) else None)


def _evaluate(
    frame: pl.DataFrame, call: AxisCall, column: str, spec: QuerySpec, tiers: tuple[Tier, Tier]
) -> pl.DataFrame:
    along, across = (spec.rows, spec.columns) if call.axis == "rows" else (spec.columns, spec.rows)
    along_tier, across_tier = tiers if call.axis == "rows" else tiers[::-1]
    if along_tier.grain == 0 or along_tier.over is not Over.ALL:
        # What stands for many has no place among the single ones.
        dtype = pl.Int64 if call.function in ("rank", "row_number", "ntile") else pl.Float64
        return frame.with_columns(pl.lit(None, dtype).alias(column))
    group = [*_names(along, along_tier.grain - 1 if call.within_parent else 0), *_names(across, across_tier.grain)]
    place = ROW_PLACE if call.axis == "rows" else COLUMN_PLACE
    value = frame.with_columns(expression(call.operand).alias(_OPERAND))
    result = _function(call, place)
    if group:
        result = result.over(group, order_by=place)
        return value.with_columns(result.alias(column)).drop(_OPERAND)
    return value.sort(place).with_columns(result.alias(column)).drop(_OPERAND)


def _function(call: AxisCall, place: str) -> pl.Expr:
    value = pl.col(_OPERAND)
    counted = pl.when(value.is_not_null())
    match call.function:
        case "rank":
            return value.rank("min", descending=True).cast(pl.Int64)
        case "row_number":
            return counted.then(_number(value, place, descending=True))
        case "running":
            return value.cum_sum()
        case "cumulated_share":
            return pl.when(value.sum() != 0).then(value.cum_sum() / value.sum())
    return counted.then(_ntile(value, place, call.count))


def _ntile(value: pl.Expr, place: str, count: int) -> pl.Expr:
    """Buckets by ascending value, ties in axis order; the first (n mod count) buckets get one more."""
    position = _number(value, place, descending=False) - 1
    total = value.count().cast(pl.Int64)
    size, rest = total // count, total % count
    longer = rest * (size + 1)
    in_longer = position // (size + 1)
    in_shorter = rest + (position - longer) // pl.max_horizontal(size, pl.lit(1, pl.Int64))
    return pl.when(position < longer).then(in_longer).otherwise(in_shorter) + 1


def _number(value: pl.Expr, place: str, *, descending: bool) -> pl.Expr:
    """Number from 1 by value, ties in axis order, empty values last."""
    by = -value if descending else value
    key = pl.struct(value.is_null().alias("empty"), by.alias("by"), pl.col(place).alias("place"))
    return key.rank("ordinal").cast(pl.Int64)


def _names(axis: Axis, depth: int) -> list[str]:
    return [ref.name for ref in axis.refs[:depth]]

"""Cuts by value: members of a level chosen by comparing keys as SQL does, in three-valued logic."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from cube_server.backends.embedded.levels import UNKNOWN_CLASS, Mask
from cube_server.query.spec import Cut, Range
from cube_server.types import UNKNOWN, KeyPart, KeyPath

_Compare = Callable[[pl.Expr, pl.Expr], pl.Expr]


def members_by_value(members: pl.DataFrame, cut: Cut) -> Mask:
    """Mark the members that a cut by value leaves.

    A path holds where all its keys are equal, a range where the keys lie between its ends in lexicographic order, both
    included. Null and unknown keys are NULL: only the keys null and unknown are equal to them, and what compares them
    otherwise is neither true nor false, so that excluding it leaves them out too.

    Args:
        members: The frame of a level: `key_i` and `class_i` of each level of the path.
        cut: The cut.
    """
    conditions = [*map(_equal, cut.members), *map(_within, cut.ranges)]
    chosen = pl.any_horizontal(*conditions) if conditions else pl.lit(value=False)
    wanted = (~chosen if cut.exclude else chosen).fill_null(value=False)
    every = pl.repeat(value=True, n=members.height, dtype=pl.Boolean)
    return members.select(chosen=every & wanted)["chosen"].to_numpy()


def _equal(path: KeyPath) -> pl.Expr:
    return pl.all_horizontal([_same(depth, key) for depth, key in enumerate(path)])


def _same(depth: int, key: KeyPart) -> pl.Expr:
    if key is UNKNOWN:
        return pl.col(f"class_{depth}") == UNKNOWN_CLASS
    column = pl.col(f"key_{depth}")
    return column.is_null() if key is None else column == pl.lit(key)


def _within(span: Range) -> pl.Expr:
    first = _beyond(span.first or (), lambda key, end: key > end)
    last = _beyond(span.last or (), lambda key, end: key < end)
    return first & last


def _beyond(end: KeyPath, compare: _Compare) -> pl.Expr:
    """Tell where keys lie beyond an end, or start with it: the first key beyond, or equal and the rest so."""
    beyond = pl.lit(value=True)
    for depth, key in reversed(list(enumerate(end))):
        column, literal = pl.col(f"key_{depth}"), pl.lit(None if key is UNKNOWN else key)
        beyond = compare(column, literal) | ((column == literal) & beyond)
    return beyond

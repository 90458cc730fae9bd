"""Cuts by value: members of a level chosen by comparing keys as SQL does, in three-valued logic."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

import polars as pl

from cube_server.backends.embedded.levels import UNKNOWN_CLASS, Mask
from cube_server.query.spec import Cut, Range
from cube_server.types import UNKNOWN, KeyPart, KeyPath

_LISTED = (str, int, dt.date)
"""The keys that are looked up in a list; others are compared one by one, as decimals have digits of their own."""

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
    conditions = [*([_equal(cut.members, 0)] if cut.members else []), *map(_within, cut.ranges)]
    chosen = pl.any_horizontal(*conditions) if conditions else pl.lit(value=False)
    wanted = (~chosen if cut.exclude else chosen).fill_null(value=False)
    every = pl.repeat(value=True, n=members.height, dtype=pl.Boolean)
    return members.select(chosen=every & wanted)["chosen"].to_numpy()


def _equal(paths: Iterable[KeyPath], depth: int) -> pl.Expr:
    """Tell whether the keys from a depth on are those of one of some paths; what begins alike is compared once."""
    below: dict[KeyPart, list[KeyPath]] = {}
    for key, *rest in paths:
        below.setdefault(key, []).append(tuple(rest))
    ends = [key for key, rests in below.items() if () in rests]
    listed = [key for key in ends if isinstance(key, _LISTED)]
    conditions = [_same(depth, key) for key in ends if not isinstance(key, _LISTED)]
    conditions += [pl.col(f"key_{depth}").is_in(listed)] if listed else []
    conditions += [_same(depth, key) & _equal(rests, depth + 1) for key, rests in below.items() if () not in rests]
    return pl.any_horizontal(conditions)


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

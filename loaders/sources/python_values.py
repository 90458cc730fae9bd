"""Values of Python, as drivers give them, as a series that conversions know."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import polars as pl

MOST_DIGITS = 38
"""Of a decimal that polars holds."""


def series_of(name: str, values: Sequence[Any]) -> pl.Series:
    """Make a series of values of one type, or of objects: nothing is converted but UUIDs to their text.

    A decimal that is no number, or has too many digits, is a text too: it cannot stand among the others.

    >>> series_of("price", [Decimal("1.5"), None]).to_list()
    [Decimal('1.5'), None]
    """
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {UUID}:
        return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)
    if Decimal in kinds:
        values = _decimals(values)
        kinds = set(map(type, values)) - {type(None)}
    return pl.Series(name, values, dtype=pl.Object if len(kinds) > 1 else None)


def _decimals(values: Sequence[Any]) -> list[Any]:
    finite = [value for value in values if isinstance(value, Decimal) and value.is_finite()]
    scale = max((_digits_behind(value) for value in finite), default=0)
    return [str(value) if isinstance(value, Decimal) and not _fits(value, scale) else value for value in values]


def _digits_behind(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _fits(value: Decimal, scale: int) -> bool:
    return value.is_finite() and max(value.adjusted() + 1, 0) + scale <= MOST_DIGITS

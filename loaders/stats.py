"""Columns in numbers, for the manifest and the checks."""

from __future__ import annotations

from datetime import date

import polars as pl

from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import ColumnStats, JsonScalar

_SCALED = frozenset({Kind.INT, Kind.DECIMAL})


def column_stats(series: pl.Series, type_: DataType) -> ColumnStats:
    """Describe a stored column."""
    return ColumnStats(
        type=str(type_),
        nulls=series.null_count(),
        minimum=_json(series.min()),
        maximum=_json(series.max()),
        magnitude=magnitude(series) if type_.kind in _SCALED else None,
    )


def magnitude(series: pl.Series) -> int:
    """Add up the absolute values of ints, or of decimals in units of their last digit; never overflows.

    >>> magnitude(pl.Series([-(2**63), 1]))
    9223372036854775809
    """
    # 128 bits hold the sum of 2**64 rows of the largest 64-bit values.
    return int(series.to_physical().cast(pl.Int128).abs().sum())


def _json(value: object) -> JsonScalar | None:
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)

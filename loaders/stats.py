"""Columns in numbers, for the manifest and the checks."""

from __future__ import annotations

from datetime import date

import polars as pl

from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import ColumnStats, JsonScalar

_SCALED = frozenset({Kind.INT, Kind.DECIMAL})


class Summary:
    """A stored column in numbers, gathered run by run.

    Args:
        type_: The column's type in the model.
    """

    def __init__(self, type_: DataType) -> None:
        self._type = type_
        self._nulls = 0
        self._magnitude = 0
        self._ends = pl.Series(dtype=pl.Null)

    def add(self, values: pl.Series) -> None:
        """Take a run of the column."""
        self._nulls += values.null_count()
        ends = pl.Series([values.min(), values.max()], dtype=values.dtype)
        self._ends = pl.concat([self._ends.cast(values.dtype), ends])
        if self._type.kind in _SCALED:
            self._magnitude += magnitude(values)

    @property
    def stats(self) -> ColumnStats:
        """What was gathered."""
        return ColumnStats(
            type=str(self._type),
            nulls=self._nulls,
            minimum=_json(self._ends.min()),
            maximum=_json(self._ends.max()),
            magnitude=self._magnitude if self._type.kind in _SCALED else None,
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

"""Columns in numbers, for the manifest and the checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast

import polars as pl

from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import Bounds, ColumnStats, JsonScalar

_SCALED = frozenset({Kind.INT, Kind.DECIMAL})
_LARGEST = 2**63 - 1


def column_stats(series: pl.Series, type_: DataType) -> ColumnStats:
    """Describe a stored column."""
    return ColumnStats(
        type=str(type_),
        nulls=series.null_count(),
        minimum=_json(series.min()),
        maximum=_json(series.max()),
        magnitude=magnitude(series) if type_.kind in _SCALED else None,
    )


def merged_stats(parts: Iterable[Mapping[str, ColumnStats]]) -> dict[str, ColumnStats]:
    """Describe the columns of several files together.

    Args:
        parts: The columns of each file, the same ones in each; at least one.
    """
    first, *rest = parts
    return {name: _merged([stats, *(part[name] for part in rest)]) for name, stats in first.items()}


def key_bounds(keys: pl.Series) -> Bounds | None:
    """Give the least and the greatest of some keys; None if all are null."""
    first, last = _json(keys.min()), _json(keys.max())
    return None if first is None or last is None else Bounds(first=first, last=last)


def magnitude(series: pl.Series) -> int:
    """Add up the absolute values of ints, or of decimals in units of their last digit; never overflows.

    >>> magnitude(pl.Series([-(2**63), 1]))
    9223372036854775809
    """
    numbers = series.to_physical()
    least, largest = (cast("int", bound or 0) for bound in (numbers.min(), numbers.max()))
    # 128 bits hold the sum of 2**64 rows of the largest 64-bit values.
    wide = pl.Int64 if max(-least, largest) * len(numbers) <= _LARGEST else pl.Int128
    numbers = numbers.cast(wide)
    return int((numbers if least >= 0 else numbers.abs()).sum())


def _merged(parts: list[ColumnStats]) -> ColumnStats:
    read = DataType.parse(parts[0].type).read
    least = [part.minimum for part in parts if part.minimum is not None]
    greatest = [part.maximum for part in parts if part.maximum is not None]
    magnitudes = [part.magnitude for part in parts if part.magnitude is not None]
    return ColumnStats(
        type=parts[0].type,
        nulls=sum(part.nulls for part in parts),
        minimum=min(least, key=read, default=None),
        maximum=max(greatest, key=read, default=None),
        magnitude=sum(magnitudes) if magnitudes else None,
    )


def _json(value: object) -> JsonScalar | None:
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)

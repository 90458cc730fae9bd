"""Keys to places, many at a time: through an array where the keys are whole numbers close together, else by a join."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

_KEY, _PLACE = "\0key", "\0place"

_SPREAD = 8
"""An array has at most so many places for each key."""

_SMALL = 1 << 20
"""Or so many in all."""

_BLOCK = 1 << 16
"""So many keys at a time stay in the processor's cache, with all that is made of them."""

_Integers = npt.NDArray[np.int64]
Find = Callable[[pl.Series], pl.Series]
"""Gives the place of each key (Int32); null for keys that are not there, and for null."""


def lookup(keys: pl.Series) -> Find:
    """Prepare to look keys up.

    >>> lookup(pl.Series([7, 5]))(pl.Series([5, 6, 7, None])).to_list()
    [1, None, 0, None]

    Args:
        keys: Different keys, none of them null; each stands at its place.
    """
    if not (keys.dtype.is_integer() or keys.dtype == pl.Date) or keys.is_empty():
        return _joined(keys)
    numbers = _numbers(keys)
    least, largest = int(numbers.min()), int(numbers.max())
    size = largest - least + 1
    return _dense(numbers, least, size) if size <= max(_SPREAD * len(keys), _SMALL) else _joined(keys)


def _dense(keys: _Integers, least: int, size: int) -> Find:
    places = np.full(size + 1, -1, np.int32)
    places[keys - least] = np.arange(len(keys), dtype=np.int32)

    def find(wanted: pl.Series) -> pl.Series:
        numbers = _numbers(wanted)
        found = np.empty(len(numbers), np.int32)
        for start in range(0, len(numbers), _BLOCK):
            run = slice(start, start + _BLOCK)
            # As a number without sign, what is below the least is far beyond the last, too: both find nothing's place.
            at = (numbers[run] - least).view(np.uint64)
            found[run] = places.take(np.minimum(at, np.uint64(size), out=at).view(np.int64), mode="clip")
        series = pl.Series(found)
        absent = wanted.is_null() if wanted.null_count() else None
        if found.min(initial=0) < 0:
            absent = series < 0 if absent is None else absent | (series < 0)
        return series if absent is None else series.set(absent, None)

    return find


def _numbers(keys: pl.Series) -> _Integers:
    return keys.to_physical().cast(pl.Int64).fill_null(0).to_numpy()


def _joined(keys: pl.Series) -> Find:
    known = pl.DataFrame({_KEY: keys, _PLACE: pl.int_range(len(keys), dtype=pl.Int32, eager=True)})

    def find(wanted: pl.Series) -> pl.Series:
        return pl.DataFrame({_KEY: wanted}).join(known, on=_KEY, how="left", maintain_order="left")[_PLACE]

    return find

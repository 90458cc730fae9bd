"""Accumulating rows into groups: arrays in, arrays out, nothing about cubes.

Everywhere `groups` holds the group number of each row, from 0 to `size` - 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.rows import Keys, Numbers

Groups = npt.NDArray[np.int32] | npt.NDArray[np.int64]
Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64] | npt.NDArray[np.int64]

_DENSE_PAIRS = 1 << 24
"""Flags for (group, key) pairs that are always cheap enough to lay out."""


def count(groups: Groups, size: int) -> Counts:
    """Count the rows of each group."""
    return np.bincount(groups, minlength=size).astype(np.int64, copy=False)


def total(groups: Groups, size: int, numbers: Numbers) -> Values:
    """Sum each group; 0 where it has no valid row. Exact for integers of either representation."""
    groups, values = _valid(groups, numbers)
    if values.dtype == np.float64:
        return np.bincount(groups, weights=values, minlength=size)
    sums = np.zeros(size, np.int64)
    np.add.at(sums, groups, values)
    return sums


def count_valid(groups: Groups, size: int, numbers: Numbers) -> Counts:
    """Count the rows of each group that are not null."""
    return count(groups if numbers.valid is None else groups[numbers.valid], size)


def smallest(groups: Groups, size: int, numbers: Numbers) -> Values:
    """Find the least value of each group; meaningless where it has no valid row."""
    return _extreme(np.minimum.at, groups, size, numbers, largest=True)


def largest(groups: Groups, size: int, numbers: Numbers) -> Values:
    """Find the greatest value of each group; meaningless where it has no valid row."""
    return _extreme(np.maximum.at, groups, size, numbers, largest=False)


def distinct(groups: Groups, size: int, keys: Keys) -> Counts:
    """Count the different keys of each group; null is no key."""
    present = keys.codes >= 0
    codes = keys.codes
    if not present.all():
        groups, codes = groups[present], codes[present]
    if not codes.size:
        return np.zeros(size, np.int64)
    pairs = groups.astype(np.int64) * keys.size + codes
    if size * keys.size <= max(_DENSE_PAIRS, 4 * codes.size):
        seen = np.zeros(size * keys.size, np.bool_)
        seen[pairs] = True
        counts: Counts = np.count_nonzero(seen.reshape(size, keys.size), axis=1)
        return counts
    pairs.sort()
    first = np.concatenate([[True], pairs[1:] != pairs[:-1]])
    return count(pairs[first] // keys.size, size)


def _valid(groups: Groups, numbers: Numbers) -> tuple[Groups, Values]:
    if numbers.valid is None:
        return groups, numbers.values
    return groups[numbers.valid], numbers.values[numbers.valid]


def _extreme(accumulate: Callable[..., None], groups: Groups, size: int, numbers: Numbers, *, largest: bool) -> Values:
    groups, values = _valid(groups, numbers)
    if values.dtype == np.float64:
        start = np.full(size, np.inf if largest else -np.inf)
    else:
        bounds = np.iinfo(np.int64)
        start = np.full(size, bounds.max if largest else bounds.min, np.int64)
    accumulate(start, groups, values)
    return start

"""Accumulating rows into groups: arrays in, arrays out, nothing about cubes.

Everywhere `groups` holds the group number of each row, from 0 to `size` - 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.key_sets import KeySets, packed, width_of
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.backends.embedded.threads import BLOCK, blocks, over_blocks, over_rows

Groups = npt.NDArray[np.integer[Any]]
Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64] | npt.NDArray[np.int64]
Kernel = Callable[[Groups, int, Numbers], Values]
"""Aggregates numbers by group, given the group of each and how many groups there are."""

_Number = TypeVar("_Number", np.float64, np.int64)

_NARROW = 1 << 32
_HALF = 32
_FEW_PAIRS = 1 << 20
"""Flags for (group, key) pairs that are always cheap enough to lay out."""

_DENSE_PAIRS = 1 << 26
"""Flags that take more memory than sorting is worth, unless there are as many rows."""

_FLAGS_A_ROW = 64
"""To lay so many flags out for each row takes less time than to sort the rows."""


def distinct_values(values: Groups) -> Groups:
    """List the different values, ascending. By sorting: where most values differ, that is a tenth of the hashing."""
    ordered = cast("Groups", np.sort(values))
    is_first = np.ones(len(ordered), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_first]


def count(groups: Groups, size: int) -> Counts:
    """Count the rows of each group."""
    counts = _shared(groups, size, lambda run: np.bincount(groups[run], minlength=size))
    return counts.astype(np.int64, copy=False)


def total(groups: Groups, size: int, numbers: Numbers) -> Values:
    """Sum each group; 0 where it has no valid row. Exact for integers of either representation."""
    groups, values = _valid(groups, numbers)
    if values.dtype == np.float64:
        return _shared(groups, size, lambda run: np.bincount(groups[run], weights=values[run], minlength=size))
    return _exact_total(groups, size, values.astype(np.int64, copy=False))


def _exact_total(groups: Groups, size: int, values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Sum integers in two halves, each of which floats add up exactly: a block has fewer than 2^21 rows."""
    exact = np.zeros(size, np.int64)
    for part in blocks(slice(0, len(groups))):
        for half, factor in ((values[part] >> _HALF, 1 << _HALF), (values[part] & ((1 << _HALF) - 1), 1)):
            exact += np.bincount(groups[part], weights=half, minlength=size).astype(np.int64) * factor
    return exact


def count_valid(groups: Groups, size: int, numbers: Numbers) -> Counts:
    """Count the rows of each group that are not null."""
    return count(groups if numbers.valid is None else groups[numbers.valid], size)


def smallest(groups: Groups, size: int, numbers: Numbers) -> Values:
    """Find the least value of each group; meaningless where it has no valid row."""
    return _extreme(np.minimum.at, groups, size, numbers, largest=True)


def largest(groups: Groups, size: int, numbers: Numbers) -> Values:
    """Find the greatest value of each group; meaningless where it has no valid row."""
    return _extreme(np.maximum.at, groups, size, numbers, largest=False)


def scatter(groups: Groups, size: int, numbers: Numbers, means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sum the squared deviations from the mean of each group; 0 where it has no valid row.

    The corrected two-pass algorithm: the square of the summed deviations, which were 0 but for rounding, is taken off
    (Chan, Golub and LeVeque, Algorithms for Computing the Sample Variance, 1983, equation 1.7).

    Args:
        groups: The group of each row.
        size: How many groups there are.
        numbers: The values.
        means: The mean of each group, in units of the last digit as the values are.
    """
    groups, values = _valid(groups, numbers)
    off = values - means[groups]
    counts = np.maximum(np.bincount(groups, minlength=size), 1)
    summed = np.bincount(groups, weights=off, minlength=size)
    squared = np.bincount(groups, weights=off * off, minlength=size)
    return np.maximum(squared - summed * summed / counts, 0.0)


def distinct(groups: Groups, size: int, keys: Keys) -> Counts:
    """Count the different keys of each group; null is no key."""
    sets = key_sets(groups, size, keys)
    return _distinct_by_sorting(groups, size, keys) if sets is None else sets.counts()


def key_sets(groups: Groups, size: int, keys: Keys) -> KeySets | None:
    """Find the keys of each group; null is no key. None where it takes less to sort what there is than to lay all out.

    There is a flag for each pair of group and key. All cores set the same flags, which does no harm.
    """
    width = width_of(keys.size)
    if size * width > max(_FEW_PAIRS, min(_DENSE_PAIRS, _FLAGS_A_ROW * len(groups)), 4 * len(groups)):
        return None
    seen = np.zeros(size * width, np.bool_)

    def mark(run: slice) -> None:
        seen[_pairs(*_present(groups[run], keys.codes[run]), width, size)] = True

    over_blocks(len(groups), mark)
    return packed(seen, size)


def _distinct_by_sorting(groups: Groups, size: int, keys: Keys) -> Counts:
    groups, codes = _present(groups, keys.codes)
    if not codes.size:
        return np.zeros(size, np.int64)
    pairs = _pairs(groups, codes, keys.size, size)
    pairs.sort()
    first = np.concatenate([[True], pairs[1:] != pairs[:-1]])
    return count(pairs[first].astype(np.int64) // keys.size, size)


def _present(groups: Groups, codes: Groups) -> tuple[Groups, Groups]:
    """Leave out the rows whose key is null."""
    present = codes >= 0
    return (groups, codes) if present.all() else (groups[present], codes[present])


def _pairs(groups: Groups, codes: Groups, width: int, size: int) -> npt.NDArray[np.uint32] | npt.NDArray[np.int64]:
    """Combine group and key into one number. Half as wide, numbers sort more than twice as fast."""
    if size * width <= _NARROW:
        return groups.astype(np.uint32) * np.uint32(width) + codes.astype(np.uint32)
    return groups.astype(np.int64) * width + codes


def _shared(groups: Groups, size: int, work: Callable[[slice], npt.NDArray[_Number]]) -> npt.NDArray[_Number]:
    """Add up what is found in runs of rows, shared between threads, a block at a time where groups are few beside it.

    What NumPy converts on the way then stays in the processor's cache. Where the groups outweigh the rows, all is one
    run, since each has groups of its own.
    """
    if size * 4 >= len(groups):
        return work(slice(0, len(groups)))
    block = BLOCK if size <= BLOCK // 4 else len(groups)

    def each(run: slice) -> npt.NDArray[_Number]:
        return _added(work(part) for part in blocks(run, block))

    return _added(over_rows(len(groups), each))


def _added(parts: Iterable[npt.NDArray[_Number]]) -> npt.NDArray[_Number]:
    sums: npt.NDArray[_Number] = reduce(np.add, parts)
    return sums


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

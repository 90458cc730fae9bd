"""Filters on facts, block by block: a range of leaves is two comparisons of small numbers, any other set a look-up.

Of each block first the ranges are tried, on all its rows, where a processor compares many at once: that takes a part of
what listing rows takes. Rows are listed when hardly any are left or only look-ups remain, which are then made for the
listed rows alone. What the zones of a column tell spares even the comparisons.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.levels import Mask
from cube_server.backends.embedded.segments.columns import ZONE, Positions
from cube_server.backends.embedded.threads import blocks, over_rows
from cube_server.budget import Budget

_HARDLY_ANY = 64
"""One row in so many left: to list them costs less than to compare all with the next range."""

_FEW = 4
"""One row in so many left: to list them, and look these up, costs less than to look all up."""

_Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Sieve:
    """A filter by one link: the facts whose leaf lies in a range or, with a mask, is marked.

    Attributes:
        codes: The leaf position of each fact, unsigned.
        first: The first leaf that is kept.
        last: The last one.
        mask: Marks the leaves to keep; None where all of the range are.
        zones: What is known of the positions; None if nothing.
        share: The share of leaves that it keeps.
    """

    codes: npt.NDArray[Any]
    first: int
    last: int
    mask: Mask | None
    zones: Positions | None
    share: float

    def block(self, rows: slice) -> Mask | bool:
        """Tell which rows of a block are kept; True or False where that holds for all."""
        if self.zones is not None:
            of_block = slice(rows.start // ZONE, (rows.stop - 1) // ZONE + 1)
            least, largest = int(self.zones.least[of_block].min()), int(self.zones.largest[of_block].max())
            if largest < self.first or least > self.last:
                return False
            if self.mask is None and self.first <= least and largest <= self.last:
                return True
        return self._kept(self.codes[rows])

    def at(self, places: _Indices) -> Mask:
        """Tell which of some rows are kept."""
        return self._kept(self.codes.take(places))

    def _kept(self, codes: npt.NDArray[Any]) -> Mask:
        if self.mask is not None:
            # `clip` spares the check that every position exists, which all do.
            return self.mask.take(codes, mode="clip")
        # What is below the first wraps around to beyond the last.
        kind = codes.dtype.type
        kept: Mask = codes - kind(self.first) <= kind(self.last - self.first)
        return kept


def sieves_of(codes: npt.NDArray[Any], mask: Mask, zones: Positions | None) -> tuple[Sieve, ...]:
    """Make sieves of a mask of leaves, which keeps some: of scattered ones, their range first where it is narrow."""
    codes = codes.view(f"u{codes.dtype.itemsize}")
    kept = np.flatnonzero(mask)
    first, last = int(kept[0]), int(kept[-1])
    width = (last - first + 1) / len(mask)
    share = len(kept) / len(mask)
    in_range = Sieve(codes, first, last, None, zones, width)
    if last - first + 1 == len(kept):
        return (in_range,)
    marked = Sieve(codes, first, last, mask, zones, share)
    return (in_range, marked) if width < 1 / 2 else (marked,)


def sift(sieves: Iterable[Sieve], run: slice, budget: Budget) -> _Indices:
    """List the rows of a run that all sieves keep.

    Args:
        sieves: The filters, at least one.
        run: The rows to choose from.
        budget: Its time is watched from block to block.
    """
    ordered = sorted(sieves, key=lambda sieve: (sieve.mask is not None, sieve.share))

    def work(part: slice) -> _Indices:
        found = []
        for rows in blocks(slice(run.start + part.start, run.start + part.stop)):
            budget.check_time()
            found.append(_sift_block(ordered, rows))
        return np.concatenate(found) if found else np.zeros(0, np.intp)

    parts = over_rows(run.stop - run.start, work)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _sift_block(sieves: list[Sieve], rows: slice) -> _Indices:
    kept: Mask | None = None
    for tried, sieve in enumerate(sieves):
        found = sieve.block(rows)
        if found is False:
            return np.zeros(0, np.intp)
        if found is True:
            continue
        kept = found if kept is None else np.logical_and(kept, found, out=kept)
        later = sieves[tried + 1 :]
        many = _HARDLY_ANY if later and later[0].mask is None else _FEW
        if np.count_nonzero(kept) * many < rows.stop - rows.start:
            return _sift_listed(later, np.flatnonzero(kept) + rows.start)
    return np.arange(rows.start, rows.stop) if kept is None else np.flatnonzero(kept) + rows.start


def _sift_listed(sieves: list[Sieve], places: _Indices) -> _Indices:
    for sieve in sieves:
        if not len(places):
            break
        places = places[sieve.at(places)]
    return places

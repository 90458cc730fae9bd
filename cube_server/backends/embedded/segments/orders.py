"""Where rows that stand in order of time are stored: run by run, as each file is in that order by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.rows import Places
from cube_server.backends.embedded.segments.files import Segment
from cube_server.backends.embedded.threads import over_blocks

_FEWEST_IN_RUN = 2
"""Where runs are shorter, the stored place of every row takes no more room."""

_Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class RowOrder:
    """An order of rows other than that in which they are stored.

    Attributes:
        starts: The place of the first row of each run (UInt32), ascending from 0; a run's rows are stored one after the
            other. None if each row is a run of its own.
        stored: The stored place of each of these rows (UInt32).
        size: How many rows there are.
    """

    starts: npt.NDArray[np.uint32] | None
    stored: npt.NDArray[np.uint32]
    size: int

    def at(self, places: Places) -> _Indices:
        """Give the stored places of some rows."""
        if self.starts is None:
            return self.stored[places].astype(np.intp)
        rows = np.arange(*places.indices(self.size)) if isinstance(places, slice) else places
        if not len(rows):
            return np.zeros(0, np.intp)
        if isinstance(places, slice):
            return rows + self._shifts(int(rows[0]), len(rows))
        runs = np.searchsorted(self.starts, rows, side="right") - 1
        return rows + self._shift(runs)

    def sorted(self, stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Put what is in the order of storage into this order."""
        found = np.empty_like(stored)

        def fill(run: slice) -> None:
            found[run] = stored.take(self.at(run))

        over_blocks(self.size, fill)
        return found

    def _shifts(self, first: int, count: int) -> _Indices:
        """Give how far from its place each of some rows that stand one after the other is stored."""
        assert self.starts is not None
        begin = int(np.searchsorted(self.starts, first, side="right")) - 1
        end = int(np.searchsorted(self.starts, first + count, side="left"))
        borders = np.append(self.starts[begin:end], first + count).astype(np.intp)
        borders[0] = first
        return np.repeat(self._shift(np.arange(begin, end)), np.diff(borders))

    def _shift(self, runs: _Indices) -> _Indices:
        assert self.starts is not None
        return self.stored[runs].astype(np.intp) - self.starts[runs]

    @property
    def segment(self) -> Segment:
        """What is kept of it."""
        starts = {} if self.starts is None else {"starts": self.starts}
        return Segment(arrays={"stored": self.stored, **starts}, numbers={"size": self.size})


def order_in(segment: Segment) -> RowOrder | None:
    """Read an order from what is kept of it; None if it is that of storage."""
    arrays, size = segment.arrays, segment.numbers["size"]
    return RowOrder(arrays.get("starts"), arrays["stored"], size) if size else None


def order_by(values: npt.NDArray[Any]) -> RowOrder | None:
    """Order rows by values, those of one value as they are stored; None where they stand so.

    >>> order_by(np.array([3, 3, 4, 1, 3])).at(slice(None)).tolist()
    [3, 0, 1, 4, 2]
    """
    first = np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1])[: len(values)]
    lengths = np.diff(np.append(first, len(values)))
    order = np.argsort(values[first], kind="stable")
    if (order[1:] > order[:-1]).all():
        return None
    if len(first) * _FEWEST_IN_RUN > len(values):
        return RowOrder(None, np.argsort(values, kind="stable").astype(np.uint32), len(values))
    starts = np.cumsum(lengths[order]) - lengths[order]
    return RowOrder(starts.astype(np.uint32), first[order].astype(np.uint32), len(values))

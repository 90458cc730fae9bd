"""Cuboids over bridges: where a member gathers rows that other members gather too.

A fact of March belongs to the year to date of March, of April, and of every month after; a coupon's redemption belongs
to every product of the coupon. Rows are not copied for each member, though: they are first grouped to *atoms* (the
stretches between the borders of all windows; the keys of a bridged link), and only the groups are copied, a run at a
time, so that memory is bounded however many copies there are. Sums add up over atoms; distinct counts keep the keys of
each atom, so that no key counts twice under a member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.grouping import Combination, split
from cube_server.backends.embedded.levels import Codes, Mask
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.backends.embedded.windows import Intervals
from cube_server.budget import Budget
from cube_server.errors import LimitError
from cube_server.model.dimensions import LevelRef

_Indices = npt.NDArray[np.int64]

_BYTES_A_COPY = 48
"""What a copy takes on the way: its row, its place, its cell and its group, and the room to sort them."""

_RUN = 1 << 21
"""How many copies are made at a time."""

_SMALL_GRID = 1 << 22
"""Places of a grid that are always cheap enough to lay out."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Members of some levels that a bridge leads to, each told by a leaf position."""

    refs: tuple[LevelRef, ...]
    leaves: Codes


@dataclass(frozen=True, slots=True, eq=False)
class Bridge:
    """From atoms to the members that gather them.

    Attributes:
        combination: The atoms, as a combination to group rows by; its code is -1 where no member gathers a leaf.
        starts: Where the members of each atom begin in `members`; one more than there are atoms.
        members: The members, atom by atom, each once an atom; of several targets the numbers combined.
        targets: What the members are of.
    """

    combination: Combination
    starts: _Indices
    members: _Indices
    targets: tuple[Target, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many members each target has."""
        return tuple(len(target.leaves) for target in self.targets)


def copies(starts: _Indices, items: _Indices, budget: Budget) -> tuple[_Indices, _Indices]:
    """Copy each row once for every entry of its item's list.

    Args:
        starts: Where the list of each item begins; one more than there are items.
        items: The item of each row.
        budget: Its memory limit holds for the copies.

    Returns:
        For each copy the row that it is of, in order, and the place of its entry.

    Raises:
        LimitError: There would be too many copies.
    """
    counts = starts[items + 1] - starts[items]
    budget.check_memory(int(counts.sum()) * _BYTES_A_COPY)
    rows = np.repeat(np.arange(len(items)), counts)
    begins = np.cumsum(counts) - counts
    return rows, np.arange(len(rows)) + np.repeat(starts[items] - begins, counts)


def atoms_of(intervals: Intervals) -> tuple[_Indices, _Indices, _Indices]:
    """Cut leaves into atoms.

    Returns:
        The atom of each leaf (-1 outside all intervals), and `starts` and `members` of a Bridge.
    """
    gathers = intervals.last >= intervals.first
    first, last = intervals.first[gathers], intervals.last[gathers]
    borders = np.unique(np.concatenate([first, last + 1]))
    atoms = np.searchsorted(borders, np.arange(intervals.size), "right") - 1
    lows, highs = np.searchsorted(borders, first), np.searchsorted(borders, last, "right") - 1
    counts = highs - lows + 1
    members = np.repeat(np.flatnonzero(gathers), counts)
    offsets = np.repeat(lows - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    pairs = offsets + np.arange(len(members))
    order = np.argsort(pairs, kind="stable")
    starts = np.searchsorted(pairs[order], np.arange(len(borders) + 1))
    covered = starts[1:] > starts[:-1]
    inside = (atoms >= 0) & (atoms < len(borders))
    inside[inside] = covered[atoms[inside]]
    return np.where(inside, atoms, -1), starts, members[order]


def distinct_pairs(groups: kernels.Groups, keys: Keys) -> tuple[_Indices, Codes]:
    """List the different keys of each group, ordered by key: group and key of each."""
    present = keys.codes >= 0
    width = int(groups.max(initial=0)) + 1
    pairs = kernels.distinct_values(keys.codes[present].astype(np.int64) * width + groups[present])
    codes, groups_of = np.divmod(pairs, width)
    return groups_of, codes.astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """Some copies of first groups.

    Attributes:
        items: Which item each copy is of, ascending.
        groups: The last group that each copy belongs to.
    """

    items: _Indices
    groups: _Indices


class Copied:
    """Groups of rows copied to the members that gather their atoms, and grouped again.

    Args:
        codes: For each combination, then for each bridge, the code of each first group (an atom, for a bridge).
        bridges: The bridges.
        sizes: The sizes of the combinations before the bridges.
        budget: Its limits hold for the copies and for the last groups.

    Attributes:
        size: How many last groups there are.
        parts: For each combination, then for each target of each bridge, the code of each last group.

    Raises:
        LimitError: There are too many last groups, or too many copies of one first group.
    """

    def __init__(
        self, codes: tuple[kernels.Groups, ...], bridges: tuple[Bridge, ...], sizes: tuple[int, ...], budget: Budget
    ) -> None:
        self._bridges, self._budget = bridges, budget
        self._base = np.zeros(len(codes[0]), np.int64)
        for code, size in zip(codes, sizes, strict=False):
            self._base = self._base * size + code
        self._atoms = tuple(atoms.astype(np.int64) for atoms in codes[len(sizes) :])
        self._counts = np.ones(len(self._base), np.int64)
        for bridge, atoms in zip(bridges, self._atoms, strict=True):
            self._counts *= np.diff(bridge.starts)[atoms]
        all_sizes = (*sizes, *(size for bridge in bridges for size in bridge.sizes))
        self._cells = self._occurring(prod(all_sizes))
        self.size = len(self._cells)
        self.parts = split(self._cells, all_sizes)

    def combine(
        self,
        kernel: kernels.Kernel,
        numbers: Numbers,
        merge: Callable[[kernels.Values, kernels.Values], kernels.Values],
    ) -> kernels.Values:
        """Aggregate numbers of the first groups, run by run.

        Args:
            kernel: Aggregates a run.
            numbers: A number for each first group.
            merge: Puts two runs' aggregates together.
        """
        found: kernels.Values | None = None
        for run in self._runs(np.arange(len(self._base))):
            values = kernel(run.groups, self.size, numbers.at(run.items))
            found = values if found is None else merge(found, values)
        return kernel(np.zeros(0, np.int64), self.size, numbers.at(slice(0, 0))) if found is None else found

    def distinct(self, groups: kernels.Groups, used: kernels.Groups, keys: Keys) -> kernels.Counts:
        """Count the different keys of each last group, given the first group and the key of each row."""
        found, codes = distinct_pairs(groups, keys)
        items = np.searchsorted(used, found)
        counts = np.zeros(self.size, np.int64)
        # Runs end where keys end, so that no key is met in two of them.
        ends = np.append(np.flatnonzero(np.diff(codes)) + 1, len(codes))
        for run in self._runs(items, ends):
            first, last = codes[run.items[0]], codes[run.items[-1]]
            own = Keys(codes[run.items] - first, int(last - first) + 1)
            counts += kernels.distinct(run.groups, self.size, own)
        return counts

    def spread(self, firsts: _Indices) -> tuple[_Indices, _Indices]:
        """Copy rows of the first groups, all at once: give each copy's row, in order, and its last group."""
        rows, cells = self._copy(firsts)
        return rows, self._numbers(cells)

    def of_groups(self, counted: Mask) -> kernels.Counts:
        """Count how many of the marked first groups each last group has copies of."""
        if self._of_groups is not None and counted.all():
            return self._of_groups
        return self.counted(counted.astype(np.int64))

    def counted(self, present: kernels.Counts) -> kernels.Counts:
        """Add counts of the first groups up."""
        sums = self.combine(kernels.total, Numbers(present.astype(np.float64), 0, None), np.add)
        return np.rint(sums).astype(np.int64)

    def _runs(self, items: _Indices, ends: _Indices | None = None) -> Iterator[_Run]:
        """Copy first groups, in order, some at a time; a run ends only at `ends`, where they are given."""
        for start, stop in pairwise(self._borders(items, ends)):
            found, cells = self._copy(items[start:stop])
            yield _Run(found + start, self._numbers(cells))

    def _borders(self, items: _Indices, ends: _Indices | None) -> list[int]:
        total = np.cumsum(self._counts[items])
        if not len(total) or not total[-1]:
            return []
        wanted = np.searchsorted(total, np.arange(_RUN, int(total[-1]) + _RUN, _RUN))
        borders = np.minimum(wanted, len(items))
        borders[-1] = len(items)
        if ends is not None:
            borders = ends[np.minimum(np.searchsorted(ends, borders), len(ends) - 1)]
        return [0, *np.unique(borders[borders > 0]).tolist()]

    def _copy(self, items: _Indices) -> tuple[_Indices, _Indices]:
        """Give for each copy the item it is of, and its cell in the grid of all members."""
        self._budget.check_memory(int(self._counts[items].sum()) * _BYTES_A_COPY)
        sources, cells = np.arange(len(items)), self._base[items]
        for bridge, atoms in zip(self._bridges, self._atoms, strict=True):
            rows, places = copies(bridge.starts, atoms[items[sources]], self._budget)
            sources, cells = sources[rows], cells[rows] * prod(bridge.sizes) + bridge.members[places]
        return sources, cells

    def _occurring(self, grid: int) -> _Indices:
        """List the cells that have copies, ascending."""
        if grid > np.iinfo(np.int64).max:
            raise LimitError("The levels cross in more than 2^63 ways.", hint="Ask for fewer or coarser levels.")
        items = np.arange(len(self._base))
        borders = self._borders(items, None)
        self._places: npt.NDArray[np.int32] | None = None
        self._of_groups: kernels.Counts | None = None
        if grid <= max(_SMALL_GRID, 2 * int(self._counts.sum())):
            self._budget.check_memory(grid * 24)
            counts = np.zeros(grid, np.int64)
            for start, stop in pairwise(borders):
                counts += kernels.count(self._copy(items[start:stop])[1], grid)
            found = np.flatnonzero(counts)
            self._budget.check_rows(len(found))
            self._places = np.cumsum(counts > 0, dtype=np.int32) - 1
            self._of_groups = counts[found]
            return found
        found = np.zeros(0, np.int64)
        for start, stop in pairwise(borders):
            cells = np.concatenate([found, self._copy(items[start:stop])[1]])
            found = kernels.distinct_values(cells).astype(np.int64, copy=False)
            self._budget.check_rows(len(found))
        return found

    def _numbers(self, cells: _Indices) -> _Indices:
        """Number cells by what occurs."""
        if self._places is not None:
            return self._places.take(cells, mode="clip").astype(np.int64)
        return np.searchsorted(self._cells, cells)

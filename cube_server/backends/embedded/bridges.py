"""Cuboids over bridges: where a member gathers rows that other members gather too.

A fact of March belongs to the year to date of March, of April, and of every month after. Rows are not copied for each
member, though: they are first grouped to *atoms*, the stretches between the borders of all windows, and only the groups
are copied. Sums add up over atoms; distinct counts keep the keys of each atom, so that no key counts twice in a window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.grouping import Combination, join, split
from cube_server.backends.embedded.levels import Codes
from cube_server.backends.embedded.rows import Keys
from cube_server.backends.embedded.windows import Intervals
from cube_server.budget import Budget

_Indices = npt.NDArray[np.int64]

_BYTES_A_COPY = 48
"""What a copy takes on the way: its row, its place, its cell and its group, and the room to sort them."""


@dataclass(frozen=True, slots=True, eq=False)
class Bridge:
    """From atoms to the members that gather them.

    Attributes:
        combination: The atoms, as a combination to group rows by; its code is -1 where no member gathers a leaf.
        starts: Where the members of each atom begin in `members`; one more than there are atoms.
        members: The members, atom by atom.
        leaves: A leaf position of each member.
    """

    combination: Combination
    starts: _Indices
    members: _Indices
    leaves: Codes

    @property
    def size(self) -> int:
        """How many members there are."""
        return len(self.leaves)


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
    """List the different keys of each group: group and key of each."""
    present = keys.codes >= 0
    pairs = np.unique(groups[present].astype(np.int64) * max(keys.size, 1) + keys.codes[present])
    groups_of, codes = np.divmod(pairs, max(keys.size, 1))
    return groups_of, codes.astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Copied:
    """Groups of rows copied to members, and grouped again.

    Attributes:
        sources: The first group that each copy is of, ascending.
        groups: The last group that each copy belongs to.
        size: How many last groups there are.
        parts: For each combination, then for each bridge, the code of each last group.
        budget: Its memory limit holds for copies of keys.
    """

    sources: _Indices
    groups: _Indices
    size: int
    parts: tuple[kernels.Groups, ...]
    budget: Budget

    def distinct(self, groups: kernels.Groups, used: kernels.Groups, keys: Keys) -> kernels.Counts:
        """Count the different keys of each last group, given the first group and the key of each row."""
        found, codes = distinct_pairs(groups, keys)
        rows, last = self.spread(np.searchsorted(used, found), len(used))
        return kernels.distinct(last, self.size, Keys(codes[rows], keys.size))

    def spread(self, firsts: _Indices, count: int) -> tuple[_Indices, _Indices]:
        """Copy rows of the first groups, of which there are `count`: give each copy's row and last group."""
        starts = np.searchsorted(self.sources, np.arange(count + 1))
        rows, places = copies(starts, firsts, self.budget)
        return rows, self.groups[places]


def copy_groups(
    codes: tuple[kernels.Groups, ...], bridges: tuple[Bridge, ...], sizes: tuple[int, ...], budget: Budget
) -> Copied:
    """Copy groups to the members that gather their atoms.

    Args:
        codes: For each combination, then for each bridge, the code of each first group (an atom, for a bridge).
        bridges: The bridges.
        sizes: The sizes of the combinations before the bridges.
        budget: Its memory limit holds for the copies.
    """
    sources = np.arange(len(codes[0]))
    gathered: list[_Indices] = []
    for bridge, atoms in zip(bridges, codes[len(sizes) :], strict=True):
        rows, places = copies(bridge.starts, atoms.astype(np.int64)[sources], budget)
        sources, gathered = sources[rows], [*(members[rows] for members in gathered), bridge.members[places]]
    parts = [*(code[sources] for code in codes[: len(sizes)]), *gathered]
    all_sizes = (*sizes, *(bridge.size for bridge in bridges))
    occurring, groups = np.unique(join(parts, all_sizes, len(sources)), return_inverse=True)
    return Copied(sources, groups, len(occurring), split(occurring, all_sizes), budget)

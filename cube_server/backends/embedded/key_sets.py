"""Sets of keys, one a row, as bits: what distinct counts are of, so that they can be put together exactly.

The counts of two groups do not tell that of both together, since the same key may be in either; the sets do. A cuboid
that keeps them beside its counts answers coarser ones without the facts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.threads import over_rows

_WORD = 64
"""How many keys a word of bits tells of."""


@dataclass(frozen=True, slots=True, eq=False)
class KeySets:
    """A set of keys for each row.

    Attributes:
        bits: A row of words for each set; key k is the bit k of its row, and the order within a word means nothing.
    """

    bits: npt.NDArray[np.uint64]

    def at(self, places: slice | npt.NDArray[np.intp]) -> KeySets:
        """Give the sets of some rows."""
        return KeySets(self.bits[places])

    def counts(self) -> npt.NDArray[np.int64]:
        """Count the keys of each set."""
        counts: npt.NDArray[np.int64] = np.bitwise_count(self.bits).sum(axis=1, dtype=np.int64)
        return counts

    def united(self, groups: npt.NDArray[np.integer], size: int) -> KeySets:
        """Unite the sets of each group.

        Args:
            groups: The group of each row.
            size: How many groups there are; one without rows has no keys.
        """
        found = np.zeros((size, self.bits.shape[1]), np.uint64)
        order = np.argsort(groups, kind="stable")
        ordered = groups[order]
        is_first = np.ones(len(ordered), np.bool_)
        is_first[1:] = ordered[1:] != ordered[:-1]
        starts = np.flatnonzero(is_first)
        if len(starts):
            found[ordered[starts]] = np.bitwise_or.reduceat(self.bits[order], starts, axis=0)
        return KeySets(found)


def width_of(keys: int) -> int:
    """Give the flags that a set of so many possible keys is laid out with: whole words."""
    return max(1, -(-keys // _WORD)) * _WORD


def packed(flags: npt.NDArray[np.bool_], size: int) -> KeySets:
    """Make sets of flags, `width_of(keys)` of them for each of `size` rows."""
    bits = np.empty(len(flags) // 8, np.uint8)

    def pack(run: slice) -> None:
        bits[run] = np.packbits(flags[run.start * 8 : run.stop * 8])

    over_rows(len(bits), pack)
    return KeySets(bits.view(np.uint64).reshape(size, len(flags) // (_WORD * size) if size else 1))

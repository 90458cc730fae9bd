"""Bridged links to members as they were then: a key leads to other versions of its members on each day.

So facts go by their key *and* their day, an *occasion*, where else they go by the key alone. There are as many
occasions as there are different pairs of the two among the facts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cube_server.backends.embedded.levels import Codes, Days, DimensionIndex
from cube_server.backends.embedded.spreads import Spread, spread_of


@dataclass(frozen=True, slots=True, eq=False)
class Occasions:
    """Keys on days.

    Attributes:
        positions: The occasion of each fact.
        keys: The key of each occasion.
        days: The day of each occasion; NaT for none.
    """

    positions: Codes
    keys: Codes
    days: Days


def occasions(keys: Codes, days: Days) -> Occasions:
    """Number the pairs of key and day that facts have."""
    known, number = np.unique(days, return_inverse=True)
    pairs, positions = np.unique(keys.astype(np.int64) * len(known) + number, return_inverse=True)
    places, of_day = np.divmod(pairs, max(len(known), 1))
    return Occasions(positions.astype(np.int32), places.astype(np.int32), known[of_day])


def on_occasions(spread: Spread, found: Occasions, index: DimensionIndex) -> Spread:
    """Spread occasions: each to the members of its key, as they were on its day."""
    starts = np.searchsorted(spread.keys, np.arange(spread.size + 1))
    counts = starts[found.keys + 1] - starts[found.keys]
    rows = np.repeat(np.arange(len(found.keys)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    leaves = index.leaves_at(spread.leaves[starts[found.keys[rows]] + within], found.days[rows])
    return spread_of(rows, leaves, len(found.keys), index.leaves)


def on_days(spread: Spread, days: Days, index: DimensionIndex) -> Spread:
    """Keep of a spread of days the members that are as they were on the day, no older and no newer ones.

    Args:
        spread: From days to members.
        days: The day that each key is; NaT for none.
        index: The members.
    """
    same = index.leaves_at(spread.leaves, days[spread.keys]) == spread.leaves
    return spread_of(spread.keys[same], spread.leaves[same], spread.size, index.leaves)

"""Bridged links: which members of a dimension each key of a fact spreads to.

A coupon applies to many products, a basket holds many products, a day lies in many campaigns. A fact has one key, and a
`Spread` lists the leaves of each key once: they stay apart from the facts, so that no fact is ever copied before it is
grouped, and none counts twice under a member.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.backends.embedded.kernels import distinct_values
from cube_server.backends.embedded.levels import Codes, DimensionIndex, Mask
from cube_server.model.dimensions import ThroughDates, ThroughTable
from cube_server.warehouse.manifest import link_column
from cube_server.warehouse.snapshot import StoredTable

_Days = npt.NDArray[np.datetime64]
_Places = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Pairs of a fact's key and a leaf that it leads to, each once, ordered by key.

    Attributes:
        keys: The key of each pair: a code, the last one for null.
        leaves: The leaf position of each pair.
        size: How many keys there are.
    """

    keys: Codes
    leaves: Codes
    size: int

    def any(self, mask: Mask) -> Mask:
        """Mark the keys that lead to any marked leaf."""
        found = np.zeros(self.size, np.bool_)
        found[self.keys[mask[self.leaves]]] = True
        return found

    def within(self, mask: Mask) -> Spread:
        """Give the pairs whose leaf is marked; keys may be left without any."""
        kept = mask[self.leaves]
        return self if kept.all() else Spread(self.keys[kept], self.leaves[kept], self.size)


def spread_of(keys: _Places, leaves: _Places, size: int, null: int) -> Spread:
    """Make a spread of pairs that may repeat.

    Args:
        keys: The key of each pair.
        leaves: Its leaf position.
        size: How many keys there are; those without any pair lead to the null member.
        null: The null member's leaf position.
    """
    lacking = np.ones(size, np.bool_)
    lacking[keys] = False
    others = np.flatnonzero(lacking)
    keys = np.concatenate([keys, others])
    leaves = np.concatenate([leaves, np.full(len(others), null)])
    width = int(leaves.max(initial=0)) + 1
    found, reached = np.divmod(distinct_values(keys.astype(np.int64) * width + leaves), width)
    return Spread(found.astype(np.int32), reached.astype(np.int32), size)


def through_table(
    natural: pl.Series, table: StoredTable, through: ThroughTable, index: DimensionIndex, carrier: DimensionIndex | None
) -> Spread:
    """Spread by a bridge table.

    Args:
        natural: What the fact's column holds for each code.
        table: The bridge table, its target column stored as surrogate keys.
        through: Names its columns.
        index: The dimension.
        carrier: The dimension that the fact's column links to, if it is a link too. The bridge table may be some
            cube's facts, which then hold its surrogate keys as well.
    """
    stored = link_column(through.target.name, index.dimension.name)
    linked = link_column(through.source.name, carrier.dimension.name) if carrier else ""
    if carrier and linked in table.columns:
        pairs = table.read([linked, stored]).drop_nulls(linked)
        codes = carrier.position_of[pairs[linked].to_numpy()]
    else:
        rows = table.read([through.source.name, stored]).rename({through.source.name: "key"})
        known = pl.DataFrame({"key": natural}).with_row_index("code").drop_nulls("key")
        pairs = rows.join(known, on="key", how="inner")
        codes = pairs["code"].cast(pl.Int32).to_numpy()
    leaves = index.position_of[pairs[stored].fill_null(-1).to_numpy()]
    return spread_of(codes, leaves, len(natural) + 1, index.leaves)


def through_facts(keys: Codes, leaves: Codes, size: int, null: int) -> Spread:
    """Spread by the facts themselves: a key leads to the leaves of all facts that have it; null leads to none."""
    known = keys < size - 1
    return spread_of(keys[known], leaves[known], size, null)


def through_dates(through: ThroughDates, time: DimensionIndex, index: DimensionIndex) -> Spread:
    """Spread by dates: a day leads to the members between whose dates it lies."""
    days = _dates(time, through.day.key.name)
    order = np.argsort(days, kind="stable")
    order = order[: int((~np.isnat(days)).sum())]
    first, last = _dates(index, through.first.name), _dates(index, through.last.name)
    length = last - first + 1
    members = np.flatnonzero(~np.isnat(length) & (length > 0))
    begins, ends = (edge[members] + through.shift * length[members] for edge in (first, last))
    lows, highs = np.searchsorted(days[order], begins, "left"), np.searchsorted(days[order], ends, "right")
    counts = highs - lows
    offsets = np.repeat(lows - (np.cumsum(counts) - counts), counts)
    places = order[offsets + np.arange(int(counts.sum()))]
    return spread_of(places, np.repeat(members, counts), time.leaves + 1, index.leaves)


def _dates(index: DimensionIndex, column: str) -> _Days:
    days: _Days = index.column(column).to_numpy().astype("datetime64[D]")
    return days

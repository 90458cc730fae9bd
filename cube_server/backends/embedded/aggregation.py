"""Aggregating grouped rows, aggregate by aggregate, with what null means: the sum of nothing is null, never zero."""

from __future__ import annotations

import numpy as np

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.bridges import Copied
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.model.elements import AggregateKind

_KERNELS = {
    AggregateKind.SUM: kernels.total,
    AggregateKind.AVG: kernels.total,
    AggregateKind.MIN: kernels.smallest,
    AggregateKind.MAX: kernels.largest,
}


class Grouped:
    """Rows in groups, ready to aggregate.

    Args:
        groups: The group number of each row.
        size: How many group numbers there are.
    """

    def __init__(self, groups: kernels.Groups, size: int) -> None:
        self.groups, self.size = groups, size
        self.counts = kernels.count(groups, size)
        self.used = np.flatnonzero(self.counts)

    def aggregate(self, kind: AggregateKind, operand: Keys | Numbers | None, copied: Copied | None) -> Numbers:
        """Compute one aggregate of every used group, or of the groups that those are copied to.

        Args:
            kind: How to aggregate.
            operand: The keys to count, or the numbers to aggregate; None to count rows.
            copied: Where the used groups are copied to; None if nowhere.
        """
        if isinstance(operand, Keys):
            return Numbers(self._distinct(operand, copied), 0, None)
        if operand is None:
            return Numbers(_spread_sum(self.counts[self.used], copied), 0, None)
        return self._numeric(kind, operand, copied)

    def _distinct(self, keys: Keys, copied: Copied | None) -> kernels.Counts:
        if copied is None:
            return kernels.distinct(self.groups, self.size, keys)[self.used]
        return copied.distinct(self.groups, self.used, keys)

    def _numeric(self, kind: AggregateKind, numbers: Numbers, copied: Copied | None) -> Numbers:
        whole = numbers.valid is None
        filled = self.counts if whole else kernels.count_valid(self.groups, self.size, numbers)
        if kind is AggregateKind.COUNT:
            return Numbers(_spread_sum(filled[self.used], copied), 0, None)
        filled, values = filled[self.used], _KERNELS[kind](self.groups, self.size, numbers)[self.used]
        if copied is not None:
            partial = Numbers(values, numbers.scale, None if whole else filled > 0)
            values = _KERNELS[kind](copied.groups, copied.size, partial.at(copied.sources))
            filled = _spread_sum(filled, copied)
        valid = None if whole else filled > 0
        if kind is AggregateKind.AVG:
            return Numbers(values / np.maximum(filled, 1) / 10.0 ** (numbers.scale or 0), None, valid)
        return Numbers(values if valid is None else np.where(valid, values, 0), numbers.scale, valid)


def _spread_sum(counts: kernels.Counts, copied: Copied | None) -> kernels.Counts:
    if copied is None:
        return counts
    sums = np.bincount(copied.groups, weights=counts[copied.sources], minlength=copied.size)
    return np.rint(sums).astype(np.int64)

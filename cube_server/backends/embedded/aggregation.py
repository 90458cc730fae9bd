"""Aggregating grouped rows, aggregate by aggregate, with what null means: the sum of nothing is null, never zero."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.bridges import Copied
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.model.elements import AggregateKind

_Floats = npt.NDArray[np.float64]

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
        if kind in (AggregateKind.STDDEV, AggregateKind.VARIANCE):
            return self._dispersion(kind, operand, copied)
        return self._numeric(kind, operand, copied)

    def _distinct(self, keys: Keys, copied: Copied | None) -> kernels.Counts:
        if copied is None:
            return kernels.distinct(self.groups, self.size, keys)[self.used]
        return copied.distinct(self.groups, self.used, keys)

    def _dispersion(self, kind: AggregateKind, numbers: Numbers, copied: Copied | None) -> Numbers:
        """Compute the variance of a sample, or its root; null for fewer than two values."""
        counts = kernels.count_valid(self.groups, self.size, numbers)
        means = kernels.total(self.groups, self.size, numbers) / np.maximum(counts, 1)
        sums = kernels.scatter(self.groups, self.size, numbers, means)[self.used]
        counts, means = counts[self.used], means[self.used]
        if copied is not None:
            counts, sums = _merged(counts, means, sums, copied)
        enough = counts > 1
        variance = sums / np.maximum(counts - 1, 1) / 100.0 ** (numbers.scale or 0)
        values = np.sqrt(variance) if kind is AggregateKind.STDDEV else variance
        return Numbers(np.where(enough, values, 0.0), None, None if enough.all() else enough)

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


def _merged(counts: kernels.Counts, means: _Floats, sums: _Floats, copied: Copied) -> tuple[kernels.Counts, _Floats]:
    """Merge groups that are copied: their counts, and their squared deviations from the mean of all.

    Chan, Golub and LeVeque, equation 2.1: what each group is off the common mean counts once for each of its rows.
    """

    def added(weights: _Floats) -> _Floats:
        return np.bincount(copied.groups, weights=weights, minlength=copied.size).astype(np.float64, copy=False)

    counts_of, means_of = counts[copied.sources].astype(np.float64), means[copied.sources]
    merged = added(counts_of)
    common = added(counts_of * means_of) / np.maximum(merged, 1.0)
    off = means_of - common[copied.groups]
    return np.rint(merged).astype(np.int64), added(sums[copied.sources] + counts_of * off * off)


def _spread_sum(counts: kernels.Counts, copied: Copied | None) -> kernels.Counts:
    if copied is None:
        return counts
    sums = np.bincount(copied.groups, weights=counts[copied.sources], minlength=copied.size)
    return np.rint(sums).astype(np.int64)

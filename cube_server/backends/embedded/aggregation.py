"""Aggregating grouped rows, aggregate by aggregate, with what null means: the sum of nothing is null, never zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.bridges import Copied
from cube_server.backends.embedded.gathering import Layout
from cube_server.backends.embedded.key_sets import KeySets
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.model.elements import AggregateKind

_Floats = npt.NDArray[np.float64]

_KERNELS = {
    AggregateKind.SUM: kernels.total,
    AggregateKind.AVG: kernels.total,
    AggregateKind.MIN: kernels.smallest,
    AggregateKind.MAX: kernels.largest,
}

_MERGES = {
    AggregateKind.SUM: np.add,
    AggregateKind.AVG: np.add,
    AggregateKind.MIN: np.minimum,
    AggregateKind.MAX: np.maximum,
}


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Numbers that were aggregated before: what each row says of the many that it stands for.

    Attributes:
        counts: How many of them were not null.
        totals: Their sum.
        scatters: Their summed squared deviations from the row's own mean, in units of the last digit; None where only
            means are asked for.
    """

    counts: Numbers
    totals: Numbers
    scatters: Numbers | None


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

    def aggregate(
        self, kind: AggregateKind, operand: Keys | Numbers | Moments | None, copied: Copied | None
    ) -> Numbers:
        """Compute one aggregate of every used group, or of the groups that those are copied to.

        Args:
            kind: How to aggregate.
            operand: The keys to count, or the numbers to aggregate; None to count rows. Of numbers that are distinct
                counts, their sets are counted anew.
            copied: Where the used groups are copied to; None if nowhere.
        """
        if isinstance(operand, Moments):
            return self._of_moments(kind, operand, copied)
        if isinstance(operand, Keys):
            return self._distinct(operand, copied)
        if operand is None:
            return Numbers(_counted(self.counts[self.used], copied), 0, None)
        if kind is AggregateKind.DISTINCT:
            return self._united(operand, copied)
        if kind in (AggregateKind.STDDEV, AggregateKind.VARIANCE):
            return self._dispersion(kind, operand, copied)
        return self._numeric(kind, operand, copied)

    def _distinct(self, keys: Keys, copied: Copied | None) -> Numbers:
        if copied is not None:
            return Numbers(copied.distinct(self.groups, self.used, keys), 0, None)
        sets = kernels.key_sets(self.groups, self.size, keys)
        if sets is None:
            return Numbers(kernels.distinct(self.groups, self.size, keys)[self.used], 0, None)
        return _counted_sets(sets.at(self.used))

    def _united(self, counted: Numbers, copied: Copied | None) -> Numbers:
        """Count the keys of rows that are sets of keys."""
        assert counted.sets is not None
        sets = counted.sets.united(self.groups, self.size).at(self.used)
        if copied is not None:
            rows, groups = copied.spread(np.arange(len(self.used)))
            sets = sets.at(rows).united(groups, copied.size)
        return _counted_sets(sets)

    def _dispersion(self, kind: AggregateKind, numbers: Numbers, copied: Copied | None) -> Numbers:
        """Compute the variance of a sample, or its root; null for fewer than two values."""
        counts = kernels.count_valid(self.groups, self.size, numbers)
        means = kernels.total(self.groups, self.size, numbers) / np.maximum(counts, 1)
        sums = kernels.scatter(self.groups, self.size, numbers, means)[self.used]
        return _variance(kind, counts[self.used], means[self.used], sums, numbers.scale, copied)

    def _of_moments(self, kind: AggregateKind, moments: Moments, copied: Copied | None) -> Numbers:
        """Compute what follows from moments: rows are merged as groups that are copied are."""
        rows, scale = moments.counts.values.astype(np.float64), moments.totals.scale
        counts = kernels.total(self.groups, self.size, moments.counts)
        totals = kernels.total(self.groups, self.size, moments.totals)
        if kind is AggregateKind.AVG:
            return _mean(counts[self.used], totals[self.used], scale, copied)
        means = totals / np.maximum(counts, 1)
        off = moments.totals.values / np.maximum(rows, 1) - means[self.groups]
        own = moments.scatters.values if moments.scatters is not None else np.zeros(len(rows))
        sums = kernels.total(self.groups, self.size, Numbers(own + rows * off * off, None, None))
        whole = np.rint(counts).astype(np.int64)
        return _variance(kind, whole[self.used], means[self.used], sums[self.used].astype(np.float64), scale, copied)

    def _numeric(self, kind: AggregateKind, numbers: Numbers, copied: Copied | None) -> Numbers:
        whole = numbers.valid is None
        filled = self.counts if whole else kernels.count_valid(self.groups, self.size, numbers)
        if kind is AggregateKind.COUNT:
            return Numbers(_counted(filled[self.used], copied), 0, None)
        filled, values = filled[self.used], _KERNELS[kind](self.groups, self.size, numbers)[self.used]
        if copied is not None:
            partial = Numbers(values, numbers.scale, None if whole else filled > 0)
            values = copied.combine(_KERNELS[kind], partial, _MERGES[kind])
            filled = _counted(filled, copied)
        valid = None if whole else filled > 0
        if kind is AggregateKind.AVG:
            return Numbers(values / np.maximum(filled, 1) / 10.0 ** (numbers.scale or 0), None, valid)
        return Numbers(values if valid is None else np.where(valid, values, 0), numbers.scale, valid)


def _counted_sets(sets: KeySets) -> Numbers:
    return Numbers(sets.counts(), 0, None, sets)


def _mean(counts: kernels.Values, totals: kernels.Values, scale: int | None, copied: Copied | None) -> Numbers:
    """Divide sums by counts; null where there is nothing to divide by."""
    if copied is not None:
        counts, totals = (copied.combine(kernels.total, Numbers(part, 0, None), np.add) for part in (counts, totals))
    filled = counts > 0
    return Numbers(totals / np.maximum(counts, 1) / 10.0 ** (scale or 0), None, None if filled.all() else filled)


def _variance(
    kind: AggregateKind,
    counts: kernels.Counts,
    means: _Floats,
    sums: _Floats,
    scale: int | None,
    copied: Copied | None,
) -> Numbers:
    """Give the variance of groups, or its root, of their summed squared deviations."""
    if copied is not None:
        counts, sums = _merged(counts, means, sums, copied)
    enough = counts > 1
    variance = sums / np.maximum(counts - 1, 1) / 100.0 ** (scale or 0)
    values = np.sqrt(variance) if kind is AggregateKind.STDDEV else variance
    return Numbers(np.where(enough, values, 0.0), None, None if enough.all() else enough)


def _merged(counts: kernels.Counts, means: _Floats, sums: _Floats, copied: Copied) -> tuple[kernels.Counts, _Floats]:
    """Merge groups that are copied: their counts, and their squared deviations from the mean of all.

    Chan, Golub and LeVeque, equation 2.1: what each group is off the common mean counts once for each of its rows.
    """
    merged = copied.counted(counts)
    added = copied.combine(kernels.total, Numbers(counts * means, None, None), np.add)
    common = added / np.maximum(merged, 1)

    def deviations(groups: kernels.Groups, size: int, items: Numbers) -> kernels.Values:
        own = items.values.astype(np.int64)
        off = means[own] - common[groups]
        weights = sums[own] + counts[own] * off * off
        return np.bincount(groups, weights=weights, minlength=size).astype(np.float64, copy=False)

    return merged, copied.combine(deviations, Numbers(np.arange(len(counts)), 0, None), np.add).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Rows grouped to a layout, and copied over its bridges.

    Attributes:
        layout: What they are grouped by.
        grouped: The first groups.
        firsts: For each combination of the layout the code of each used first group.
        copied: Where those are copied to; None without bridges.
    """

    layout: Layout
    grouped: Grouped
    firsts: tuple[kernels.Groups, ...]
    copied: Copied | None

    @property
    def size(self) -> int:
        """How many groups there are in the end."""
        return len(self.grouped.used) if self.copied is None else self.copied.size

    @property
    def parts(self) -> tuple[kernels.Groups, ...]:
        """For each target of the layout the code of each group."""
        return self.firsts if self.copied is None else self.copied.parts

    def within(self, finer: Gathered) -> Grouped:
        """Group the groups of a finer layout to these."""
        refs = [target.refs for target in finer.layout.targets]
        own, others = np.zeros(self.size, np.int64), np.zeros(finer.size, np.int64)
        for target, part in zip(self.layout.targets, self.parts, strict=True):
            own = own * len(target.leaves) + part
            others = others * len(target.leaves) + finer.parts[refs.index(target.refs)]
        order = np.argsort(own)
        return Grouped(order[np.searchsorted(own[order], others)], self.size)


def _counted(counts: kernels.Counts, copied: Copied | None) -> kernels.Counts:
    return counts if copied is None else copied.counted(counts)

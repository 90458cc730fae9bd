"""How large rollups would be, without making them: different cells of a sample of the facts, scaled up."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.grouping import combine
from cube_server.backends.embedded.levels import Codes, DimensionIndex
from cube_server.backends.embedded.rollups.building import numbered, packed
from cube_server.model.dimensions import Dimension, LevelRef
from cube_server.model.tables import Column

_SAMPLE = 1 << 15
_SEED = 20240229


class Sizes:
    """Estimates how many cells of facts there are at a grain.

    Args:
        facts: The facts.
        dimension: Gives the index of a dimension.
    """

    def __init__(self, facts: FactRows, dimension: Callable[[Dimension], DimensionIndex]) -> None:
        self._facts, self._dimension = facts, dimension
        every = facts.size <= _SAMPLE
        self._sample = np.arange(facts.size) if every else _drawn(facts.size)
        self._codes: dict[tuple[LevelRef, ...] | Column, tuple[Codes, int]] = {}

    def rows(self, refs: Iterable[LevelRef], keys: Iterable[Column]) -> float:
        """Estimate the rows of a rollup by some levels and keys."""
        parts = [*self._of_levels(tuple(refs)), *map(self._of_key, keys)]
        if not len(self._sample):
            return 0.0
        groups, size = numbered(packed(parts, len(self._sample)))
        grid = float(np.prod([float(width) for _, width in parts]))
        return min(estimate(np.bincount(groups, minlength=size), self._facts.size), grid)

    def _of_levels(self, refs: tuple[LevelRef, ...]) -> list[tuple[Codes, int]]:
        by_link = {part.link: part.refs for part in combine(self._dimension, refs)}
        return [self._of_link(own) for own in by_link.values()]

    def _of_link(self, refs: tuple[LevelRef, ...]) -> tuple[Codes, int]:
        if refs not in self._codes:
            (part,) = combine(self._dimension, refs)
            self._codes[refs] = (part.codes[self._facts.positions(part.link)[self._sample]], part.size)
        return self._codes[refs]

    def _of_key(self, column: Column) -> tuple[Codes, int]:
        if column not in self._codes:
            keys = self._facts.keys(column)
            self._codes[column] = (keys.codes[self._sample].astype(np.int32) + 1, keys.size + 1)
        return self._codes[column]


def estimate(counts: npt.NDArray[np.int64], total: int) -> float:
    """Estimate how many different values there are from how often each occurs in a sample; rather too many.

    The larger of two: GEE (Charikar, Chaudhuri, Motwani and Narasayya, Towards Estimation Error Guarantees for Distinct
    Values, PODS 2000), for which values that occur once in the sample stand for sqrt(total / sample) others and which
    does well where few values are frequent; and the first-order jackknife (Haas, Naughton, Seshadri and Stokes,
    Sampling-Based Estimation of the Number of Distinct Values, VLDB 1995), which does where all are about as frequent.

    >>> estimate(np.array([2, 2, 2]), 24), estimate(np.array([1, 1, 1, 1]), 16)
    (3.0, 16.0)

    Args:
        counts: How often each value of the sample occurs in it.
        total: How many there are in all, of which the sample is a part.
    """
    sample = int(counts.sum())
    if not sample:
        return 0.0
    once = int((counts == 1).sum())
    gee = (total / sample) ** 0.5 * once + (len(counts) - once)
    jackknife = len(counts) / (1 - (1 - sample / total) * once / sample)
    return float(min(max(gee, jackknife), total))


def _drawn(size: int) -> npt.NDArray[np.int64]:
    return np.sort(np.random.default_rng(_SEED).integers(0, size, _SAMPLE))

"""Functional dependencies, measured: does a value of one column tell that of another, and is that no accident?"""

from __future__ import annotations

import math

import polars as pl

ENOUGH = 3.0
"""Natural logarithm of how unlikely a dependency has to be by chance: about one in twenty."""

_FEW = 50_000
"""Of so many rows, enough mostly refutes what does not hold of all."""


class Dependencies:
    """Measures dependencies between the columns of a table, each once; null is a value like others.

    Args:
        frame: The rows.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame, self._few = frame, frame.head(_FEW)
        self._shares: dict[tuple[str, str], float] = {}
        self._distinct: dict[str, int] = {}

    def distinct(self, column: str) -> int:
        """Count the different values of a column."""
        if column not in self._distinct:
            self._distinct[column] = self._frame[column].n_unique()
        return self._distinct[column]

    def share(self, fine: str, coarse: str) -> float:
        """Give the share of a column's values that come with one value only of another.

        >>> frame = pl.DataFrame({"city": ["Ulm", "Ulm", "Bonn"], "state": ["BW", "BW", "NW"]})
        >>> Dependencies(frame).share("city", "state")
        1.0
        """
        if (fine, coarse) not in self._shares:
            pairs = self._frame.select(fine, coarse).unique().group_by(fine).len()
            self._shares[fine, coarse] = float((pairs["len"] == 1).mean() or 0.0)  # type: ignore[arg-type]
        return self._shares[fine, coarse]

    def tells(self, fine: str, coarse: str) -> bool:
        """Tell whether each value of a column comes with one value of another."""
        if self.distinct(fine) < self.distinct(coarse):
            return False
        few = self._few.select(fine, coarse).unique()
        return few.height == few[fine].n_unique() and self.share(fine, coarse) == 1.0

    def tells_together(self, fine: list[str], coarse: str) -> bool:
        """Tell whether the values of several columns together come with one value of another."""
        pairs = self._frame.select(*fine, coarse).unique()
        return pairs.height == pairs.select(fine).n_unique()

    def evidence(self, fine: str, coarse: str) -> float:
        """Tell how unlikely it is that the values of one column agree within those of the other by chance.

        Each row beyond the first of a fine value agrees with the first by chance with the probability that two rows
        have the same coarse value, the sum of its squared shares.

        Returns:
            Minus the natural logarithm of that probability for all such rows.
        """
        rows = self._frame.height
        shares = self._frame[coarse].value_counts(name="\0n")["\0n"] / rows
        alike = float((shares * shares).sum())
        return (rows - self.distinct(fine)) * -math.log(alike) if 0 < alike < 1 else 0.0

    def follows(self, fine: str, coarse: str) -> bool:
        """Tell whether one column tells another, and that is no accident."""
        return self.tells(fine, coarse) and self.evidence(fine, coarse) >= ENOUGH

    def is_same(self, one: str, other: str) -> bool:
        """Tell whether two columns are two names of the same: each tells the other."""
        same = self.distinct(one) == self.distinct(other) and self.tells(one, other)
        return same and (self.distinct(one) > 2 or self.evidence(one, other) >= ENOUGH)

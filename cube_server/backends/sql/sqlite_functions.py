"""What SQLite lacks and can be given: the variance of a sample."""

from __future__ import annotations

import math
import sqlite3


class _Variance:
    """Welford's algorithm (Note on a Method for Calculating Corrected Sums of Squares and Products, 1962)."""

    def __init__(self) -> None:
        self.count, self.mean, self.squares = 0, 0.0, 0.0

    def step(self, value: float | None, /) -> None:
        """Take one more value; null is none."""
        if value is not None:
            self.count += 1
            off = value - self.mean
            self.mean += off / self.count
            self.squares += off * (value - self.mean)

    def finalize(self) -> float | None:
        """Give the variance, null for fewer than two values."""
        return self.squares / (self.count - 1) if self.count > 1 else None


class _Deviation(_Variance):
    """The root of the variance."""

    def finalize(self) -> float | None:
        """Give the standard deviation, null for fewer than two values."""
        variance = super().finalize()
        return None if variance is None else math.sqrt(variance)


def add_functions(connection: sqlite3.Connection, record: object) -> None:
    """Add the functions to a new connection."""
    del record
    # What typeshed asks for is an aggregate of whole numbers.
    connection.create_aggregate("var_samp", 1, _Variance)  # type: ignore[arg-type]
    connection.create_aggregate("stddev_samp", 1, _Deviation)  # type: ignore[arg-type]

"""Keys that occur more than once, found in bounded memory however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from .origins import TypedTable
from .spool import Spool

ROWS_AT_ONCE = 1 << 22
"""About how many rows are compared at a time."""

NUMBER, FIRST = "\0number", "\0first"
_HASH = "\0hash"


class Repeats:
    """Takes a table's keys run by run, and tells in the end which rows repeat the key of one before.

    The runs are kept ordered by a hash of the key, so that equal keys can be looked for in one range of hashes after
    the other.

    Args:
        key: The columns of the key.
        folder: Where keys go when they are many.
    """

    def __init__(self, key: Sequence[str], folder: Path) -> None:
        self.key = list(key)
        self._last: TypedTable | None = None
        self._runs = Spool(folder)
        self._sizes: list[int] = []

    def add(self, run: TypedTable) -> None:
        """Take the keys of a run; a key with a null in it repeats none."""
        keys = run.frame.select(self.key).with_columns(run.numbers.alias(NUMBER)).drop_nulls()
        self._runs.add(keys.with_columns(pl.struct(self.key).hash().alias(_HASH)).sort(_HASH))
        self._sizes.append(keys.height)
        self._last = run

    def found(self) -> Iterator[pl.DataFrame]:
        """Give the rows that repeat a key, some at a time: the key, their number, and that of the key's first row."""
        ranges = max(1, sum(self._sizes) // ROWS_AT_ONCE)
        begins = [0] * len(self._sizes)
        for number in range(1, ranges + 1):
            ends = self._sizes if number == ranges else self._ends(2**64 * number // ranges)
            slices = zip(self._runs, begins, ends, strict=True)
            taken = [run.slice(begin, end - begin) for run, begin, end in slices]
            begins = ends
            if taken:
                yield self._repeated(pl.concat(taken))

    def place(self, number: int) -> str:
        """Name the place of a row."""
        assert self._last is not None
        return self._last.places.name(number, self._last.table)

    def clear(self) -> None:
        """Forget all keys."""
        self._runs.clear()

    def _ends(self, bound: int) -> list[int]:
        return [int(run[_HASH].search_sorted(bound)) for run in self._runs]

    def _repeated(self, keys: pl.DataFrame) -> pl.DataFrame:
        alike = keys.filter(pl.col(_HASH).is_duplicated()).drop(_HASH).sort(NUMBER)
        first = alike.with_columns(pl.col(NUMBER).first().over(self.key).alias(FIRST))
        # Not by their numbers: a row that a join repeats has the number of its first.
        return first.filter(~pl.struct(self.key).is_first_distinct())

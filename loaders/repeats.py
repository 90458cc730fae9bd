"""Rows that repeat others in some columns, found in bounded memory however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from .origins import TypedTable
from .spool import Spool

ROWS_AT_ONCE = 1 << 22
"""About how many rows are compared at a time."""

NUMBER, POSITION, KEPT = "\0number", "\0position", "\0kept"
_HASH = "\0hash"


class Repeats:
    """Takes a table's rows run by run, and tells in the end which of them repeat the key of another. Nulls are alike.

    The keys of a run are kept ordered by a hash, so that equal keys can be looked for in one range of hashes after the
    other.

    Args:
        key: The columns of the key.
        folder: Where keys go when they are many.
        by: What orders rows of one key, before the order in which they come.
        keeps_last: Whether the last of them is the one that the others repeat, else the first.
    """

    def __init__(self, key: Sequence[str], folder: Path, *, by: Sequence[str] = (), keeps_last: bool = False) -> None:
        self.key, self._by, self._keeps_last = list(key), list(by), keeps_last
        self._runs = Spool(folder)
        self._sizes: list[int] = []

    def add(self, run: TypedTable) -> None:
        """Take the keys of a run."""
        columns = dict.fromkeys([*self.key, *self._by])
        first, rows = sum(self._sizes), run.frame.height
        positions = pl.int_range(first, first + rows, eager=True)
        keys = run.frame.select(*columns).with_columns(run.numbers.alias(NUMBER), positions.alias(POSITION))
        self._runs.add(keys.with_columns(pl.struct(self.key).hash().alias(_HASH)).sort(_HASH))
        self._sizes.append(rows)

    def found(self) -> Iterator[pl.DataFrame]:
        """Give the rows that repeat another, some at a time.

        Returns:
            Their key; `NUMBER`, that of the row in its source, and `POSITION`, how many were taken before it; and
            `KEPT`, the number of the row that it repeats.
        """
        ranges = max(1, sum(self._sizes) // ROWS_AT_ONCE)
        begins = [0] * len(self._sizes)
        for number in range(1, ranges + 1):
            ends = self._sizes if number == ranges else self._ends(2**64 * number // ranges)
            slices = zip(self._runs, begins, ends, strict=True)
            taken = [run.slice(begin, end - begin) for run, begin, end in slices]
            begins = ends
            if taken:
                yield self._repeated(pl.concat(taken))

    def clear(self) -> None:
        """Forget all keys."""
        self._runs.clear()

    def _ends(self, bound: int) -> list[int]:
        return [int(run[_HASH].search_sorted(bound)) for run in self._runs]

    def _repeated(self, keys: pl.DataFrame) -> pl.DataFrame:
        alike = keys.filter(pl.col(_HASH).is_duplicated()).drop(_HASH).sort([*self._by, POSITION])
        which = "last" if self._keeps_last else "first"
        kept = alike.with_columns(
            getattr(pl.col(NUMBER), which)().over(self.key).alias(KEPT),
            (pl.col(POSITION) == getattr(pl.col(POSITION), which)().over(self.key)).alias(_HASH),
        )
        return kept.filter(~pl.col(_HASH)).drop(_HASH).sort(POSITION)

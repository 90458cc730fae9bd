"""Runs of a table's rows, set aside for those who read them again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from .origins import TypedTable
from .spool import Spool

_NUMBER = "\0number"


class Shelf:
    """Runs of one table, to be read any number of times.

    Args:
        folder: Where rows go once they are many.
    """

    def __init__(self, folder: Path) -> None:
        self._spool = Spool(folder)
        self._last: TypedTable | None = None

    def add(self, run: TypedTable) -> None:
        """Put a run behind the others."""
        self._last = replace(run, frame=run.frame.clear(), numbers=run.numbers.clear())
        frame = run.frame.with_columns(run.numbers.alias(_NUMBER))
        # Whole numbers go as narrow as they are: a third of the bytes of most tables.
        self._spool.add(frame.with_columns(series.shrink_dtype() for series in frame if series.dtype == pl.Int64))

    def runs(self, columns: Collection[str] | None = None) -> Iterator[TypedTable]:
        """Go through the runs, with all columns or some: no others are read."""
        for frame in self._spool:
            assert self._last is not None
            types = {
                name: type_ for name, type_ in self._last.frame.schema.items() if columns is None or name in columns
            }
            rows = frame.select(*types).cast(pl.Schema(types))
            yield replace(self._last, frame=rows, numbers=frame[_NUMBER].cast(pl.Int64))

    def clear(self) -> None:
        """Forget all runs."""
        self._spool.clear()

    def without(self, positions: pl.Series) -> Iterator[TypedTable]:
        """Give the runs but for some rows, each by how many are before it on the shelf; and forget them."""
        first = 0
        for run in self.runs():
            at = pl.int_range(first, first + run.frame.height, eager=True)
            left = ~at.is_in(positions.implode())
            yield replace(run, frame=run.frame.filter(left), numbers=run.numbers.filter(left))
            first += run.frame.height
        self.clear()

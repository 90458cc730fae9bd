"""The answer to a query: two axes of tuples, and the values where they cross."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import Cube, Measure
from cube_server.result.coverage import Coverage
from cube_server.result.dictionary import Dictionary

OVER = pl.Enum(["all", "shown", "others"])
"""What a tuple gathers: all of its members in the cut, those of them that are shown, or those that are left out."""

_OVERHEAD = 2_000
"""About the bytes of the objects around an axis' data."""

Range = tuple[float | None, float | None]
"""The least and the greatest of some values; null where there are none."""

PLACE = ".place"
"""The column of a cell's number where cells are laid out; no measure can have this name."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AxisTuples:
    """The tuples of one axis, in order.

    Attributes:
        refs: The axis' levels, outermost first.
        dictionaries: The members of each.
        tuples: One row a tuple, one Int32 column a level (named by `ref.name`) with the member's code in its
            dictionary, null where the level is rolled up to All. An axis without levels has one tuple.
        total: How many tuples there are in all, of which these may be a page.
        over: What each tuple gathers over its rolled-up levels, as OVER. The first of these levels of a tuple of
            others is the one that they are the others of.
        with_others: The levels that tuples of others were asked of.
        with_shown: Whether totals over the shown were asked for.
        coverage: For each level of time how far facts reach into its members; else None.
        leaves: For each level of a ragged hierarchy, by member code, whether no member below it is shown (Boolean);
            else None.
    """

    refs: tuple[LevelRef, ...]
    dictionaries: tuple[Dictionary, ...]
    tuples: pl.DataFrame
    total: int
    over: pl.Series
    with_others: tuple[LevelRef, ...] = ()
    with_shown: bool = False
    coverage: tuple[Coverage | None, ...] = ()
    leaves: tuple[pl.Series | None, ...] = ()

    def __len__(self) -> int:
        """Count the tuples given."""
        return self.tuples.height if self.refs else 1

    @property
    def bytes(self) -> int:
        """About the memory that it takes, without the dictionaries, which are shared."""
        return int(self.tuples.estimated_size() + self.over.estimated_size()) + _OVERHEAD

    def depths(self) -> pl.Series:
        """Give each tuple's depth: how many of its levels are not rolled up (UInt32); the others count as a member."""
        if not self.refs:
            return pl.Series("depth", [0], dtype=pl.UInt32)
        shown = [pl.col(ref.name).is_not_null().cast(pl.UInt32) for ref in self.refs]
        others = (self.over == "others").cast(pl.UInt32)
        return self.tuples.select(pl.sum_horizontal(*shown, others).alias("depth"))["depth"]

    def incomplete(self) -> Iterator[tuple[LevelRef, Coverage]]:
        """Go through the levels of which some member given here is not covered by facts to its end."""
        for ref, coverage in zip(self.refs, self.coverage, strict=True):
            if coverage is None or not coverage.incomplete.any():
                continue
            if coverage.incomplete.gather(self.tuples[ref.name].drop_nulls()).any():
                yield ref, coverage

    def is_others(self, ref: LevelRef) -> pl.Series:
        """Tell for each tuple whether the others stand at a level (Boolean)."""
        if ref not in self.with_others:
            return pl.Series(np.zeros(len(self.over), np.bool_))
        return (self.over == "others") & (self.depths() == self.refs.index(ref) + 1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CellSet:
    """The answer to a query.

    Attributes:
        cube: The cube asked.
        measures: The measures shown, in the order asked.
        rows: The row axis; its `total` counts the tuples of all pages.
        columns: The column axis.
        cells: The cells with facts, one row each: `row` and `column` (UInt32, places on the axes), and one column a
            measure (Int64 or Float64, null where empty), sorted by row, then column.
        nonempty: Whether tuples without facts were left out.
        snapshot: The snapshot answered from.
        source: What answered: `scan` for the facts, the names of rollups, `cache` for an answer that was kept.
        notes: What to tell of the answer, in sentences: dimensions that the facts of a measure lack.
        ranges: Of each measure the least and greatest value at the finest tuples of all pages; empty unless asked for.
    """

    cube: Cube
    measures: tuple[Measure, ...]
    rows: AxisTuples
    columns: AxisTuples
    cells: pl.DataFrame
    nonempty: bool
    snapshot: str
    source: str
    notes: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()

    @property
    def is_page(self) -> bool:
        """Whether there are more row tuples than are given here."""
        return len(self.rows) < self.rows.total

    @property
    def bytes(self) -> int:
        """About the memory that it takes, without what it shares with others."""
        return int(self.cells.estimated_size()) + self.rows.bytes + self.columns.bytes

    def matrix(self, measure: str) -> list[list[int | float | None]]:
        """Lay one measure out as rows of columns, None where a cell is empty.

        Args:
            measure: The name of a shown measure.

        Returns:
            A list a row tuple, with an item a column tuple.
        """
        return self.matrix_rows(measure, 0, len(self.rows))

    def matrix_rows(self, measure: str, start: int, stop: int) -> list[list[int | float | None]]:
        """Lay some rows of one measure out: those from `start` to before `stop`; see `matrix`."""
        width, height = len(self.columns), stop - start
        rows = self.cells["row"].to_numpy()
        first, last = np.searchsorted(rows, np.array((start, stop), np.uint32)).tolist()
        found: list[int | float | None] = self.cells[measure][first:last].to_list()
        if len(found) < width * height:
            places = (rows[first:last].astype(np.int64) - start) * width + self.cells["column"][first:last].to_numpy()
            found = _scattered(found, places.tolist(), width * height)
        return [found[row * width : (row + 1) * width] for row in range(height)]


def _scattered(values: list[int | float | None], places: list[int], size: int) -> list[int | float | None]:
    """Put values to their places among empty cells."""
    found: list[int | float | None] = [None] * size
    for place, value in zip(places, values, strict=True):
        found[place] = value
    return found

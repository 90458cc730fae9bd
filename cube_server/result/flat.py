"""A cell set as a flat table: one row a cell, keys first, measures last."""

from __future__ import annotations

import polars as pl

from cube_server.budget import Budget
from cube_server.model.dimensions import LevelRef
from cube_server.result.cellset import AxisTuples, CellSet

OTHERS = "(others)"
"""The caption of what is left out at a level."""


class Flat:
    """The flat table of a cell set, made a run of rows at a time: a long one need never be in memory as a whole.

    For each axis, rows before columns, it has the key of every level from the top of its hierarchy
    (`product.department`, typed; null also where the level is rolled up) with its caption behind it where the model
    names a caption column (`time.week.caption`); then for each hierarchy its depth (`product.depth`, 0 = All) and,
    where the dimension has unknown members, whether the member is one (`product.unknown`); then the measures.
    A subtotal is told by its depth alone. Where others were asked for, `product.others` tells them, their key being
    null and their caption OTHERS; where totals over the shown were, `rows.shown` or `columns.shown` tells those.
    Where an axis names calculated members, `time.calculated` has their names. Rows come in the order of the axes.

    Args:
        cells: The cell set.
        budget: Its limit of rows holds for the table.

    Raises:
        LimitError: The table would have too many rows.
    """

    def __init__(self, cells: CellSet, budget: Budget) -> None:
        is_told = cells.nonempty and (cells.rows.refs or cells.columns.refs)
        self._places = cells.cells if is_told else _every_place(cells, budget)
        budget.check_rows(self._places.height)
        self._axes = (_Labels(cells.rows, "rows"), _Labels(cells.columns, "columns"))
        self._measures = [measure.name for measure in cells.measures]

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self._places.height

    def slice(self, offset: int, length: int) -> pl.DataFrame:
        """Make `length` rows from `offset` on, or as many as there are."""
        places = self._places.slice(offset, length)
        by_axis = list(zip(self._axes, (places["row"], places["column"]), strict=True))
        parts = [*(labels.keys(own) for labels, own in by_axis), *(labels.marks(own) for labels, own in by_axis)]
        return pl.concat([*(part for part in parts if part.width), places.select(self._measures)], how="horizontal")


def flatten(cells: CellSet, budget: Budget) -> pl.DataFrame:
    """Make the whole flat table of a cell set; see `Flat`, which also tells what is raised."""
    flat = Flat(cells, budget)
    return flat.slice(0, flat.height)


def _every_place(cells: CellSet, budget: Budget) -> pl.DataFrame:
    budget.check_rows(len(cells.rows) * len(cells.columns))
    rows = pl.select(row=pl.int_range(len(cells.rows), dtype=pl.UInt32))
    columns = pl.select(column=pl.int_range(len(cells.columns), dtype=pl.UInt32))
    grid = rows.join(columns, how="cross", maintain_order="left_right")
    return grid.join(cells.cells, on=["row", "column"], how="left", maintain_order="left")


class _Labels:
    """The columns that tell which tuple of an axis a flat row belongs to."""

    def __init__(self, axis: AxisTuples, name: str) -> None:
        self._axis, self._name = axis, name

    def keys(self, places: pl.Series) -> pl.DataFrame:
        found: dict[str, pl.Series] = {}
        for ref, dictionary in zip(self._axis.refs, self._axis.dictionaries, strict=True):
            codes = self._axis.tuples[ref.name][places]
            for column, above in zip(dictionary.key_columns, ref.lineage(), strict=True):
                if above.name not in found:
                    found[above.name] = dictionary.frame[column].gather(codes)
            if ref.level.caption is not None:
                captions = dictionary.frame["caption"].gather(codes)
                found[f"{ref.name}.caption"] = captions.set(self._others(ref, places), OTHERS)
        return pl.DataFrame(found)

    def marks(self, places: pl.Series) -> pl.DataFrame:
        found: dict[str, pl.Series] = {}
        for ref, dictionary in zip(self._axis.refs, self._axis.dictionaries, strict=True):
            codes = self._axis.tuples[ref.name][places]
            others = self._others(ref, places)
            shown = codes.is_not_null() | others
            depth = pl.select(pl.when(shown).then(len(ref.levels)).otherwise(0).cast(pl.UInt8)).to_series()
            if dictionary.depths is not None:
                depth = dictionary.depths.gather(codes).fill_null(0)
            name = f"{ref.hierarchy_name}.depth"
            found[name] = pl.select(pl.max_horizontal(depth, found.get(name, depth))).to_series()
            if dictionary.has_unknown:
                self._mark(found, f"{ref.hierarchy_name}.unknown", dictionary.frame["unknown"].gather(codes))
            if any(dictionary.calculated):
                found[f"{ref.hierarchy_name}.calculated"] = dictionary.names().gather(codes)
            if ref in self._axis.with_others:
                self._mark(found, f"{ref.hierarchy_name}.others", others)
        if self._axis.with_shown:
            found[f"{self._name}.shown"] = (self._axis.over == "shown")[places]
        return pl.DataFrame(found)

    def _others(self, ref: LevelRef, places: pl.Series) -> pl.Series:
        return self._axis.is_others(ref)[places]

    @staticmethod
    def _mark(found: dict[str, pl.Series], name: str, marked: pl.Series) -> None:
        given = marked.fill_null(value=False)
        found[name] = given | found[name] if name in found else given

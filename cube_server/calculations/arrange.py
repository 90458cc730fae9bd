"""From relations to the cell set, in the order of meaning.

Cells, coordinate formulas, non-empty, axis order, functions along axes, having and top, totals, page. What a later step
leaves out, an earlier one has seen: a denominator never depends on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import polars as pl

from cube_server.budget import Budget
from cube_server.calculations.axes import chosen, names, occurring, ordered, prefixes, visible, with_totals
from cube_server.calculations.axis_functions import COLUMN_PLACE, ROW_PLACE, along_axes
from cube_server.calculations.blocks import Cells, Formulas
from cube_server.calculations.context import Context
from cube_server.model.elements import LevelRef
from cube_server.plan.nodes import QueryPlan
from cube_server.query.spec import Axis
from cube_server.result.cellset import AxisTuples, CellSet
from cube_server.result.dictionary import Dictionary

Frames = Mapping[tuple[int, int], Cells]
"""The aggregates of each block, by row and column depth."""


class Arrangement:
    """One query's cells on the way to the answer.

    Args:
        plan: The plan.
        frames: Its blocks.
        all_tuples: All row and column tuples, where those without facts are shown too.
        context: Looks up members, places and derived attributes.
        budget: Its limit of cells holds for the whole answer.
    """

    def __init__(
        self,
        plan: QueryPlan,
        frames: Frames,
        all_tuples: tuple[pl.DataFrame | None, pl.DataFrame | None],
        context: Context,
        budget: Budget,
    ) -> None:
        self._dictionary = context.members.dictionary
        self._plan, self._spec, self._frames, self._budget = plan, plan.spec, frames, budget
        self._formulas = Formulas(dict(plan.formulas), context)
        self._all_tuples = all_tuples
        self._blocks: dict[tuple[int, int], pl.DataFrame] = {}
        self._fills_empty = self._formulas.fill_empty(next(iter(frames.values())))

    def cell_set(self, snapshot: str) -> CellSet:
        """Build the answer.

        Args:
            snapshot: The snapshot that the relations are of.

        Raises:
            LimitError: It would have too many cells.
        """
        spec = self._spec
        rows, columns = (self._shown(axis) for axis in (spec.rows, spec.columns))
        page = rows.slice(spec.offset, spec.limit) if spec.rows.levels else rows
        self._budget.check_cells(_count(spec.rows, page) * _count(spec.columns, columns) * len(spec.measures))
        return CellSet(
            cube=spec.cube,
            measures=spec.measures,
            rows=_axis(spec.rows, page, _count(spec.rows, rows), self._dictionary),
            columns=_axis(spec.columns, columns, _count(spec.columns, columns), self._dictionary),
            cells=self._cells(page, columns),
            nonempty=spec.nonempty,
            snapshot=snapshot,
            source="scan",
            notes=(*self._plan.notes, *self._notes()),
        )

    def _notes(self) -> Iterator[str]:
        """Say where facts stand above the lowest level shown."""
        for axis, tuples in zip((self._spec.rows, self._spec.columns), self._finest, strict=True):
            if axis.levels and visible(tuples, axis, axis.depth, self._hidden).height < tuples.height:
                names = ", ".join(ref.name for ref in axis.refs if self._hidden(ref) is not None)
                yield f"Some members have none below them at {names}: there they count in the totals alone."

    def relation(self) -> pl.DataFrame:
        """Give the finest row tuples with all measures: what a derived attribute is made of."""
        depth = self._spec.rows.depth
        tuples = visible(self._finest[0], self._spec.rows, depth, self._hidden)
        return tuples.join(self._block(depth, 0), on=names(self._spec.rows, depth), how="left")

    @cached_property
    def _finest(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The finest row and column tuples, in member order."""
        spec = self._spec
        cells = self._frames[spec.rows.depth, spec.columns.depth]
        found = [
            occurring(cells.frame, axis, self._plan.deciding) if given is None else given
            for axis, given in zip((spec.rows, spec.columns), self._all_tuples, strict=True)
        ]
        return found[0], found[1]

    @cached_property
    def _ordered(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The finest tuples in the order asked."""
        rows, columns = self._finest
        spec = self._spec
        return (
            ordered(rows, spec.rows, lambda depth: self._scalar(depth, 0), self._standings)
            if spec.rows.levels
            else rows,
            ordered(columns, spec.columns, lambda depth: self._scalar(0, depth), self._standings)
            if spec.columns.levels
            else columns,
        )

    def _standings(self, ref: LevelRef) -> pl.Series:
        dictionary = self._dictionary(ref)
        key, unknown = pl.col(dictionary.key_columns[-1]), pl.col("unknown")
        standing = pl.when(key.is_not_null()).then(0).when(unknown).then(1).otherwise(2)
        return dictionary.frame.select(standing.alias("standing"))["standing"]

    def _shown(self, axis: Axis) -> pl.DataFrame:
        """The tuples of an axis to show, totals included."""
        if not axis.levels:
            return pl.DataFrame()
        of_rows = axis is self._spec.rows
        tuples = self._ordered[0 if of_rows else 1]
        measured = (lambda depth: self._block(depth, 0)) if of_rows else (lambda depth: self._block(0, depth))
        return with_totals(chosen(tuples, axis, measured, self._hidden), axis, self._hidden)

    def _hidden(self, ref: LevelRef) -> pl.Series | None:
        return self._dictionary(ref).hidden

    def _scalar(self, row_depth: int, column_depth: int) -> pl.DataFrame:
        """A block with the measures that are functions of their own coordinate."""
        cells = self._frames[row_depth, column_depth]
        tuples = self._grid(row_depth, column_depth) if self._fills_empty else None
        return self._formulas.calculate(cells.frame if tuples is None else cells.at(tuples))

    def _grid(self, row_depth: int, column_depth: int) -> pl.DataFrame | None:
        """Cross the tuples of both axes, since a formula may have a value where there are no facts."""
        spec = self._spec
        rows = prefixes(self._finest[0], spec.rows, row_depth) if row_depth else None
        columns = prefixes(self._finest[1], spec.columns, column_depth) if column_depth else None
        if rows is None or columns is None:
            return columns if rows is None else rows
        self._budget.check_cells(rows.height * columns.height)
        return rows.join(columns, how="cross")

    def _block(self, row_depth: int, column_depth: int) -> pl.DataFrame:
        """A block with all measures."""
        depths = (row_depth, column_depth)
        if depths not in self._blocks:
            frame = self._scalar(*depths)
            if self._formulas.along_axis:
                placed = self._placed(frame, *depths)
                frame = along_axes(placed, self._formulas.along_axis, self._spec, depths)
                frame = frame.drop(ROW_PLACE, COLUMN_PLACE)
            self._blocks[depths] = frame
        return self._blocks[depths]

    def _placed(self, frame: pl.DataFrame, row_depth: int, column_depth: int) -> pl.DataFrame:
        """Keep the tuples that stand on the axes, with their places."""
        axes = ((self._spec.rows, row_depth, ROW_PLACE), (self._spec.columns, column_depth, COLUMN_PLACE))
        for (axis, depth, place), tuples in zip(axes, self._ordered, strict=True):
            if depth == 0:
                frame = frame.with_columns(pl.lit(0, pl.UInt32).alias(place))
            else:
                places = visible(prefixes(tuples, axis, depth), axis, depth, self._hidden).with_row_index(place)
                frame = frame.join(places, on=names(axis, depth), how="inner")
        return frame

    def _cells(self, rows: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
        """Place the cells of every shown block on the axes."""
        spec = self._spec
        shown = [measure.name for measure in spec.measures]
        found = []
        for row_depth in spec.rows.shown_depths:
            for column_depth in spec.columns.shown_depths:
                cells = self._block(row_depth, column_depth)
                cells = _on_axis(cells, spec.rows, rows, row_depth, "row")
                cells = _on_axis(cells, spec.columns, columns, column_depth, "column")
                found.append(cells.select("row", "column", *shown))
        return pl.concat(found, how="vertical_relaxed").sort("row", "column")


def _count(axis: Axis, tuples: pl.DataFrame) -> int:
    return tuples.height if axis.levels else 1


def _axis(axis: Axis, tuples: pl.DataFrame, total: int, dictionary: Callable[[LevelRef], Dictionary]) -> AxisTuples:
    return AxisTuples(
        refs=axis.refs,
        dictionaries=tuple(dictionary(ref) for ref in axis.refs),
        tuples=tuples,
        total=total,
    )


def _on_axis(cells: pl.DataFrame, axis: Axis, tuples: pl.DataFrame, depth: int, alias: str) -> pl.DataFrame:
    """Keep the cells of shown tuples, with their place on the axis."""
    if not axis.levels:
        return cells.with_columns(pl.lit(0, pl.UInt32).alias(alias))
    columns = [ref.name for ref in axis.refs]
    shown = [pl.col(name).is_not_null() for name in columns[:depth]]
    rolled_up = [pl.col(name).is_null() for name in columns[depth:]]
    places = tuples.with_row_index(alias).filter(pl.all_horizontal(*shown, *rolled_up)).select(alias, *columns[:depth])
    return cells.join(places, on=columns[:depth]) if depth else cells.join(places, how="cross")

"""From relations to the cell set, in the order of meaning: cells, non-empty, having, order, totals, page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from cube_server.budget import Budget
from cube_server.calculations.axes import arranged, frames_by_depth, occurring
from cube_server.model.elements import LevelRef
from cube_server.plan.build import base_measures
from cube_server.query.spec import Axis, QuerySpec
from cube_server.result.cellset import AxisTuples, CellSet
from cube_server.result.dictionary import Dictionary

Frames = Mapping[tuple[int, int], pl.DataFrame]
"""The relation of each pair of row and column depths, with all measures."""


def arrange(
    spec: QuerySpec,
    frames: Frames,
    all_tuples: tuple[pl.DataFrame | None, pl.DataFrame | None],
    dictionary: Callable[[LevelRef], Dictionary],
    snapshot: str,
    budget: Budget,
) -> CellSet:
    """Build the cell set of a query.

    Args:
        spec: The question.
        frames: The relations of its plan.
        all_tuples: All row and column tuples, where those without facts are shown too.
        dictionary: Gives the members of a level.
        snapshot: The snapshot the relations are of.
        budget: Its limit of cells holds for the whole answer.

    Returns:
        The cell set.

    Raises:
        LimitError: It would have too many cells.
    """
    finest = frames[spec.rows.depth, spec.columns.depth]
    base = tuple(measure.name for measure in base_measures(spec.cube, spec.measures))
    axes = []
    for axis, given, of_rows in ((spec.rows, all_tuples[0], True), (spec.columns, all_tuples[1], False)):
        tuples = occurring(finest, axis, base) if given is None else given
        axes.append(arranged(tuples, axis, frames_by_depth(frames, of_rows=of_rows)))
    rows, columns = axes
    total = rows.height if spec.rows.levels else 1
    page = rows.slice(spec.offset, spec.limit) if spec.rows.levels else rows
    width = columns.height if spec.columns.levels else 1
    budget.check_cells((page.height if spec.rows.levels else 1) * width * len(spec.measures))
    return CellSet(
        cube=spec.cube,
        measures=spec.measures,
        rows=_axis(spec.rows, page, total, dictionary),
        columns=_axis(spec.columns, columns, width, dictionary),
        cells=_cells(spec, frames, page, columns),
        nonempty=spec.nonempty,
        snapshot=snapshot,
        source="scan",
    )


def _axis(axis: Axis, tuples: pl.DataFrame, total: int, dictionary: Callable[[LevelRef], Dictionary]) -> AxisTuples:
    return AxisTuples(
        refs=axis.refs,
        dictionaries=tuple(dictionary(ref) for ref in axis.refs),
        tuples=tuples,
        total=total,
    )


def _cells(spec: QuerySpec, frames: Frames, rows: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
    """Place the cells of every block on the axes."""
    found = [
        _placed(
            frames[row_depth, column_depth],
            (spec.rows, rows, row_depth),
            (spec.columns, columns, column_depth),
        )
        for row_depth in spec.rows.shown_depths
        for column_depth in spec.columns.shown_depths
    ]
    names = [measure.name for measure in spec.measures]
    return pl.concat([cells.select("row", "column", *names) for cells in found]).sort("row", "column")


def _placed(
    cells: pl.DataFrame, rows: tuple[Axis, pl.DataFrame, int], columns: tuple[Axis, pl.DataFrame, int]
) -> pl.DataFrame:
    for alias, (axis, tuples, depth) in (("row", rows), ("column", columns)):
        names = [ref.name for ref in axis.refs[:depth]]
        if not axis.levels:
            cells = cells.with_columns(pl.lit(0, pl.UInt32).alias(alias))
            continue
        places = tuples.with_row_index(alias).filter(_is_of_depth(axis, depth))
        cells = (
            cells.join(places.select(alias, *names), on=names)
            if names
            else cells.join(places.select(alias), how="cross")
        )
    return cells


def _is_of_depth(axis: Axis, depth: int) -> pl.Expr:
    names = [ref.name for ref in axis.refs]
    shown = [pl.col(name).is_not_null() for name in names[:depth]]
    rolled_up = [pl.col(name).is_null() for name in names[depth:]]
    return pl.all_horizontal(*shown, *rolled_up)

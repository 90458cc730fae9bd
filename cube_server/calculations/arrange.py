"""From relations to the cell set, in the order of meaning.

Cells, coordinate formulas, non-empty, axis order, functions along axes, having and top, totals, page. What a later step
leaves out, an earlier one has seen: a denominator never depends on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import product

import polars as pl

from cube_server.budget import Budget
from cube_server.calculations.axes import TIER, chosen, names, occurring, ordered, prefixes, visible, with_totals
from cube_server.calculations.axis_functions import COLUMN_PLACE, ROW_PLACE, along_axes
from cube_server.calculations.blocks import Cells, Formulas
from cube_server.calculations.context import Context
from cube_server.calculations.named import named_members
from cube_server.calculations.ragged import below_hidden, leaves
from cube_server.model.coordinates import AxisName
from cube_server.model.dimensions import LevelRef
from cube_server.plan.nodes import QueryPlan
from cube_server.query.spec import Axis, Over, Tier, whole
from cube_server.result.cellset import OVER, AxisTuples, CellSet, Range
from cube_server.result.dictionary import Dictionary

Tiers = tuple[Tier, Tier]
"""The kinds of a block's row and column tuples."""

Frames = Mapping[Tiers, Cells]
"""The aggregates of each block."""

AxisFrames = Mapping[AxisName, pl.DataFrame]
"""The finest tuples of each axis."""


class Arrangement:
    """One query's cells on the way to the answer.

    Args:
        plan: The plan.
        frames: Its blocks over all in the cut.
        later: Gives the other blocks, once it is known which tuples are shown.
        all_tuples: All row and column tuples, where those without facts are shown too.
        context: Looks up members, places and derived attributes.
        budget: Its limit of cells holds for the whole answer.
    """

    def __init__(
        self,
        plan: QueryPlan,
        frames: Frames,
        later: Callable[[AxisFrames], Frames],
        all_tuples: tuple[pl.DataFrame | None, pl.DataFrame | None],
        context: Context,
        budget: Budget,
    ) -> None:
        self._members = context.members
        self._plan, self._spec, self._first, self._later, self._budget = plan, plan.spec, frames, later, budget
        self._formulas = {(block.rows, block.columns): Formulas(block, context) for block in plan.blocks}
        self._all_tuples = all_tuples
        self._blocks: dict[Tiers, pl.DataFrame] = {}
        (finest, some_cells), *_ = frames.items()
        self._fills_empty = self._formulas[finest].fill_empty(some_cells)
        shown = [measure.name for measure in plan.spec.measures]
        self._fills_shown = self._fills_empty and self._formulas[finest].fill_empty(some_cells, shown)

    def cell_set(self, snapshot: str) -> CellSet:
        """Build the answer.

        Args:
            snapshot: The snapshot that the relations are of.

        Raises:
            LimitError: It would have too many cells.
        """
        spec = self._spec
        rows, columns = (self._shown(axis, name) for name, axis in self._axes.items())
        page = rows.slice(spec.offset, spec.limit) if spec.rows.levels else rows
        self._budget.check_cells(_count(spec.rows, page) * _count(spec.columns, columns) * len(spec.measures))
        return CellSet(
            cube=spec.cube,
            measures=spec.measures,
            rows=self._tuples(spec.rows, page, _count(spec.rows, rows)),
            columns=self._tuples(spec.columns, columns, _count(spec.columns, columns)),
            cells=self._cells(page, columns),
            nonempty=spec.nonempty,
            snapshot=snapshot,
            source=",".join(self._budget.sources) or "scan",
            notes=(*self._plan.notes, *self._notes()),
            ranges=self._ranges(rows, columns) if spec.ranges else (),
        )

    def _tuples(self, axis: Axis, tuples: pl.DataFrame, total: int) -> AxisTuples:
        overs = [tier.over for tier in axis.tiers]
        others = (tier for tier in axis.tiers if tier.over is Over.OTHERS)
        return AxisTuples(
            refs=axis.refs,
            dictionaries=tuple(self._dictionaries[ref] for ref in axis.refs),
            tuples=tuples.drop(TIER, strict=False),
            total=total,
            over=tuples[TIER].replace_strict(range(len(overs)), overs, return_dtype=OVER) if axis.levels else _ALONE,
            with_others=tuple(dict.fromkeys(axis.refs[tier.grain] for tier in others)),
            with_shown=Over.SHOWN in overs,
            coverage=tuple(
                None if level.members else self._members.coverage(self._spec.cube, level.ref) for level in axis.levels
            ),
            leaves=tuple(None if level.members else leaves(level.ref, self._members) for level in axis.levels),
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
        return tuples.join(self._block(whole(depth), whole(0)), on=names(self._spec.rows, depth), how="left")

    @cached_property
    def _dictionaries(self) -> dict[LevelRef, Dictionary]:
        """The members of each level on the axes, or those that the axis names."""
        levels = (level for axis in self._axes.values() for level in axis.levels)
        return {
            level.ref: named_members(level, self._members) if level.members else self._members.dictionary(level.ref)
            for level in levels
        }

    @property
    def _axes(self) -> dict[AxisName, Axis]:
        return {"rows": self._spec.rows, "columns": self._spec.columns}

    @cached_property
    def _frames(self) -> Frames:
        """All blocks."""
        return {**self._first, **self._later(self._chosen)}

    @cached_property
    def _finest(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The finest row and column tuples, in member order."""
        spec = self._spec
        finest = whole(spec.rows.depth), whole(spec.columns.depth)
        cells = self._formulas[finest].occurring(self._first[finest])
        found = [
            occurring(cells, axis) if given is None else given
            for axis, given in zip((spec.rows, spec.columns), self._all_tuples, strict=True)
        ]
        return self._standing(found[0], spec.rows), self._standing(found[1], spec.columns)

    def _standing(self, tuples: pl.DataFrame, axis: Axis) -> pl.DataFrame:
        """Keep what is below hidden members, where that is asked for."""
        for level in axis.levels:
            for above in level.past:
                marks = below_hidden(level.ref, above, self._members)
                tuples = tuples.filter(marks.gather(tuples[level.ref.name]))
        return tuples

    @cached_property
    def _ordered(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The finest tuples in the order asked."""
        rows, columns = self._finest
        spec = self._spec
        return (
            ordered(rows, spec.rows, lambda depth: self._scalar(whole(depth), whole(0)), self._standings)
            if spec.rows.levels
            else rows,
            ordered(columns, spec.columns, lambda depth: self._scalar(whole(0), whole(depth)), self._standings)
            if spec.columns.levels
            else columns,
        )

    def _standings(self, ref: LevelRef) -> pl.Series:
        dictionary = self._dictionaries[ref]
        key, unknown = pl.col(dictionary.key_columns[-1]), pl.col("unknown")
        standing = pl.when(key.is_not_null()).then(0).when(unknown).then(1).otherwise(2)
        return dictionary.frame.select(standing.alias("standing"))["standing"]

    @cached_property
    def _chosen(self) -> AxisFrames:
        """The finest tuples that conditions and tops leave, in order."""
        return {
            "rows": chosen(
                self._ordered[0], self._spec.rows, lambda depth: self._block(whole(depth), whole(0)), self._hidden
            ),
            "columns": chosen(
                self._ordered[1], self._spec.columns, lambda depth: self._block(whole(0), whole(depth)), self._hidden
            ),
        }

    def _shown(self, axis: Axis, name: AxisName) -> pl.DataFrame:
        """The tuples of an axis to show, with totals and others."""
        if not axis.levels:
            return pl.DataFrame()
        return with_totals(self._chosen[name], self._finest[0 if name == "rows" else 1], axis, self._hidden)

    def _hidden(self, ref: LevelRef) -> pl.Series | None:
        return self._dictionaries[ref].hidden

    def _scalar(self, rows: Tier, columns: Tier) -> pl.DataFrame:
        """A block with the measures that are functions of their own coordinate."""
        tiers = (rows, columns)
        cells = self._first[tiers] if tiers in self._first else self._frames[tiers]
        tuples = self._grid(rows.grain, columns.grain) if self._fills_empty else None
        return self._formulas[tiers].calculate(cells, tuples)

    def _grid(self, row_depth: int, column_depth: int) -> pl.DataFrame | None:
        """Cross the tuples of both axes, since a formula may have a value where there are no facts."""
        spec = self._spec
        rows = prefixes(self._finest[0], spec.rows, row_depth) if row_depth else None
        columns = prefixes(self._finest[1], spec.columns, column_depth) if column_depth else None
        if rows is None or columns is None:
            return columns if rows is None else rows
        self._budget.check_cells(rows.height * columns.height)
        return rows.join(columns, how="cross")

    def _block(self, rows: Tier, columns: Tier) -> pl.DataFrame:
        """A block with all measures."""
        tiers = (rows, columns)
        if tiers not in self._blocks:
            frame = self._scalar(*tiers)
            if along := self._formulas[tiers].along_axis:
                placed = self._placed(frame, tiers)
                frame = along_axes(placed, along, self._spec, tiers)
                frame = frame.drop(ROW_PLACE, COLUMN_PLACE)
            self._blocks[tiers] = frame
        return self._blocks[tiers]

    def _placed(self, frame: pl.DataFrame, tiers: Tiers) -> pl.DataFrame:
        """Keep the tuples that stand on the axes, with their places."""
        axes = zip(self._axes.values(), tiers, (ROW_PLACE, COLUMN_PLACE), strict=True)
        for (axis, tier, place), tuples in zip(axes, self._ordered, strict=True):
            if tier.grain == 0:
                frame = frame.with_columns(pl.lit(0, pl.UInt32).alias(place))
            else:
                found = visible(prefixes(tuples, axis, tier.grain), axis, tier.grain, self._hidden)
                frame = frame.join(found.with_row_index(place), on=names(axis, tier.grain), how="inner")
        return frame

    def _cells(self, rows: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
        """Place the cells of every shown block on the axes."""
        spec = self._spec
        shown = [measure.name for measure in spec.measures]
        found = []
        for row_tier, column_tier in product(spec.rows.tiers, spec.columns.tiers):
            cells = self._with_values(row_tier, column_tier)
            cells = _on_axis(cells, spec.rows, rows, row_tier, "row")
            cells = _on_axis(cells, spec.columns, columns, column_tier, "column")
            found.append(cells.select("row", "column", *shown))
        return pl.concat(found, how="vertical_relaxed").sort("row", "column")

    def _ranges(self, rows: pl.DataFrame, columns: pl.DataFrame) -> tuple[Range, ...]:
        """Find the least and greatest value of each measure at the finest tuples of all pages."""
        row_tier, column_tier = whole(self._spec.rows.depth), whole(self._spec.columns.depth)
        cells = _on_axis(self._with_values(row_tier, column_tier), self._spec.rows, rows, row_tier, "row")
        cells = _on_axis(cells, self._spec.columns, columns, column_tier, "column")
        return tuple(_range(cells[measure.name]) for measure in self._spec.measures)

    def _with_values(self, rows: Tier, columns: Tier) -> pl.DataFrame:
        """A block without cells that only a measure which is not shown has a value in."""
        cells = self._block(rows, columns)
        on = [ref.name for ref in (*self._spec.rows.told(rows.grain), *self._spec.columns.told(columns.grain))]
        if self._fills_empty == self._fills_shown or not on:
            return cells
        return cells.join(self._frames[rows, columns].frame, on=on, how="semi", maintain_order="left")


def _range(values: pl.Series) -> Range:
    numbers = values.cast(pl.Float64).drop_nulls()
    finite = numbers.filter(numbers.is_finite()).to_numpy()
    return (float(finite.min()), float(finite.max())) if finite.size else (None, None)


def _count(axis: Axis, tuples: pl.DataFrame) -> int:
    return tuples.height if axis.levels else 1


_ALONE = pl.Series("over", [Over.ALL], dtype=OVER)


def _on_axis(cells: pl.DataFrame, axis: Axis, tuples: pl.DataFrame, tier: Tier, alias: str) -> pl.DataFrame:
    """Keep the cells of shown tuples of a tier, with their place on the axis."""
    if not axis.levels:
        return cells.with_columns(pl.lit(0, pl.UInt32).alias(alias))
    on = names(axis, tier.grain)
    of_tier = pl.col(TIER) == axis.tiers.index(tier)
    places = tuples.with_row_index(alias).filter(of_tier).select(alias, *on)
    return cells.join(places, on=on) if on else cells.join(places, how="cross")

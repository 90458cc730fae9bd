"""Blocks of cells: the relations of a block side by side, and the formulas over them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import polars as pl

from cube_server.calculations.context import Context
from cube_server.calculations.formulas import expression
from cube_server.formulas.tree import Name
from cube_server.model.expressions import axis_calls
from cube_server.plan.nodes import Block, Cuboid, Facts, Part, PartColumn, Variant

_SOME_VALUE = 0.5772


@dataclass(frozen=True, slots=True, eq=False)
class Repeated:
    """Aggregates that do not depend on all of a block's levels: at every cell the values are those of its members.

    Attributes:
        on: The levels that they depend on.
        values: Their codes and the aggregates; one row if there are no levels.
    """

    on: tuple[str, ...]
    values: pl.DataFrame

    def beside(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put the values into every cell of a frame."""
        if not self.on:
            # A frame without columns has no rows to put them beside, yet stands for the one cell of all.
            return frame.join(_one_row(self.values), how="cross") if frame.width else _one_row(self.values)
        return frame.join(self.values, on=self.on, how="left")


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The aggregates of a block.

    Attributes:
        own: One row for every tuple that has a value at one of the coordinates that depend on all of the block's
            levels: the members' codes, then the aggregates there.
        repeated: The aggregates at other coordinates.
    """

    own: pl.DataFrame
    repeated: tuple[Repeated, ...]

    @property
    def frame(self) -> pl.DataFrame:
        """All aggregates at the tuples of `own`."""
        return self._completed(self.own)

    def at(self, tuples: pl.DataFrame) -> pl.DataFrame:
        """All aggregates at given tuples, with or without facts."""
        return self._completed(tuples.join(self.own, on=tuples.columns, how="left"))

    def nowhere(self) -> pl.DataFrame:
        """One row as of a tuple without facts, where whatever repeats has some value."""
        frame = _nulls(self.own)
        names = (name for part in self.repeated for name in part.values.columns if name not in part.on)
        return frame.with_columns(pl.lit(_SOME_VALUE).alias(name) for name in names)

    def _completed(self, frame: pl.DataFrame) -> pl.DataFrame:
        for part in self.repeated:
            frame = part.beside(frame)
        return frame


def once(relation: Callable[[Cuboid], pl.DataFrame]) -> Callable[[Cuboid], pl.DataFrame]:
    """Compute what is the same once: other coordinates often lead to a block's own, and shares to that of a total.

    Args:
        relation: Computes a cuboid.
    """
    known: list[tuple[Cuboid, pl.DataFrame]] = []

    def found(cuboid: Cuboid) -> pl.DataFrame:
        frame = next((frame for other, frame in known if other == cuboid), None)
        if frame is None:
            known.append((cuboid, frame := relation(cuboid)))
        return frame

    return found


def assemble(block: Block, relation: Callable[[Cuboid], pl.DataFrame]) -> Cells:
    """Put the relations of a block side by side.

    Args:
        block: The block.
        relation: Computes a cuboid.
    """
    first, *others = block.parts
    assert first.cuboid is not None
    keys = [level.name for level in first.cuboid.grain]
    if not first.columns:
        # Nothing of the cube's own facts is asked: the tuples are those of the other facts, if they tell all levels.
        beside = (part for part in others if _is_of_facts(part, len(keys)))
        first = next(beside, first)
        others = [part for part in others if part is not first]
    assert first.cuboid is not None
    own = _named(first, relation(first.cuboid))
    if not keys:
        own = _one_row(own)
    repeated = []
    for part in others:
        if part.cuboid is None:
            own = own.with_columns(_nothing(column) for column in part.columns)
            continue
        values = _named(part, relation(part.cuboid))
        on = tuple(level.name for level in part.cuboid.grain)
        if keys and set(on) == set(keys):
            own = own.join(values, on=on, how="full", coalesce=True)
        else:
            repeated.append(Repeated(on, values))
    return Cells(own, tuple(repeated))


def _is_of_facts(part: Part, levels: int) -> bool:
    cuboid = part.cuboid
    return cuboid is not None and isinstance(cuboid.source, Facts) and len(cuboid.grain) == levels


def _nothing(column: PartColumn) -> pl.Expr:
    return pl.lit(None, pl.Int64 if column.is_count else pl.Float64).alias(column.name)


def _named(part: Part, values: pl.DataFrame) -> pl.DataFrame:
    names = {column.aggregate: column.name for column in part.columns}
    return pl.DataFrame([column.alias(names.get(column.name, column.name)) for column in values])


def _one_row(frame: pl.DataFrame) -> pl.DataFrame:
    return frame if frame.height else _nulls(frame)


def _nulls(frame: pl.DataFrame) -> pl.DataFrame:
    """Give one row of nulls, of the same types."""
    return pl.DataFrame([pl.Series(name, [None], dtype) for name, dtype in frame.schema.items()])


class Formulas:
    """The formulas of a block over its columns.

    Args:
        block: The block.
        context: Looks up what formulas name besides aggregates.
    """

    def __init__(self, block: Block, context: Context) -> None:
        self._context = context
        self._variants = block.variants
        self._along = dict(block.along)
        self.along_axis = {name: context.prepared(formula) for name, formula in block.along}

    def calculate(self, cells: Cells, tuples: pl.DataFrame | None) -> pl.DataFrame:
        """Give all members' codes with the measures that are functions of their own coordinate alone.

        Args:
            cells: The block's aggregates.
            tuples: Where to give them; None for the tuples that have facts.
        """
        frames = [self._at(variant, cells, tuples) for variant in self._variants]
        return pl.concat(frames, how="diagonal_relaxed") if len(frames) > 1 else frames[0]

    def occurring(self, cells: Cells) -> pl.DataFrame:
        """List the cells that have facts: one of the columns that decide is not null.

        Where no measure rests on an aggregate, the cells are as they are.
        """
        frames = []
        for variant in self._variants:
            frame = cells.frame
            if variant.deciding:
                frame = frame.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in variant.deciding))
            frames.append(_at_members(variant, frame))
        return pl.concat(frames, how="diagonal_relaxed")

    def _at(self, variant: Variant, cells: Cells, tuples: pl.DataFrame | None) -> pl.DataFrame:
        if tuples is None:
            return _at_members(variant, self._calculated(variant, cells.frame))
        here = tuples.filter(pl.lit(value=True), *(pl.col(name) == code for name, code in variant.members))
        told = here.drop(name for name, _ in variant.members)
        frame = self._calculated(variant, cells.at(told) if told.width else cells.frame.head(here.height))
        return _at_members(variant, frame)

    def _calculated(self, variant: Variant, frame: pl.DataFrame) -> pl.DataFrame:
        frame = self._context.added(frame, {**dict(variant.formulas), **self._along})
        prepared = ((name, self._context.prepared(formula)) for name, formula in variant.formulas)
        return frame.with_columns(expression(tree).alias(name) for name, tree in prepared if tree != Name(name))

    def fill_empty(self, cells: Cells, measures: Collection[str] | None = None) -> bool:
        """Tell whether a measure has a value where there are no facts.

        `coalesce(sales, 0)` has one, and `(sales, product.all)` has that of all products.

        Args:
            cells: The block's aggregates.
            measures: The measures to look at; by default all.
        """
        return any(self._fills_empty(variant, cells, measures) for variant in self._variants)

    def _fills_empty(self, variant: Variant, cells: Cells, measures: Collection[str] | None) -> bool:
        asked = [(name, formula) for name, formula in variant.formulas if measures is None or name in measures]
        along = [formula for name, formula in self.along_axis.items() if measures is None or name in measures]
        if not along and all(formula == Name(name) and name in cells.own.columns for name, formula in asked):
            return False
        nothing = self._calculated(variant, cells.nowhere())
        operands = (call.operand for formula in along for call in axis_calls(formula))
        values = nothing.select(
            *(name for name, _ in asked),
            *(expression(operand).alias(f"along {number}") for number, operand in enumerate(operands)),
        )
        return any(column.null_count() == 0 for column in values)


def _at_members(variant: Variant, frame: pl.DataFrame) -> pl.DataFrame:
    """Put a variant's members into a frame of its cells; most have none, and each look through Polars costs."""
    if not variant.members:
        return frame
    return frame.with_columns(pl.lit(code, pl.Int32).alias(name) for name, code in variant.members)

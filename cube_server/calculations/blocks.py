"""Blocks of cells: the relations of a block side by side, and the formulas over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from cube_server.calculations.context import Context
from cube_server.calculations.formulas import expression
from cube_server.formulas.tree import Name, Node
from cube_server.model.expressions import axis_calls
from cube_server.plan.nodes import Block, Cuboid, Part


def assemble(block: Block, relation: Callable[[Cuboid], pl.DataFrame]) -> pl.DataFrame:
    """Put the relations of a block side by side.

    Args:
        block: The block.
        relation: Computes a cuboid.

    Returns:
        One row for every tuple that has a value at any of the block's coordinates; the members' codes, then the
        aggregates. A coordinate that does not depend on all of the block's levels repeats its values.
    """
    first, *others = block.parts
    assert first.cuboid is not None
    keys = [level.name for level in first.cuboid.grain]
    frame = _named(first, relation(first.cuboid))
    if not keys:
        frame = _one_row(frame)
    # A part at the block's full grain may bring tuples of its own; so those come first.
    for part in sorted(others, key=lambda part: part.cuboid is None or len(part.cuboid.grain) < len(keys)):
        frame = _beside(frame, keys, part, relation)
    return frame


def _beside(
    frame: pl.DataFrame, keys: list[str], part: Part, relation: Callable[[Cuboid], pl.DataFrame]
) -> pl.DataFrame:
    if part.cuboid is None:
        dtypes = {column.name: pl.Int64 if column.is_count else pl.Float64 for column in part.columns}
        return frame.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in dtypes.items())
    values = _named(part, relation(part.cuboid))
    on = [level.name for level in part.cuboid.grain]
    if not on:
        return frame.join(_one_row(values), how="cross")
    if set(on) == set(keys):
        return frame.join(values, on=on, how="full", coalesce=True)
    return frame.join(values, on=on, how="left")


def _named(part: Part, values: pl.DataFrame) -> pl.DataFrame:
    return values.rename({column.aggregate: column.name for column in part.columns})


def _one_row(frame: pl.DataFrame) -> pl.DataFrame:
    return frame if frame.height else frame.clear(1)


class Formulas:
    """The measures of a query as formulas over the columns of its blocks.

    Args:
        formulas: By measure name.
        context: Looks up what they name besides aggregates.
    """

    def __init__(self, formulas: Mapping[str, Node], context: Context) -> None:
        self._context, self._asked = context, formulas
        formulas = {name: context.prepared(formula) for name, formula in formulas.items()}
        self.scalar = {name: formula for name, formula in formulas.items() if not any(axis_calls(formula))}
        self.along_axis = {name: formula for name, formula in formulas.items() if name not in self.scalar}

    def calculate(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add the measures that are functions of their own coordinate alone."""
        frame = self._context.added(frame, self._asked)
        own = {name: formula for name, formula in self.scalar.items() if formula != Name(name)}
        return frame.with_columns(expression(formula).alias(name) for name, formula in own.items())

    def fill_empty(self, frame: pl.DataFrame) -> bool:
        """Tell whether a measure has a value where all aggregates are null, as `coalesce(sales, 0)` has."""
        nothing = self.calculate(frame.clear(1))
        return any(nothing[name].null_count() == 0 for name in self.scalar)

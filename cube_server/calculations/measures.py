"""Calculated measures: formulas over the aggregates of the same coordinate, at every grain alike."""

from __future__ import annotations

import polars as pl

from cube_server.calculations.formulas import expression
from cube_server.model.elements import CalculatedMeasure, Cube, Measure
from cube_server.plan.build import with_operands


def calculate(relation: pl.DataFrame, cube: Cube, measures: tuple[Measure, ...]) -> pl.DataFrame:
    """Add calculated measures to a relation.

    Args:
        relation: Has a column for each base measure that `measures` rest on.
        cube: Where the formulas' names are looked up.
        measures: The measures wanted.

    Returns:
        The relation with a column for each calculated measure: operands are aggregated first and combined last, so that
        a ratio is right at every level and in every total.
    """
    for measure in with_operands(cube, measures):
        if isinstance(measure, CalculatedMeasure):
            relation = relation.with_columns(expression(measure.formula).alias(measure.name))
    return relation

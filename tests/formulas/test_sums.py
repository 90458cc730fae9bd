"""Sums and differences of columns are worked out without an expression, to the same numbers."""

from __future__ import annotations

import polars as pl
import pytest

from cube_server.calculations.formulas import added_up, expression, is_sum
from cube_server.formulas.parse import parse

CELLS = pl.DataFrame({"a": [1, None, 3], "b": [10, 20, None], "f": [0.5, None, -0.25]})


@pytest.mark.parametrize("formula", ["a", "a + b", "a - b - a", "a - (b - f)", "f + a"])
def test_sums_are_those_of_the_expression(formula: str) -> None:
    tree = parse(formula)
    assert is_sum(tree)
    expected = CELLS.select(expression(tree).alias("value"))["value"]
    assert added_up(tree, CELLS).alias("value").equals(expected, check_dtypes=True, null_equal=True)


@pytest.mark.parametrize("formula", ["a * b", "a / b", "a + 1", "-a", "abs(a) + b", "a > b"])
def test_others_are_no_sums(formula: str) -> None:
    assert not is_sum(parse(formula))

"""Two answers to one question, compared before either is timed."""

from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal


class DisagreementError(AssertionError):
    """The engine and DuckDB answered differently: nothing is timed."""


def refuse_differences(question: str, ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    """Compare two flat tables by the columns of the second, in any order of rows.

    Raises:
        DisagreementError: They have other rows or other values (beyond the 1e-9 that floats may differ by).
    """
    wanted = [pl.col(name).cast(_comparable(dtype)) for name, dtype in theirs.schema.items()]
    try:
        assert_frame_equal(
            ours.select(wanted), theirs.select(wanted), check_row_order=False, rel_tol=1e-9, check_dtypes=False
        )
    except AssertionError as error:
        raise DisagreementError(f"{question}: the engine and DuckDB disagree.\n{error}") from error


def _comparable(dtype: pl.DataType) -> pl.DataType:
    """Choose the type in which both sides can be compared: DuckDB sums to decimals and 128-bit integers."""
    if dtype.is_integer():
        return pl.Int64()
    return pl.Float64() if dtype.is_decimal() else dtype

"""Accumulating into groups, against plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.backends.embedded.segments.packing import EXACT_IN_FLOAT, PackedNumbers, pack_integers
from cube_server.types import DataType

SIZE = 7
BIG = 2**60

Row = tuple[int, int | None]


def rows(values: st.SearchStrategy[int]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.tuples(st.integers(0, SIZE - 1), st.none() | values), max_size=40)


SMALL_ROWS = rows(st.integers(-(10**6), 10**6))
# Floats cannot hold these: 2**53 is the last integer before gaps.
BIG_ROWS = rows(st.integers(-BIG, BIG).filter(lambda value: value % 2 == 1)).filter(
    lambda found: sum(abs(value or 0) for _, value in found) < 2**63
)


def encoded(found: Sequence[Row], type_: str) -> tuple[kernels.Groups, Numbers]:
    """Encode rows as a fact table's column is."""
    parsed = DataType.parse(type_)
    values = [value for _, value in found]
    scaled = [None if value is None else Decimal(value).scaleb(-parsed.scale) for value in values]
    series = (
        pl.Series(scaled, dtype=pl.Decimal(18, parsed.scale)) if parsed.scale else pl.Series(values, dtype=pl.Int64)
    )
    valid = series.is_not_null().to_numpy() if series.null_count() else None
    magnitude = sum(abs(value) for value in values if value is not None)
    groups = np.array([group for group, _ in found], np.int32)
    whole = pack_integers(series.to_physical().cast(pl.Int64).fill_null(0).to_numpy(), valid)
    codes, upper = whole.planes
    packed = PackedNumbers(codes, whole.offset, parsed.scale, valid, is_exact=magnitude < EXACT_IN_FLOAT, upper=upper)
    return groups, packed.at(slice(None))


def by_group(found: Sequence[Row]) -> list[list[int]]:
    return [[value for at, value in found if at == group and value is not None] for group in range(SIZE)]


@settings(deadline=None)
@given(SMALL_ROWS)
def test_counts_are_of_rows_and_of_valid_rows(found: list[Row]) -> None:
    groups, numbers = encoded(found, "int")
    assert kernels.count(groups, SIZE).tolist() == [sum(at == g for at, _ in found) for g in range(SIZE)]
    assert kernels.count_valid(groups, SIZE, numbers).tolist() == [len(values) for values in by_group(found)]


@settings(deadline=None)
@given(SMALL_ROWS | BIG_ROWS)
def test_sums_of_integers_are_exact_however_large(found: list[Row]) -> None:
    groups, numbers = encoded(found, "int")
    totals = kernels.total(groups, SIZE, numbers).tolist()
    assert [int(total) for total in totals] == [sum(values) for values in by_group(found)]


def test_integers_are_added_as_floats_only_where_those_are_exact() -> None:
    groups, small = encoded([(0, 2**53 - 1)], "int")
    assert small.values.dtype == np.float64
    groups, large = encoded([(0, 2**53), (0, 1), (0, -(2**53))], "int")
    assert large.values.dtype == np.int64
    assert kernels.total(groups, 1, large).tolist() == [1]


@settings(deadline=None)
@given(SMALL_ROWS)
def test_sums_of_decimals_are_exact_integers_of_the_last_digit(found: list[Row]) -> None:
    groups, numbers = encoded(found, "decimal(2)")
    assert kernels.total(groups, SIZE, numbers).tolist() == [sum(values) for values in by_group(found)]
    assert numbers.scale == 2


@settings(deadline=None)
@given(SMALL_ROWS | BIG_ROWS)
def test_extremes_are_those_of_python(found: list[Row]) -> None:
    groups, numbers = encoded(found, "int")
    least, greatest = kernels.smallest(groups, SIZE, numbers), kernels.largest(groups, SIZE, numbers)
    for group, values in enumerate(by_group(found)):
        if values:
            assert (int(least[group]), int(greatest[group])) == (min(values), max(values))


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, SIZE - 1), st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda x: round(x, 6)))
    )
)
def test_sums_of_floats_are_near_the_true_ones(found: list[tuple[int, float]]) -> None:
    groups = np.array([group for group, _ in found], np.int32)
    numbers = Numbers(np.array([value for _, value in found], np.float64), None, None)
    totals = kernels.total(groups, SIZE, numbers)
    for group in range(SIZE):
        true = sum((Fraction(value) for at, value in found if at == group), Fraction(0))
        assert totals[group] == pytest.approx(float(true), rel=1e-9, abs=1e-4)


@settings(deadline=None)
@given(
    found=st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(-1, 20)), max_size=60),
    # Both ways to count: flags for every pair, and sorted pairs where the flags would take too much.
    keys=st.sampled_from([21, 1 << 25]),
)
def test_distinct_keys_are_those_of_a_set_and_null_is_none(found: list[tuple[int, int]], keys: int) -> None:
    groups = np.array([group for group, _ in found], np.int32)
    codes = np.array([code for _, code in found], np.int32)
    counts = kernels.distinct(groups, SIZE, Keys(codes, keys))
    assert counts.tolist() == [len({c for g, c in found if g == group and c >= 0}) for group in range(SIZE)]


def test_distinct_pairs_are_numbered_beyond_32_bits() -> None:
    size, keys = 1 << 20, 1 << 20
    groups = np.array([size - 1, size - 1, 0, size - 1], np.int32)
    codes = np.array([keys - 1, keys - 1, keys - 1, 0], np.int32)
    counts = kernels.distinct(groups, size, Keys(codes, keys))
    assert (counts[0], counts[size - 1], counts.sum()) == (1, 2, 3)


_FAR = 10.0**9
_OFFSETS = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(-1000, 1000)), max_size=40)


@settings(deadline=None)
@given(_OFFSETS)
def test_squared_deviations_are_right_far_from_zero(found: list[tuple[int, int]]) -> None:
    """Values of 1,000,000,000.0 and some: squares of the values themselves would have lost the digits that differ."""
    groups = np.array([group for group, _ in found], np.int32)
    numbers = Numbers(np.array([_FAR + off / 8 for _, off in found], np.float64), None, None)
    exact = [[Fraction(off, 8) for at, off in found if at == group] for group in range(SIZE)]
    means = [sum(values, Fraction(0)) / max(len(values), 1) for values in exact]
    wanted = [float(sum((v - mean) ** 2 for v in values)) for values, mean in zip(exact, means, strict=True)]
    rough = kernels.total(groups, SIZE, numbers) / np.maximum(kernels.count(groups, SIZE), 1)
    assert kernels.scatter(groups, SIZE, numbers, rough).tolist() == pytest.approx(wanted, rel=1e-9, abs=1e-9)

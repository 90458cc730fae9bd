"""Keys are found at their places, however far apart they lie."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loaders.lookups import lookup

NUMBER = st.integers(-(2**63), 2**63 - 1) | st.integers(-50, 50)


@given(st.lists(NUMBER, unique=True), st.lists(st.none() | NUMBER))
@example([-(2**63)], [2**63 - 1, -(2**63)])
@example([2**63 - 1], [-(2**63), 2**63 - 1])
@example([-3, 4], [-4, 5, 0])
def test_numbers_are_found_where_they_stand(keys: list[int], others: list[int | None]) -> None:
    find = lookup(pl.Series(keys, dtype=pl.Int64))
    wanted = [*others, *keys, None]
    found = find(pl.Series(wanted, dtype=pl.Int64))
    assert found.dtype == pl.Int32
    assert found.to_list() == [keys.index(key) if key in keys else None for key in wanted]


@pytest.mark.parametrize(
    "keys",
    [
        ["b", "a"],
        [date(2024, 1, 2), date(2023, 12, 31)],
        [date(1, 1, 1), date(9999, 12, 31)],
        [True, False],
        [0, 10**12],
    ],
)
def test_keys_of_any_type_are_found(keys: list[object]) -> None:
    series = pl.Series(keys)
    find = lookup(series.head(1))
    assert find(pl.Series([keys[1], None, keys[0]], dtype=series.dtype)).to_list() == [None, None, 0]

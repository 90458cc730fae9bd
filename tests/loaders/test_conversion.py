"""Each type from each kind of source: what converts, and what is a mistake."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_server.types import DataType
from loaders.conversion import convert_series

MORNING = datetime(2017, 1, 31, 9, 30)

CASES: list[tuple[str, list[Any], list[Any]]] = [
    ("int", ["42", "+3", "-4", "007"], [42, 3, -4, 7]),
    ("int", [" 1", "1.0", "", "1e3", "9" * 20, "x", "٣"], [None] * 7),
    ("int", [1.0, -2.0, 2.5, float("nan"), 1e17], [1, -2, None, None, None]),
    ("int", [Decimal("7.00"), Decimal("7.50")], [7, None]),
    ("int", [True, False], [None, None]),
    ("float", ["1.5", "2e-3", "nan", "inf", "x"], [1.5, 0.002, None, None, None]),
    ("float", [1, 2**53, 2**53 + 1], [1.0, 2.0**53, None]),
    ("float", [float("inf"), float("nan"), 0.5], [None, None, 0.5]),
    ("decimal(2)", ["1.5", "1.500", ".5", "5."], [Decimal("1.5")] * 2 + [Decimal("0.5"), Decimal(5)]),
    ("decimal(2)", ["1.505", "1e3", "", ".", "-", "1,5", "1 000"], [None] * 7),
    ("decimal(2)", ["9" * 16, "9" * 17, "0" * 30 + "1"], [Decimal("9" * 16), None, Decimal(1)]),
    ("decimal(2)", [1.1, 0.1 + 0.2, -2.67, 1.234], [Decimal("1.1"), Decimal("0.3"), Decimal("-2.67"), None]),
    ("decimal(2)", [1e15, float("inf")], [None, None]),
    ("decimal(2)", [3, 10**16], [Decimal(3), None]),
    ("decimal(1)", [Decimal("1.20"), Decimal("1.25")], [Decimal("1.2"), None]),
    ("text", [7, 8], ["7", "8"]),
    ("text", [1.5], [None]),
    ("text", [time(9, 30), time(23, 59, 59, 500_000), time(1, 2, 3, 10)], ["09:30:00", "23:59:59.5", "01:02:03.00001"]),
    ("date", [time(9, 30)], [None]),
    ("bool", ["true", "FALSE", "1", "no", "maybe"], [True, False, True, False, None]),
    ("bool", [1, 0, 2], [True, False, None]),
    ("date", ["2017-01-31", "2017-01-31 00:00:00"], [date(2017, 1, 31)] * 2),
    ("date", ["2017-02-30", "2017-1-1", "31.01.2017", "2017-01-31 00:00:01"], [None] * 4),
    ("date", [datetime(2017, 1, 31), MORNING], [date(2017, 1, 31), None]),
    ("timestamp", ["2017-01-31 09:30", "2017-01-31T09:30:00.000"], [MORNING, MORNING]),
    ("timestamp", ["2017-01-31"], [datetime(2017, 1, 31)]),
    ("timestamp", ["2017-01-31 09:30:00Z", "2017-01-31 09:30:00.1234567", "09:30"], [None] * 3),
    ("timestamp", [date(2017, 1, 31)], [datetime(2017, 1, 31)]),
]


@pytest.mark.parametrize(("type_", "given_values", "expected"), CASES)
def test_a_value_converts_exactly_or_not_at_all(type_: str, given_values: list[Any], expected: list[Any]) -> None:
    series = pl.Series([*given_values, None], strict=True)
    assert convert_series(series, DataType.parse(type_)).to_list() == [*expected, None]


def test_times_with_a_zone_or_finer_than_microseconds_do_not_convert() -> None:
    timestamp = DataType.parse("timestamp")
    zoned = pl.Series([MORNING]).dt.replace_time_zone("UTC")
    assert convert_series(zoned, timestamp).to_list() == [None]
    nanoseconds = pl.Series([1, 1000]).cast(pl.Datetime("ns"))
    assert convert_series(nanoseconds, timestamp).to_list() == [None, datetime(1970, 1, 1, 0, 0, 0, 1)]


def test_values_of_several_types_in_one_column_convert_each_by_its_own() -> None:
    loose = pl.Series([1, "2", 3.0, None, b"4", True, "x"], dtype=pl.Object)
    assert convert_series(loose, DataType.parse("int")).to_list() == [1, 2, 3, None, None, None, None]


def test_a_32_bit_float_stands_for_the_decimal_it_is_nearest_to() -> None:
    series = pl.Series([1.1, 2.25, 3.333], dtype=pl.Float32)
    converted = convert_series(series, DataType.parse("decimal(2)"))
    assert converted.to_list() == [Decimal("1.10"), Decimal("2.25"), None]


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**13), max_value=10**13)))
def test_decimals_in_text_convert_as_python_reads_them(values: list[Decimal]) -> None:
    series = pl.Series([f"{value:f}" for value in values], dtype=pl.String)
    expected = [value if value == round(value, 2) else None for value in values]
    assert convert_series(series, DataType.parse("decimal(2)")).to_list() == expected


@given(st.lists(st.integers(-(10**13), 10**13)))
def test_floats_of_cents_convert_to_those_cents(cents: list[int]) -> None:
    series = pl.Series([value / 100 for value in cents], dtype=pl.Float64)
    expected = [Decimal(value).scaleb(-2) for value in cents]
    assert convert_series(series, DataType.parse("decimal(2)")).to_list() == expected


@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))))
def test_timestamps_in_text_convert_as_python_writes_them(values: list[datetime]) -> None:
    series = pl.Series([value.isoformat() for value in values], dtype=pl.String)
    assert convert_series(series, DataType.parse("timestamp")).to_list() == values

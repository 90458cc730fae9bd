"""Relative time by the calendar on the wall."""

from __future__ import annotations

import datetime as dt

import pytest

from api.slicer.errors import SlicerError
from api.slicer.times import days_of, moment, path_of

NOW = dt.datetime(2024, 3, 31, 13, 45, 10)
"""The last day of the first quarter, a Sunday."""


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("today", "2024-03-31 13:45"),
        ("yesterday", "2024-03-30 13:45"),
        ("tomorrow", "2024-04-01 13:45"),
        ("dayago", "2024-03-30 13:45"),
        ("90daysago", "2024-01-01 13:45"),
        ("2weeksforward", "2024-04-14 13:45"),
        ("monthago", "2024-02-29 13:45"),
        ("13monthsago", "2023-02-28 13:45"),
        ("quarterforward", "2024-06-30 13:45"),
        ("yearago", "2023-03-31 13:45"),
        ("3hoursago", "2024-03-31 10:45"),
        ("lasthour", "2024-03-31 12:00"),
        ("lastday", "2024-03-30 00:00"),
        ("lastweek", "2024-03-18 00:00"),
        ("nextweek", "2024-04-01 00:00"),
        ("lastmonth", "2024-02-01 00:00"),
        ("last3months", "2023-12-01 00:00"),
        ("next2months", "2024-05-01 00:00"),
        ("lastquarter", "2023-10-01 00:00"),
        ("nextquarters", "2024-04-01 00:00"),
        ("last2years", "2022-01-01 00:00"),
    ],
)
def test_names(name: str, wanted: str) -> None:
    found = moment(name, NOW, 0)
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == wanted


def test_weeks_begin_where_they_are_told_to() -> None:
    assert moment("nextweek", NOW, 6) == dt.datetime(2024, 4, 7)
    assert moment("lastweek", NOW, 6) == dt.datetime(2024, 3, 24)


@pytest.mark.parametrize("name", ["2010", "last", "ago", "3ago", "todays", "last3decades", "-1dayago", "Q1"])
def test_other_values_are_no_names(name: str) -> None:
    assert moment(name, NOW, 0) is None


def test_a_time_out_of_reach_is_a_mistake() -> None:
    with pytest.raises(SlicerError):
        moment("99999yearsago", NOW, 0)


def test_paths() -> None:
    assert path_of(NOW, ["year", "quarter", "month", "day"]) == (2024, 1, 3, 31)
    assert path_of(NOW, ["weekday", "hour", "minute"]) == (6, 13, 45)
    with pytest.raises(SlicerError, match="week"):
        path_of(NOW, ["year", "week"])


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ((2024,), "2024-01-01", "2024-12-31"),
        ((2024, 1), "2024-01-01", "2024-03-31"),
        ((2024, 1, 2), "2024-02-01", "2024-02-29"),
        ((2024, 4, 12, 31), "2024-12-31", "2024-12-31"),
    ],
)
def test_days(path: tuple[int, ...], first: str, last: str) -> None:
    days = days_of(path, ("year", "quarter", "month", "day"))
    assert days == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.parametrize("path", [(2024, 5), (2024, 1, 4), (2024, 1, 2, 30), (0,)])
def test_what_is_no_day(path: tuple[int, ...]) -> None:
    assert days_of(path, ("year", "quarter", "month", "day")) is None


def test_weeks_make_no_date() -> None:
    assert days_of((2024, 5), ("year", "week")) is None

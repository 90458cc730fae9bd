from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from loaders.samples.panel_calendar import dates, hours


def test_a_day_in_every_column() -> None:
    assert dates(date(2017, 8, 5), date(2017, 8, 5)).collect().row(0, named=True) == {
        "date_key": 20170805,
        "date": date(2017, 8, 5),
        "year": 2017,
        "quarter": "Q3",
        "month_no": 8,
        "month": "Aug",
        "year_month": "2017-08",
        "week_year": 2017,
        # 31 weeks after the one that ends on January 1
        "week": 32,
        "week_key": 201732,
        "week_label": "2017-W32",
        "weekday_no": 6,
        "weekday": "Sat",
        "is_weekend": True,
        "weekend": "Weekend",
    }


@pytest.mark.parametrize(
    ("day", "label"),
    [
        # A printed calendar: 2017-01-01 and 2017-12-31 are Sundays, so 2017 has 53 weeks.
        (date(2016, 11, 14), "2016-W47"),
        (date(2016, 12, 25), "2016-W52"),
        (date(2016, 12, 26), "2017-W01"),
        (date(2017, 1, 1), "2017-W01"),
        (date(2017, 1, 2), "2017-W02"),
        (date(2017, 12, 31), "2017-W53"),
        (date(2018, 1, 1), "2018-W01"),
        (date(2018, 1, 7), "2018-W01"),
        (date(2018, 1, 8), "2018-W02"),
    ],
)
def test_weeks_belong_to_the_year_of_their_sunday(day: date, label: str) -> None:
    assert dates(day, day).collect()["week_label"].item() == label


def test_the_calendar_agrees_with_the_standard_library() -> None:
    for key, day, no, name, weekend in (
        dates().select("date_key", "date", "weekday_no", "weekday", "is_weekend").collect().iter_rows()
    ):
        assert str(key) == f"{day:%Y%m%d}"
        assert (no, name, weekend) == (day.isoweekday(), f"{day:%a}", day.isoweekday() > 5)


def test_the_calendar_reaches_from_the_first_to_past_the_last_campaign() -> None:
    days = dates().collect()["date"]
    assert (days.min(), days.max(), days.len()) == (date(2016, 11, 14), date(2018, 2, 28), 472)


def test_every_hour_has_its_part_of_the_day() -> None:
    rows = hours().collect()
    assert rows.row(7) == (7, "07:00", "Morning (6-10)", 2)
    parts = rows.group_by("daypart", maintain_order=True).agg(pl.col("hour_key").min(), last=pl.col("hour_key").max())
    assert parts.rows() == [
        ("Night (0-5)", 0, 5),
        ("Morning (6-10)", 6, 10),
        ("Midday (11-13)", 11, 13),
        ("Afternoon (14-16)", 14, 16),
        ("Evening (17-20)", 17, 20),
        ("Late (21-23)", 21, 23),
    ]
    assert rows["daypart_order"].is_sorted()

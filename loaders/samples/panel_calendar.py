"""The panel's days and hours."""

from __future__ import annotations

from datetime import date

import polars as pl

from .panel_source import date_key

FIRST_DAY = date(2016, 11, 14)
"""The first campaign's first day."""

LAST_DAY = date(2018, 2, 28)
"""Reaches past the last campaign's last day, to the end of its month."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

DAYPARTS = (
    ("Night (0-5)", 0),
    ("Morning (6-10)", 6),
    ("Midday (11-13)", 11),
    ("Afternoon (14-16)", 14),
    ("Evening (17-20)", 17),
    ("Late (21-23)", 21),
)
"""Parts of the day in order, each with its first hour."""


def dates(first: date = FIRST_DAY, last: date = LAST_DAY) -> pl.LazyFrame:
    """One row per day from `first` to `last`.

    Weeks run Monday to Sunday and belong to the year of their Sunday: 2017's first is 2016-12-26 to
    2017-01-01. So `week_year` and `week` are not ISO 8601's.
    """
    day = pl.col("date")
    # Spelled out and not by strftime, whose names follow a locale.
    weekday = day.dt.weekday().cast(pl.Int32).alias("weekday_no")
    month = day.dt.month().cast(pl.Int32).alias("month_no")
    weekend = weekday >= 6
    return (
        pl.LazyFrame({"date": pl.date_range(first, last, eager=True)})
        .with_columns(*_week(day))
        .select(
            date_key(day).alias("date_key"),
            "date",
            day.dt.year().alias("year"),
            pl.format("Q{}", day.dt.quarter()).alias("quarter"),
            month,
            _named(month, MONTHS).alias("month"),
            day.dt.strftime("%Y-%m").alias("year_month"),
            "week_year",
            "week",
            week_key(pl.col("week_year"), pl.col("week")),
            pl.format("{}-W{}", "week_year", _two_digits("week")).alias("week_label"),
            weekday,
            _named(weekday, WEEKDAYS).alias("weekday"),
            weekend.alias("is_weekend"),
            pl.when(weekend).then(pl.lit("Weekend")).otherwise(pl.lit("Weekday")).alias("weekend"),
        )
    )


def week_key(year: pl.Expr, week: pl.Expr) -> pl.Expr:
    """Number a week as yyyyww, int32, in a column `week_key`."""
    return (year.cast(pl.Int32) * 100 + week.cast(pl.Int32)).alias("week_key")


def hours() -> pl.LazyFrame:
    """One row per hour of the day, with its part of the day."""
    order = pl.sum_horizontal([(pl.col("hour_key") >= first).cast(pl.Int32) for _, first in DAYPARTS])
    return pl.LazyFrame({"hour_key": range(24)}, schema={"hour_key": pl.Int32}).select(
        "hour_key",
        pl.format("{}:00", _two_digits("hour_key")).alias("hour"),
        _named(order, tuple(name for name, _ in DAYPARTS)).alias("daypart"),
        order.alias("daypart_order"),
    )


def _week(day: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    sunday = day + pl.duration(days=7 - day.dt.weekday())
    number = (sunday.dt.ordinal_day().cast(pl.Int32) - 1) // 7 + 1
    return sunday.dt.year().alias("week_year"), number.alias("week")


def _named(number: pl.Expr, names: tuple[str, ...]) -> pl.Expr:
    return number.replace_strict(dict(enumerate(names, start=1)), return_dtype=pl.String)


def _two_digits(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.zfill(2)

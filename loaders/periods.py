"""Periods of time that a load replaces, and the days that facts lie on."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

import polars as pl

from cube_server.model.dimensions import Dimension
from cube_server.types import Kind

from .star import FactLink

_FORM = re.compile(r"(\d{4})(?:-Q([1-4])|-(\d\d)(?:-(\d\d))?)?")
_DAYS = (Kind.DATE, Kind.TIMESTAMP)


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: dt.date
    last: dt.date

    def __str__(self) -> str:
        """Write it as `parse_period` reads it."""
        return f"{self.first}..{self.last}"


def parse_period(text: str) -> Period:
    """Read a year, quarter, month or day, or a range from one to another.

    >>> str(parse_period("2017-02"))
    '2017-02-01..2017-02-28'
    >>> str(parse_period("2017-Q4..2018-01-05"))
    '2017-10-01..2018-01-05'

    Raises:
        ValueError: It is none of these.
    """
    begin, _, end = text.partition("..")
    first, last = _ends(begin)[0], _ends(end or begin)[1]
    if first > last:
        raise ValueError(f"{text!r} ends before it begins")
    return Period(first, last)


def days_of_keys(link: FactLink, dimension: Dimension, rows: pl.DataFrame, keys: pl.Series) -> pl.DataFrame | None:
    """Tell on which day the facts of each key of a time link lie; those of a week or a month on its first.

    Args:
        link: The link.
        dimension: The dimension of time.
        rows: The rows of its table.
        keys: All keys, those without a row too.

    Returns:
        `key` and `day`, for the keys whose day is known; None if the dimension has no column of days.
    """
    if keys.dtype == pl.Date or isinstance(keys.dtype, pl.Datetime):
        return pl.DataFrame({"key": keys, "day": keys.cast(pl.Date)})
    column = _day_column(dimension)
    if column is None:
        return None
    return rows.group_by(pl.col(link.key).alias("key")).agg(day=pl.col(column).cast(pl.Date).min()).drop_nulls()


def _day_column(dimension: Dimension) -> str | None:
    """Find the column of days: that of the level of days, else any column of dates that identifies a level."""
    levels = [
        level for hierarchy in dimension.hierarchies for level in hierarchy.levels if level.key.type.kind in _DAYS
    ]
    levels.sort(key=lambda level: level.period != "day")
    return levels[0].key.name if levels else None


def _ends(text: str) -> tuple[dt.date, dt.date]:
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no period; write 2017, 2017-Q1, 2017-03, 2017-03-31 or a range A..B of them")
    year, quarter, month, day = (int(part) if part else 0 for part in match.groups())
    first_month, last_month = (3 * quarter - 2, 3 * quarter) if quarter else (month or 1, month or 12)
    try:
        last_day = day or calendar.monthrange(year, last_month)[1]
        return dt.date(year, first_month, day or 1), dt.date(year, last_month, last_day)
    except (ValueError, calendar.IllegalMonthError) as error:
        raise ValueError(f"{text!r} is no period: there is no such day") from error

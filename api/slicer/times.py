"""Relative time: names such as `today` and `last3months`, and what calendar numbers mean where keys are dates."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Sequence

from .errors import mistake

_FIXED = {"today": 0, "yesterday": -1, "tomorrow": 1}
_UNIT = "(hour|day|week|month|quarter|year)s?"
_FROM_NOW = re.compile(rf"(\d*){_UNIT}(ago|forward)")
_FROM_START = re.compile(rf"(last|next)(\d*){_UNIT}")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}

_PARTS: dict[str, Callable[[dt.datetime], int]] = {
    "year": lambda time: time.year,
    "quarter": lambda time: (time.month + 2) // 3,
    "month": lambda time: time.month,
    "day": lambda time: time.day,
    "hour": lambda time: time.hour,
    "minute": lambda time: time.minute,
    "weekday": lambda time: time.weekday(),
}
"""What numbers a path of time is made of, by the name of the level."""


def moment(name: str, now: dt.datetime, first_weekday: int) -> dt.datetime | None:
    """Resolve a name of relative time; None if it is no such name.

    Args:
        name: `today`, `2weeksago`, `monthforward`, `lastquarter`, `next2years` and so on.
        now: The time in the workspace's zone.
        first_weekday: Where weeks begin, 0 for Monday.

    >>> moment("last2months", dt.datetime(2024, 3, 31, 12), 0)
    datetime.datetime(2024, 1, 1, 0, 0)
    >>> moment("monthago", dt.datetime(2024, 3, 31, 12), 0)
    datetime.datetime(2024, 2, 29, 12, 0)
    """
    if name in _FIXED:
        return now + dt.timedelta(days=_FIXED[name])
    if match := _FROM_NOW.fullmatch(name):
        return _moved(now, int(match[1] or 1) * (-1 if match[3] == "ago" else 1), match[2])
    if match := _FROM_START.fullmatch(name):
        start = _start(now, match[3], first_weekday)
        return _moved(start, int(match[2] or 1) * (-1 if match[1] == "last" else 1), match[3])
    return None


def path_of(time: dt.datetime, levels: Sequence[str]) -> tuple[int, ...]:
    """Give the path of a time along the levels of a hierarchy, by their names."""
    for level in levels:
        if level not in _PARTS:
            raise mistake(f"Unknown calendar unit '{level}'", hint=f"Valid: {', '.join(_PARTS)}.")
    return tuple(_PARTS[level](time) for level in levels)


def days_of(path: Sequence[int], roles: Sequence[str | None]) -> tuple[dt.date, dt.date] | None:
    """Give the first and the last day of a path of calendar numbers.

    Args:
        path: Such as (2024, 1) for the first quarter of 2024.
        roles: What its levels are, such as ("year", "quarter").

    Returns:
        The days; None where the path is no such time, or its levels do not make a date.

    >>> days_of((2024, 1, 2), ("year", "quarter", "month"))
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    parts = dict(zip(roles, path, strict=False))
    year, quarter, month, day = (parts.get(role) for role in ("year", "quarter", "month", "day"))
    if year is None or set(parts) - {"year", "quarter", "month", "day"}:
        return None
    first = month or (quarter * 3 - 2 if quarter else 1)
    last = month or (quarter * 3 if quarter else 12)
    if quarter and month and (month + 2) // 3 != quarter:
        return None
    try:
        return dt.date(year, first, day or 1), dt.date(year, last, day or calendar.monthrange(year, last)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None


def _moved(time: dt.datetime, steps: int, unit: str) -> dt.datetime:
    try:
        if unit in _MONTHS:
            return _by_months(time, steps * _MONTHS[unit])
        return time + dt.timedelta(**{f"{unit}s": steps})
    except (OverflowError, ValueError) as error:
        raise mistake(f"There is no time {steps} {unit}s from {time:%Y-%m-%d}") from error


def _by_months(time: dt.datetime, months: int) -> dt.datetime:
    year, month = divmod(time.year * 12 + time.month - 1 + months, 12)
    day = min(time.day, calendar.monthrange(year, month + 1)[1])
    return time.replace(year=year, month=month + 1, day=day)


def _start(time: dt.datetime, unit: str, first_weekday: int) -> dt.datetime:
    """Go back to the start of the unit that a time lies in."""
    hour = time.replace(minute=0, second=0, microsecond=0)
    if unit == "hour":
        return hour
    day = hour.replace(hour=0)
    if unit == "week":
        return day - dt.timedelta(days=(day.weekday() - first_weekday) % 7)
    first = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}
    return day.replace(month=first[unit], day=1) if unit in first else day

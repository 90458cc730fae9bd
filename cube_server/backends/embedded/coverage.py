"""Incomplete periods: members of time that end after the last day with facts."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.backends.embedded.levels import Codes, DimensionIndex
from cube_server.backends.embedded.windows import Ladder, hierarchy_levels, period_numbers
from cube_server.model.dimensions import LevelRef, Period
from cube_server.result.coverage import Coverage

_Dates = npt.NDArray[np.datetime64]
_MONTHS: dict[Period, int] = {"year": 12, "quarter": 3, "month": 1}


def coverage(index: DimensionIndex, ref: LevelRef, positions: Codes) -> Coverage | None:
    """Tell which members of a level of time the facts do not cover to their end.

    A member ends with its last day in the calendar. The last member of a level may be cut off there, as calendars are
    often made up to the day of the load: it ends where the calendar month, quarter, year or week that it is does.

    Args:
        index: The dimension.
        ref: The level.
        positions: The leaf positions that facts have.

    Returns:
        What is covered; None where the level has no place in a hierarchy of days, or no fact has a known day.
    """
    if ref.level.attribute_of is not None or (ref.is_alone and not ref.level.unique):
        return None
    ladder = Ladder(index, hierarchy_levels(ref))
    dates, loaded = ladder.dates, _loaded(ladder, positions)
    if dates is None or loaded is None:
        return None
    depth = ladder.levels.index(ref.level)
    late = ladder.known(depth) & (_ends(ladder, dates, depth) > dates[loaded])
    leaves = index.level(ref.levels).leaves
    last_day: dt.date = dates[loaded].item()
    return Coverage(last_day, pl.Series("incomplete", late[ladder.level(depth).codes[leaves]]))


def _loaded(ladder: Ladder, positions: Codes) -> int | None:
    """Find the last member of the lowest level that has facts."""
    used = np.zeros(ladder.lowest.size, np.bool_)
    used[ladder.lowest.codes[positions]] = True
    used &= ladder.known(len(ladder.levels) - 1)
    return int(np.flatnonzero(used)[-1]) if used.any() else None


def _ends(ladder: Ladder, dates: _Dates, depth: int) -> _Dates:
    """Give the last day of each member at a depth; of null and unknown ones it means nothing."""
    spans, period = ladder.spans(depth), ladder.levels[depth].period
    first, last = (dates[np.clip(ends, 0, len(dates) - 1)] for ends in (spans.first, spans.last))
    known = np.flatnonzero(ladder.known(depth))
    if period is None or not len(known):
        return last
    # A year that begins in July has days of two calendar years: where it ends only the calendar's own days tell.
    if (period_numbers(first, period) == period_numbers(last, period))[known].all():
        last[known[-1]] = _end_of_period(last[known[-1]].item(), period)
    return last


def _end_of_period(day: dt.date, period: Period) -> dt.date:
    """Give the last day of the year, quarter, month or week of the common calendar that a day is in."""
    if period == "day":
        return day
    if period == "week":
        return day + dt.timedelta(days=6 - day.weekday())
    length = _MONTHS[period]
    month = (day.month - 1) // length * length + length
    return dt.date(day.year, month, monthrange(day.year, month)[1])

"""Incomplete periods: members of time that end after the last day with facts."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable
from copy import copy

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.backends.embedded.levels import Codes, DimensionIndex, Mask
from cube_server.backends.embedded.windows import Ladder, hierarchy_levels, period_numbers
from cube_server.model.dimensions import Dimension, LevelRef, Link, Period
from cube_server.model.elements import Cube
from cube_server.result.coverage import Coverage

_Dates = npt.NDArray[np.datetime64]
_MONTHS: dict[Period, int] = {"year": 12, "quarter": 3, "month": 1}


class Covered:
    """How far the facts of one snapshot reach in time, wherever they are. What was found once is kept.

    Args:
        dimension: Gives the index of a dimension.
        used: Marks the leaves that a cube's facts have by a direct link.
    """

    def __init__(self, dimension: Callable[[Dimension], DimensionIndex], used: Callable[[Cube, Link], Mask]) -> None:
        self._dimension, self._used = dimension, used
        self._kept: dict[tuple[str, LevelRef], Coverage | None] = {}

    def read_by(self, dimension: Callable[[Dimension], DimensionIndex], used: Callable[[Cube, Link], Mask]) -> Covered:
        """Give the same with another way to find out; what is found by either is kept for both."""
        other = copy(self)
        other._dimension, other._used = dimension, used
        return other

    def of(self, cube: Cube, ref: LevelRef) -> Coverage | None:
        """Tell which members of a level of time the facts do not cover to their end; None for any other level."""
        link = ref.link
        if not link.dimension.is_time or link.through is not None:
            return None
        place = (cube.name, ref)
        if place not in self._kept:
            used = np.flatnonzero(self._used(cube, link)).astype(np.int32)
            self._kept[place] = coverage(self._dimension(link.dimension), ref, used)
        return self._kept[place]

    def last_day(self, cube: Cube) -> object:
        """Give the key of the last day with facts, or None where the cube has no time."""
        for link in cube.links:
            # A fact of a week or a month tells no day, and a bridged link tells many.
            if link.dimension.is_time and link.level is None and link.through is None:
                level = self._dimension(link.dimension).level(link.dimension.hierarchies[0].levels[-1:])
                codes = level.codes[np.flatnonzero(self._used(cube, link))]
                known = codes[level.frame["class_0"].to_numpy()[codes] == 0]
                return level.frame["key_0"][int(known.max())] if len(known) else None
        return None


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

"""Moves to intervals: which leaves of a hierarchy each member of a level gathers.

The lowest level of a hierarchy is numbered in hierarchy order, so the members below any member, and any window of
them, are an interval of it. Levels of time move by the calendar and not by what happens to be loaded: a missing month
is still a month, and the 29th of February has no day a year before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.backends.embedded.levels import Codes, DimensionIndex, LevelIndex, Mask
from cube_server.errors import InternalError
from cube_server.model.coordinates import Lag, Move, Rolling, ToDate, ToOwn, ToParent
from cube_server.model.dimensions import Level, LevelRef, Period
from cube_server.types import Kind

_Dates = npt.NDArray[np.datetime64]
Places = npt.NDArray[np.int64]
_NONE = -1
_MONTHS: dict[Period | None, int] = {"year": 12, "quarter": 3, "month": 1}


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """What each member gathers: the leaves from `first` to `last`, none where `last` is smaller.

    Attributes:
        first: By member.
        last: By member, included.
        size: How many leaves there are.
    """

    first: Places
    last: Places
    size: int


class Ladder:
    """The levels of one hierarchy over its lowest one.

    Args:
        index: The dimension.
        levels: The hierarchy's levels, from the top.
    """

    def __init__(self, index: DimensionIndex, levels: tuple[Level, ...]) -> None:
        self.levels = levels
        self._index = index

    @cached_property
    def lowest(self) -> LevelIndex:
        """The lowest level."""
        return self._index.level(self.levels)

    def level(self, depth: int) -> LevelIndex:
        """The level at a depth, the top being 0."""
        return self._index.level(self.levels[: depth + 1])

    def above(self, depth: int) -> Codes:
        """The member at a depth of each member of the lowest level; ascends."""
        return self.level(depth).codes[self.lowest.leaves]

    def spans(self, depth: int) -> Intervals:
        """The interval below each member of the level at a depth."""
        above, members = self.above(depth), np.arange(self.level(depth).size)
        first = np.searchsorted(above, members, "left")
        last = np.searchsorted(above, members, "right") - 1
        return Intervals(first, last, self.lowest.size)

    def known(self, depth: int) -> Mask:
        """Which members at a depth are neither null nor unknown."""
        return self.level(depth).known

    @cached_property
    def dates(self) -> _Dates | None:
        """The days that the lowest level's members are, ascending; None where they are not. Null and unknown end it."""
        depth = len(self.levels) - 1
        if self.levels[depth].key.type.kind is not Kind.DATE:
            return None
        days = self.lowest.frame[f"key_{depth}"].to_numpy().astype("datetime64[D]")
        days = days[: int(self.known(depth).sum())]
        return days if (days[1:] >= days[:-1]).all() else None

    def periods(self, depth: int) -> Places | None:
        """The number of the period that each member at a depth is; None where it is no period of days."""
        dates, period = self.dates, self.levels[depth].period
        if dates is None or not len(dates) or period is None:
            return None
        firsts = np.minimum(self.spans(depth).first, len(dates) - 1)
        return period_numbers(dates[firsts], period)


def intervals(ladder: Ladder, ref: LevelRef, moves: tuple[Move, ...], coverage: tuple[int, int]) -> Intervals:
    """Tell what each member of a level gathers after moves.

    Args:
        ladder: The hierarchy that the level is of.
        ref: The level that the moves start from.
        moves: The moves, in order; a window comes last.
        coverage: The first and the last leaf with facts.

    Returns:
        The intervals, by member code of the level at the depth of `ref.level`.
    """
    depth = ladder.levels.index(ref.level)
    return _gathered(ladder, depth, np.arange(ladder.level(depth).size), moves, coverage)


def _gathered(
    ladder: Ladder, depth: int, members: Places, moves: tuple[Move, ...], coverage: tuple[int, int]
) -> Intervals:
    """Tell what members at a depth gather after moves."""
    for done, move in enumerate(moves, 1):
        match move:
            case ToParent():
                return _of_parents(ladder, depth, members, moves[done:], coverage)
            case ToOwn() if depth < len(ladder.levels) - 1:
                members, depth = _follow(members, _own(ladder, depth)), depth + 1
            case ToOwn():
                pass
            case Lag(count, level):
                members = _follow(members, _lag(ladder, depth, count, level))
            case ToDate(level):
                return _to_date(ladder, depth, members, ladder.levels.index(level.level))
            case Rolling():
                return _rolling(ladder, depth, members, move, coverage)
            case _:
                raise InternalError(f"No step {move!r}.")
    spans = ladder.spans(depth)
    return _chosen(spans.first, spans.last, members, spans.size)


def _of_parents(
    ladder: Ladder, depth: int, members: Places, moves: tuple[Move, ...], coverage: tuple[int, int]
) -> Intervals:
    """Go on from the parents; above a hidden parent, from its own."""
    if depth == 0:
        every = np.zeros(len(members), np.int64)
        return Intervals(every, every + ladder.lowest.size - 1, ladder.lowest.size)
    parents = _follow(members, _parents(ladder, depth))
    is_hidden = (parents != _NONE) & ladder.level(depth - 1).hidden[parents]
    found = _gathered(ladder, depth - 1, np.where(is_hidden, _NONE, parents), moves, coverage)
    if not is_hidden.any():
        return found
    above = _of_parents(ladder, depth - 1, np.where(is_hidden, parents, _NONE), moves, coverage)
    first, last = (
        np.where(is_hidden, there, here) for there, here in ((above.first, found.first), (above.last, found.last))
    )
    return Intervals(first, last, found.size)


def _follow(members: Places, target: Places) -> Places:
    """Go on from members to their targets; what is nowhere stays nowhere."""
    return np.where(members == _NONE, _NONE, target[members])


def _chosen(first: Places, last: Places, members: Places, size: int) -> Intervals:
    nowhere = members == _NONE
    return Intervals(np.where(nowhere, 0, first[members]), np.where(nowhere, _NONE, last[members]), size)


def _parents(ladder: Ladder, depth: int) -> Places:
    return ladder.level(depth - 1).codes[ladder.level(depth).leaves].astype(np.int64)


def _own(ladder: Ladder, depth: int) -> Places:
    """The data member of each member at a depth: the first child, with the same key."""
    members, children = ladder.level(depth), ladder.level(depth + 1)
    parents = _parents(ladder, depth + 1)
    firsts = np.searchsorted(parents, np.arange(members.size), "left")
    first_keys = children.frame[f"key_{depth + 1}"][firsts]
    is_same = first_keys.eq_missing(members.frame[f"key_{depth}"]).to_numpy()
    return np.where(is_same, firsts, _NONE)


def _lag(ladder: Ladder, depth: int, count: int, level: LevelRef | None) -> Places:
    """The member that each member at a depth moves to."""
    at = depth if level is None else ladder.levels.index(level.level)
    if at == depth:
        periods = ladder.periods(depth)
        return _by_order(ladder, depth, count) if periods is None else _by_period(ladder, depth, periods, count)
    names_repeat = not any(between.unique for between in ladder.levels[at + 1 : depth + 1])
    if names_repeat:
        return _by_name(ladder, depth, at, _lag(ladder, at, count, None))
    above, period, periods = ladder.levels[at].period, ladder.levels[depth].period, ladder.periods(depth)
    if periods is not None and period in _MONTHS and above in _MONTHS:
        return _by_period(ladder, depth, periods, count * _MONTHS[above] // _MONTHS[period])
    if above and ladder.dates is not None:
        return _by_date(ladder, depth, count, above)
    return _by_place(ladder, depth, at, _lag(ladder, at, count, None))


def _by_order(ladder: Ladder, depth: int, count: int) -> Places:
    is_shown = ladder.known(depth) & ~ladder.level(depth).hidden
    shown = np.flatnonzero(is_shown)
    targets = np.cumsum(is_shown) - 1 - count
    inside = is_shown & (targets >= 0) & (targets < len(shown))
    found = np.full(len(is_shown), _NONE, np.int64)
    found[inside] = shown[targets[inside]]
    return found


def _by_period(ladder: Ladder, depth: int, periods: Places, count: int) -> Places:
    """Move by the calendar, over periods that have no member too."""
    known = ladder.known(depth)
    numbers = periods[known]
    places = np.minimum(np.searchsorted(numbers, periods - count), len(numbers) - 1)
    found = known & (numbers[places] == periods - count)
    return np.where(found, np.flatnonzero(known)[places], _NONE)


def _by_date(ladder: Ladder, depth: int, count: int, period: Period) -> Places:
    """Move by the calendar: to the member that holds the same day some periods before."""
    dates = ladder.dates
    assert dates is not None
    spans, above = ladder.spans(depth), ladder.above(depth)
    is_day = depth == len(ladder.levels) - 1
    targets = np.full(len(spans.first), _NONE, np.int64)
    # A calendar may begin or end within a period, so try the last day of each, then the first.
    for edge in (spans.first, spans.last):
        inside = edge < len(dates)
        shifted, exact = _shift(dates[np.where(inside, edge, 0)], period, count)
        places = np.searchsorted(dates, shifted)
        found = inside & (places < len(dates))
        found[found] = dates[places[found]] == shifted[found]
        found &= exact | (not is_day)
        targets = np.where(found, above[np.where(found, places, 0)], targets)
    return np.where(ladder.known(depth), targets, _NONE)


def _shift(dates: _Dates, period: Period, count: int) -> tuple[_Dates, Mask]:
    """Give the days `count` periods before, and whether the day of the month exists there."""
    if period in ("day", "week"):
        return dates - count * (7 if period == "week" else 1), np.ones(len(dates), np.bool_)
    months = dates.astype("datetime64[M]")
    day = (dates - months.astype("datetime64[D]")).astype(np.int64)
    target = months - count * _MONTHS[period]
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64)
    shifted = target.astype("datetime64[D]") + np.minimum(day, length - 1)
    return shifted, day < length


def _by_name(ladder: Ladder, depth: int, at: int, targets: Places) -> Places:
    """Find the member of the same name under another ancestor: Q3 of the year before."""
    frame = ladder.level(depth).frame
    names = [f"{part}_{between}" for between in range(at + 1, depth + 1) for part in ("key", "class")]
    ancestors = ladder.level(at).codes[ladder.level(depth).leaves].astype(np.int64)
    members = frame.select(names).with_columns(ancestor=pl.Series(ancestors)).with_row_index("code")
    wanted = frame.select(names).with_columns(ancestor=pl.Series(targets[ancestors]))
    found = wanted.join(members, on=["ancestor", *names], how="left", nulls_equal=True, maintain_order="left")
    return found["code"].cast(pl.Int64).fill_null(_NONE).to_numpy()


def _by_place(ladder: Ladder, depth: int, at: int, targets: Places) -> Places:
    """Find the member at the same place under another ancestor, level by level, as MDX's Cousin."""
    for between in range(at + 1, depth + 1):
        parents = _parents(ladder, between)
        firsts = np.searchsorted(parents, np.arange(ladder.level(between - 1).size), "left")
        lasts = np.searchsorted(parents, np.arange(ladder.level(between - 1).size), "right") - 1
        place = np.arange(len(parents)) - firsts[parents]
        there = targets[parents]
        found = np.where(there == _NONE, _NONE, firsts[there] + place)
        targets = np.where((there != _NONE) & (found <= lasts[there]), found, _NONE)
    return targets


def _to_date(ladder: Ladder, depth: int, members: Places, at: int) -> Intervals:
    spans, starts = ladder.spans(depth), ladder.spans(at).first
    ancestors = ladder.level(at).codes[ladder.level(depth).leaves]
    members = np.where((members != _NONE) & ladder.known(depth)[members], members, _NONE)
    return _chosen(starts[ancestors], spans.last, members, spans.size)


def _rolling(ladder: Ladder, depth: int, members: Places, move: Rolling, coverage: tuple[int, int]) -> Intervals:
    spans = ladder.spans(depth)
    at = depth if move.level is None else ladder.levels.index(move.level.level)
    ends = ladder.above(at)[np.maximum(spans.last, 0)].astype(np.int64)
    steps = ladder.periods(at)
    if steps is None:
        steps = np.maximum(np.cumsum(~ladder.level(at).hidden) - 1, 0)
    begins = steps[ends] - move.count + 1
    # Members of the level that is counted, as far as they have a place; a window may begin where none is.
    placed = np.flatnonzero(ladder.known(at) & ~ladder.level(at).hidden)
    firsts = np.searchsorted(steps[placed], begins)
    is_somewhere = ladder.known(depth) & (firsts < len(placed))
    first = ladder.spans(at).first[placed[np.minimum(firsts, len(placed) - 1)]] if len(placed) else spans.first
    if move.full:
        # A full window lies inside what is loaded: from the period of the first fact to the period of the last.
        loaded = steps[ladder.above(at)[list(coverage)]]
        is_somewhere &= (begins >= loaded[0]) & (steps[ends] <= loaded[1])
    members = np.where((members != _NONE) & is_somewhere[members], members, _NONE)
    return _chosen(first, spans.last, members, spans.size)


def hierarchy_levels(ref: LevelRef) -> tuple[Level, ...]:
    """Give all levels of the hierarchy that a level moves along; for one used alone, the first that has it."""
    for hierarchy in ref.link.dimension.hierarchies:
        if hierarchy.name == ref.hierarchy or (ref.is_alone and ref.level in hierarchy.levels):
            return hierarchy.levels
    raise InternalError(f"{ref.name} stands in no hierarchy.")


def ordinals(index: DimensionIndex, ref: LevelRef) -> Places:
    """Number a level's members so that differences mean something: by periods on the calendar, else by member order."""
    level = index.level(ref.levels)
    places = np.arange(level.size, dtype=np.int64)
    if ref.level.period is None:
        return places
    ladder = Ladder(index, hierarchy_levels(ref))
    dates = ladder.dates
    if dates is None:
        return places
    days = ladder.lowest.codes[level.leaves]
    known = days < len(dates)
    periods = period_numbers(dates[np.where(known, days, 0)], ref.level.period)
    return np.where(known, periods, places)


def period_numbers(dates: _Dates, period: Period) -> Places:
    """Number days by the year, quarter, month, week or day of the common calendar that they are in."""
    if period == "day":
        return dates.astype(np.int64)
    if period == "week":
        # 1970-01-01, day 0, is a Thursday; weeks begin on Monday.
        return (dates.astype(np.int64) + 3) // 7
    months = dates.astype("datetime64[M]").astype(np.int64)
    return months // _MONTHS[period]

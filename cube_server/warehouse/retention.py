"""Which snapshots are kept: the newest ones, one a day, one a month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_Period = Callable[[dt.datetime], dt.date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A snapshot and when its load was committed, in UTC."""

    id: str
    created: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """A policy for old snapshots. Without any number it keeps all; the newest one is always kept.

    >>> noon = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
    >>> all = [Dated(id=str(n), created=noon - dt.timedelta(hours=9 * (5 - n))) for n in range(1, 6)]
    >>> [(kept.id, reasons) for kept, reasons in Retention(newest=1, days=2).reasons(all, noon)]
    [('1', ()), ('2', ()), ('3', ('day',)), ('4', ()), ('5', ('newest', 'day'))]

    Attributes:
        newest: How many of the newest are kept.
        days: For how many days, this one included, the last snapshot of the day is kept. Days begin at midnight UTC.
        months: For how many months, this one included, the last snapshot of the month is kept.
        grace: How long the files of a retired snapshot stay for who has it open.
    """

    newest: int | None = None
    days: int | None = None
    months: int | None = None
    grace: dt.timedelta = dt.timedelta(hours=1)

    @property
    def keeps_all(self) -> bool:
        """Whether no snapshot is ever retired."""
        return self.newest is None and self.days is None and self.months is None

    def reasons(self, snapshots: Sequence[Dated], now: dt.datetime) -> tuple[tuple[Dated, tuple[str, ...]], ...]:
        """Tell why each snapshot is kept: `all`, `newest`, `day`, `month`. One without a reason is to be retired.

        Args:
            snapshots: All there are, from the oldest to the newest.
            now: The time, in UTC.
        """
        if self.keeps_all:
            return tuple((snapshot, ("all",)) for snapshot in snapshots)
        today = now.date()
        newest = {snapshot.id for snapshot in snapshots[-max(self.newest or 0, 1) :]}
        daily = _last_of(snapshots, _day, _day_before(today, self.days))
        monthly = _last_of(snapshots, _month, _month_before(today, self.months))
        found = (("newest", newest), ("day", daily), ("month", monthly))
        return tuple((each, tuple(name for name, ids in found if each.id in ids)) for each in snapshots)


def _last_of(snapshots: Iterable[Dated], period: _Period, first: dt.date | None) -> set[str]:
    """Choose the last snapshot of each period, from the one that begins at `first`."""
    last = {period(snapshot.created): snapshot.id for snapshot in snapshots}
    return {id for begin, id in last.items() if first is not None and begin >= first}


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(dt.UTC).date()


def _month(moment: dt.datetime) -> dt.date:
    return _day(moment).replace(day=1)


def _day_before(today: dt.date, days: int | None) -> dt.date | None:
    return today - dt.timedelta(days=days - 1) if days else None


def _month_before(today: dt.date, months: int | None) -> dt.date | None:
    if not months:
        return None
    year, month = divmod(today.year * 12 + today.month - months, 12)
    return dt.date(year, month + 1, 1)

"""Versions made by loads: what a load brings is compared with the versions that are there.

A load tells how its rows are on its *day*, and what an earlier load told of a later day stays as told. So loads may
come in any order: on each day the rows are as the load of that day, or else of the nearest day before, has them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from cube_server.model.tables import Table
from cube_server.warehouse.manifest import FROM_COLUMN

from .origins import EARLIER, TypedTable
from .versions import Versions, overwritten

_NUMBER = "\0number"
_TIME = {"nulls_last": False, "maintain_order": True}


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier loads left of a table.

    Attributes:
        frame: Its versions: the columns that are as they were, the key among them, and `_from`.
        known: The keys of the rows that the last load had.
        days: The days of all loads, ascending.
    """

    frame: pl.DataFrame
    known: pl.Series
    days: tuple[dt.date, ...]

    def after(self, day: dt.date) -> dt.date | None:
        """Give the day of the next load after a day."""
        return next((later for later in self.days if later > day), None)


def made_versions(rows: TypedTable, past: Past | None, day: dt.date) -> Versions:
    """Make versions of what a load brings.

    A row that differs from its version of the day in a column of type 2 begins a new version on that day, which ends
    where an earlier load told of a later day. Where a column says since when each row is as it is, that day counts in
    the place of the load's, and what it tells holds until the next such day.

    Args:
        rows: The rows, at most one a key.
        past: What there is; None if this is the first load.
        day: The day of this load.
    """
    table, history = rows.table, rows.table.history
    assert history is not None
    key = table.key[0].name
    begins = pl.lit(day, pl.Date) if history.since is None else pl.col(history.since.name)
    told = (
        rows.frame.drop_nulls(key).unique(key, keep="last", maintain_order=True).with_columns(begins.alias(FROM_COLUMN))
    )
    if past is None:
        return Versions(rows, told.sort(key, FROM_COLUMN))
    before = _completed(past.frame, told, table)
    found = _latest([before, told], key) if history.since else _told_on(before, told, table, past.after(day))
    frame = overwritten(found, rows.frame, table)
    return Versions(_current(rows, frame, past, day), frame)


def with_rows(versions: Versions, rows: TypedTable, count: int) -> Versions:
    """Add to the current rows those of the table after the first so many: they were there before."""
    key, current = rows.table.key[0].name, versions.current
    others = rows.frame.slice(count).with_columns(rows.numbers.slice(count).alias(_NUMBER))
    others = others.join(current.frame, on=key, how="anti", maintain_order="left")
    frame = pl.concat([current.frame, others.drop(_NUMBER)])
    numbers = pl.concat([current.numbers, others[_NUMBER].cast(current.numbers.dtype)])
    return replace(versions, current=replace(current, frame=frame, numbers=numbers))


def _completed(versions: pl.DataFrame, told: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Give versions the columns that they lack, which the table got since: each key's as it is now."""
    key, lacking = table.key[0].name, [name for name in told.columns if name not in versions.columns]
    whole = versions.join(told.select(key, *lacking), on=key, how="left") if lacking else versions
    return whole.select(told.columns)


def _told_on(before: pl.DataFrame, told: pl.DataFrame, table: Table, later: dt.date | None) -> pl.DataFrame:
    """Put what is told of one day among the versions."""
    key = table.key[0].name
    parts = [before, told]
    if later is not None:
        # The load of that later day has told how they were then, though its rows were as those before.
        valid = before.filter((pl.col(FROM_COLUMN) <= later).fill_null(value=True)).join(told, on=key, how="semi")
        last = valid.sort(FROM_COLUMN, **_TIME).group_by(key, maintain_order=True).last()
        parts.insert(0, last.with_columns(pl.lit(later, pl.Date).alias(FROM_COLUMN)).select(told.columns))
    assert table.history is not None
    return _without_repeats(_latest(parts, key), key, [column.name for column in table.history.columns])


def _latest(parts: Sequence[pl.DataFrame], key: str) -> pl.DataFrame:
    """Put versions together, by key and day; of those that begin together the one of the last part counts."""
    return pl.concat(parts).unique([key, FROM_COLUMN], keep="last").sort(key, FROM_COLUMN, nulls_last=False)


def _without_repeats(versions: pl.DataFrame, key: str, columns: Sequence[str]) -> pl.DataFrame:
    """Leave out versions that are as the one before."""
    first = pl.int_range(pl.len()).over(key) == 0
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1).over(key)) for name in columns)
    return versions.filter(first | differs)


def _current(rows: TypedTable, versions: pl.DataFrame, past: Past, day: dt.date) -> TypedTable:
    """Give the rows as they are in their newest versions; a load of an earlier day leaves those that it lacks."""
    history = rows.table.history
    assert history is not None
    key, names = rows.table.key[0].name, [column.name for column in history.changing]
    newest = versions.group_by(key, maintain_order=True).last()
    told = rows.frame.drop(names).join(newest.select(key, *names), on=key, how="left", maintain_order="left")
    frame, numbers = told.select(rows.frame.columns), rows.numbers
    if history.since is None and past.after(day) is not None:
        lacking = newest.filter(pl.col(key).is_in(past.known.implode()))
        lacking = lacking.join(rows.frame, on=key, how="anti").select(rows.frame.columns)
        frame = pl.concat([frame, lacking])
        numbers = pl.concat([numbers, pl.repeat(EARLIER, lacking.height, dtype=numbers.dtype, eager=True)])
    return replace(rows, frame=frame, numbers=numbers)

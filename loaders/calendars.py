"""Calendars: a row for each day of the years that the dates of other tables lie in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import polars as pl

from cube_server.model.tables import Days, Table

from .mistakes import Mistakes
from .origins import Origin, TypedTable

MOST_YEARS = 500
"""How many years a calendar may span; a date further off is a typing error or a placeholder such as 9999-12-31."""


def calendar(table: Table, days: Days, given: Mapping[str, TypedTable], mistakes: Mistakes) -> TypedTable:
    """Make the days of a calendar.

    Args:
        table: Has one column, of dates.
        days: Whose dates it spans.
        given: The tables that have them.
        mistakes: Takes dates that lie too far apart.

    Returns:
        Every day from the first of January of the earliest date's year to the last of December of the latest date's;
        none if there is no date.
    """
    spans = list(_spans(days, given))
    ends = (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None
    if ends and ends[1].year - ends[0].year >= MOST_YEARS:
        told = f"The dates of {', '.join(sorted({part.name for part in days.tables}))} span {ends[0]} to {ends[1]}."
        mistakes.add(f"table {table.name}", told, f"A calendar has less than {MOST_YEARS} years: mend the dates.")
        ends = None
    dates = _whole_years(*ends) if ends else pl.Series(dtype=pl.Date)
    frame = pl.DataFrame([dates.alias(table.columns[0].name)])
    return TypedTable(table, frame, ((0, Origin(name=f"table {table.name}")),))


def _whole_years(first: dt.date, last: dt.date) -> pl.Series:
    return pl.date_range(first.replace(month=1, day=1), last.replace(month=12, day=31), eager=True)


def _spans(days: Days, given: Mapping[str, TypedTable]) -> Iterator[tuple[dt.date, dt.date]]:
    for table, column in days.columns:
        dates = given[table.name].frame[column.name].cast(pl.Date).drop_nulls()
        if len(dates):
            first, last = dates.min(), dates.max()
            assert isinstance(first, dt.date)
            assert isinstance(last, dt.date)
            yield first, last

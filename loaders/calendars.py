"""Calendars: a row for each day of the years that the dates of other tables lie in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import polars as pl

from cube_server.model.tables import Days, Table

from .mistakes import Mistakes
from .origins import Origin, Part, Places, TypedTable

Span = tuple[dt.date, dt.date]
"""A first and a last day."""

MOST_YEARS = 500
"""How many years a calendar may span; a date further off is a typing error or a placeholder such as 9999-12-31."""


def calendar(table: Table, days: Days, spans: Sequence[Span], mistakes: Mistakes) -> TypedTable:
    """Make the days of a calendar.

    Args:
        table: Has one column, of dates.
        days: Whose dates it spans.
        spans: Of runs of those dates.
        mistakes: Takes dates that lie too far apart.

    Returns:
        Every day from the first of January of the earliest date's year to the last of December of the latest date's;
        none if there is no date.
    """
    ends = (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None
    if ends and ends[1].year - ends[0].year >= MOST_YEARS:
        told = f"The dates of {', '.join(sorted({part.name for part in days.tables}))} span {ends[0]} to {ends[1]}."
        mistakes.add(f"table {table.name}", told, f"A calendar has less than {MOST_YEARS} years: mend the dates.")
        ends = None
    dates = _whole_years(*ends) if ends else pl.Series(dtype=pl.Date)
    frame = pl.DataFrame([dates.alias(table.columns[0].name)])
    places = Places()
    return TypedTable(table, frame, places.numbers(Part(frame, Origin(name=f"table {table.name}"))), places)


def span(dates: pl.Series) -> Iterator[Span]:
    """Give the first and the last of some dates or timestamps, if there are any."""
    found = dates.cast(pl.Date).drop_nulls()
    if len(found):
        first, last = found.min(), found.max()
        assert isinstance(first, dt.date)
        assert isinstance(last, dt.date)
        yield first, last


def _whole_years(first: dt.date, last: dt.date) -> pl.Series:
    return pl.date_range(first.replace(month=1, day=1), last.replace(month=12, day=31), eager=True)

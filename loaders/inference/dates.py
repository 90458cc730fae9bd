"""The dimension of time: from a table of days in the source, or from a calendar made of the facts' dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from cube_server.types import Kind

from .dependencies import Dependencies
from .profiles import TableProfile
from .rows import Document
from .vocabulary import IDS
from .wording import label, named, subject, words

_DAY = "\0day"
_MOST_GAPS = 1.5
"""How many days the span of a table of days may have for each of its rows."""

_NAMES = frozenset({"date", "day", "calendar", "time"})
_PERIODS = ("year", "quarter", "month")

CALENDAR: Mapping[str, tuple[str, str]] = {
    "date": ("date", ""),
    "year": ("int", 'extract("year", date)'),
    "quarter": ("text", 'concat("Q", text(extract("quarter", date)))'),
    "month": ("text", "left(text(date), 7)"),
    "month_name": (
        "text",
        'substr("JanFebMarAprMayJunJulAugSepOctNovDec", extract("month", date) * 3 - 2, 3)',
    ),
    "month_no": ("int", 'extract("month", date)'),
    "weekday": ("text", 'substr("MonTueWedThuFriSatSun", extract("weekday", date) * 3 - 2, 3)'),
    "weekday_no": ("int", 'extract("weekday", date)'),
}
"""The columns of a calendar that is made, each with its type and formula."""


def calendar_table(days: Sequence[str]) -> Document:
    """Give the table of a calendar over some columns of dates."""
    return {
        "label": "Days",
        "key": ["date"],
        "columns": {name: type_ for name, (type_, _) in CALENDAR.items()},
        "from": {"days": list(days), "values": {name: text for name, (_, text) in CALENDAR.items() if text}},
    }


def calendar_dimension(table: str) -> Document:
    """Give the dimension over such a table."""
    return {
        "table": table,
        "label": "Time",
        "role": "time",
        "levels": {
            "year": {"column": "year", "unique": True, "period": "year"},
            "quarter": {"column": "quarter", "period": "quarter"},
            "month": {
                "column": "month",
                "unique": True,
                "period": "month",
                "attributes": {"month_of_year": {"column": "month_name", "order": "month_no"}},
            },
            "day": {
                "column": "date",
                "unique": True,
                "period": "day",
                "attributes": {"weekday": {"column": "weekday", "order": "weekday_no"}},
            },
        },
        "hierarchies": {"calendar": {"levels": ["year", "quarter", "month", "day"]}},
    }


def day_column(table: TableProfile) -> str | None:
    """Name the column of a table of days that has the day; None if it is no such table."""
    is_named = bool(set(subject(table.source)) & _NAMES)
    for column in table.columns:
        is_key = column.type.kind is Kind.DATE and column.distinct == table.rows > 2
        if is_key and _years(table, column.name) and (is_named or _span(column.values) <= _MOST_GAPS * table.rows):
            return column.name
    return None


def day_dimension(table: TableProfile, name: str, day: str) -> Document:
    """Give the dimension over a table of days of the source.

    Args:
        table: The table.
        name: What it is called in the model.
        day: Its column with the day.
    """
    frame = table.frame.with_columns(pl.col(day).alias(_DAY))
    known = Dependencies(
        frame.with_columns(
            pl.col(_DAY).dt.year().alias("\0year"),
            pl.col(_DAY).dt.strftime("%Y").add(pl.col(_DAY).dt.quarter().cast(pl.String)).alias("\0quarter"),
            pl.col(_DAY).dt.strftime("%Y-%m").alias("\0month"),
        )
    )
    columns = [column.name for column in table.columns if column.name != day and column.type.kind is not Kind.FLOAT]
    levels: Document = {}
    used: set[str] = {day}
    for period in _PERIODS:
        found = _level(columns, period, known, [levels[above]["column"] for above in levels])
        if found:
            levels[period] = {**found, "period": period}
            used |= {str(found["column"]), str(found.get("caption", ""))}
    attributes = _attributes([column for column in columns if column not in used], table, known)
    levels["day"] = {"column": day, "unique": True, "period": "day", "attributes": attributes}
    hierarchies = {"calendar": {"levels": list(levels)}}
    return {"table": name, "label": "Time", "role": "time", "levels": levels, "hierarchies": hierarchies}


def _span(days: pl.Series) -> int:
    return int((days.max() - days.min()).days) + 1  # type: ignore[operator, union-attr]


def _years(table: TableProfile, day: str) -> bool:
    """Tell whether some column has the year of each day: a table of days has, one of promotions has not."""
    years = table.frame[day].dt.year()
    return any(column.type.kind is Kind.INT and bool((column.values == years).all()) for column in table.columns)


def _level(columns: Sequence[str], period: str, known: Dependencies, above: Sequence[str]) -> Document | None:
    """Find the column whose values are the periods, alone or together with the levels above."""
    is_period = [column for column in columns if period in "".join(words(column)) or period == "year"]
    alone = [
        column for column in is_period if known.tells(column, f"\0{period}") and known.tells(f"\0{period}", column)
    ]
    if alone:
        return {"column": alone[0], "unique": True}
    for column in is_period:
        # Within its year: each month of the calendar has one name, and no two have the same.
        names = [*above[:1], column]
        if above and known.tells(f"\0{period}", column) and known.tells_together(names, f"\0{period}"):
            return {"column": column}
    return None


def _attributes(columns: Sequence[str], table: TableProfile, known: Dependencies) -> Document:
    """Give the properties of a day, weekdays with the number that they are sorted by."""
    types = {column.name: column.type.kind for column in table.columns}
    orders: dict[str, str] = {}
    for column in columns:
        if types[column] is Kind.TEXT:
            same = [other for other in columns if types[other] is Kind.INT and known.is_same(column, other)]
            same = [other for other in same if other not in orders.values()]
            orders |= {column: same[0]} if same else {}
    attributes: Document = {}
    taken = {*_PERIODS, "day", "calendar"}
    for column in columns:
        telling = 1 < known.distinct(column) < table.rows and column not in orders.values()
        if telling and words(column)[-1:] != ("key",):
            name = named([word for word in words(column) if word not in IDS] or ["attribute"], taken)
            taken.add(name)
            order = {"order": orders[column]} if column in orders else {}
            attributes[name] = {"column": column, "label": label(column), **order}
    return attributes

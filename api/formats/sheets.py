"""What a sheet of Excel can hold: its limits, its kinds of values, its widths."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from unicodedata import east_asian_width

import polars as pl
from xlsxwriter.worksheet import Worksheet

from cube_server.errors import LimitError

from .text import cell_text

MOST_ROWS, MOST_COLUMNS, LONGEST_TEXT = 1_048_576, 16_384, 32_767
"""The rows of a sheet, its columns, and the characters of a cell, counted as UTF-16 does."""

DAY, TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
"""The formats of dates and of times."""

_FIRST_DAY = dt.date(1900, 3, 1)
"""Excel's calendar has a 29 February 1900, and nothing before that year."""

_NARROWEST, _WIDEST, _MEASURED_ROWS = 8, 60, 200

Fitting = str | bool | float | dt.date | dt.datetime
"""A value of a cell: every number is a float there."""


class ExactSheet(Worksheet):  # type: ignore[misc]  # it has no hints
    """A sheet whose numbers read back to the same numbers: XlsxWriter would write 16 digits, which are too few."""

    def _xml_number_element(self, number: float, attributes: list[tuple[str, object]] = []) -> None:  # noqa: B006
        written = "".join(f' {name}="{value}"' for name, value in attributes)
        self.fh.write(f"<c{written}><v>{repr(number).removesuffix('.0')}</v></c>")


def check_fits(frame: pl.DataFrame) -> None:
    """Raise LimitError if a table with its header does not fit into a sheet."""
    if frame.height >= MOST_ROWS:
        raise LimitError(
            f"The answer has {frame.height:,} rows; a sheet has {MOST_ROWS - 1:,} below its header.",
            hint="Page with limit and offset, or ask for csv or parquet.",
        )
    if frame.width > MOST_COLUMNS:
        raise LimitError(
            f"The answer has {frame.width:,} columns; a sheet has {MOST_COLUMNS:,}.",
            hint="Ask for fewer levels on columns, for the flat layout, or for csv.",
        )
    for name, length in _longest_texts(frame).items():
        if length > LONGEST_TEXT:
            raise LimitError(
                f"Column {name!r} has a text of {length:,} characters; a cell holds {LONGEST_TEXT:,}.",
                hint="Ask for csv or parquet.",
            )


def _longest_texts(frame: pl.DataFrame) -> dict[str, int]:
    """Measure the longest text of each column, its name included; signs beyond 16 bits count twice."""
    texts = pl.col(pl.String)
    lengths = texts.str.len_chars() + texts.str.count_matches(r"[\u{10000}-\u{10FFFF}]")
    longest = frame.select(lengths.max()).to_dict(as_series=False)
    return {name: max(len(name), *(length or 0 for length in longest.get(name, [0]))) for name in frame.columns}


def fitted(value: object) -> Fitting | None:
    """Give what a cell holds for a value: the same value, or its text where no cell can hold it exactly.

    >>> fitted(12), fitted(2**53 + 1), fitted(Decimal("0.10")), fitted(dt.date(1850, 1, 1)), fitted(float("nan"))
    (12.0, '9007199254740993', 0.1, '1850-01-01', None)
    """
    match value:
        case None | bool() | str():
            return value
        case int() | float() | Decimal():
            return _number(value)
        case dt.datetime():
            return value if value.date() >= _FIRST_DAY else cell_text(value)
        case dt.date() if value >= _FIRST_DAY:
            return value
        case _:
            return cell_text(value)


def _number(value: float | Decimal) -> float | str | None:
    number = float(value)
    if not math.isfinite(number):
        return None
    is_exact = Decimal(repr(number)) == value if isinstance(value, Decimal) else number == value
    return number if is_exact else cell_text(value)


def number_format(kind: pl.DataType) -> str:
    """Give the number format of a column that has none by the model; `General` where no other fits."""
    if isinstance(kind, pl.Decimal):
        return f"0.{'0' * kind.scale}" if kind.scale else "0"
    if isinstance(kind, pl.Datetime):
        return TIME
    return DAY if kind == pl.Date else "General"


def column_width(name: str, values: pl.Series) -> int:
    """Give a width that shows the name and the first values; Hangul takes two places a sign."""
    texts = (_shown(value) for value in values.head(_MEASURED_ROWS))
    widest = max(map(_places, (name, *texts)))
    return min(max(widest + 2, _NARROWEST), _WIDEST)


def _shown(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else cell_text(value)


def _places(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)

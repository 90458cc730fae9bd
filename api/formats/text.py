"""A value of a table as text, for the formats that have nothing else."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal


def cell_text(value: object) -> str:
    """Write a value as CSV has it: null is empty, dates are ISO, numbers have a decimal point and no exponent.

    >>> [cell_text(value) for value in (None, True, 1e21, 5.0, -12.5, dt.date(2017, 12, 31))]
    ['', 'true', '1000000000000000000000', '5', '-12.5', '2017-12-31']
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return _plain(value)
        case Decimal():
            return f"{value:f}"
        case dt.date():
            return value.isoformat()
        case _:
            return str(value)


def _plain(value: float) -> str:
    """The shortest digits that read back to the same number; what is no number is empty, as it is null in JSON."""
    if not math.isfinite(value):
        return ""
    text = repr(value).removesuffix(".0")
    return f"{Decimal(text):f}" if "e" in text else text

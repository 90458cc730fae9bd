"""Times: now, and spans as people write them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

Clock = Callable[[], dt.datetime]
"""Gives the time in UTC."""

_SPAN = re.compile(r"([0-9]{1,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = dt.timedelta(days=36_500)


def now() -> dt.datetime:
    """Give the time in UTC."""
    return dt.datetime.now(dt.UTC)


def parse_span(text: str) -> dt.timedelta:
    """Read a span of time.

    >>> parse_span("90d")
    datetime.timedelta(days=90)

    Raises:
        ValueError: It is none, is nothing, or is longer than a century.
    """
    match = _SPAN.fullmatch(text.strip().lower())
    span = dt.timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else dt.timedelta()
    if not dt.timedelta() < span <= _LONGEST:
        raise ValueError(f"{text!r} is no span of time; write 90d, 12h, 30m or 2w")
    return span

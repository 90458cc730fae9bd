"""Names in short addresses."""

from __future__ import annotations

import re

_LONGEST = 60
_OTHERS = re.compile(r"[^a-z0-9]+")


def slug_of(name: str) -> str:
    """Make the name in an address out of a report's name.

    >>> slug_of("Sales by year (2017)"), slug_of("연도별 매출")
    ('sales-by-year-2017', 'report')
    """
    return _OTHERS.sub("-", name.lower())[:_LONGEST].strip("-") or "report"

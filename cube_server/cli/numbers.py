"""Numbers as people read them, by a measure's format."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

_FORMAT = re.compile(r"(?P<thousands>#,##)?0(?:\.(?P<decimals>0+))?(?P<percent>%)?")


def formatted(value: float | None, format: str) -> str:
    """Write a number by a spreadsheet's number format; halves are rounded away from zero, as spreadsheets do.

    >>> formatted(4607838.945, "#,##0.00")
    '4,607,838.95'
    >>> formatted(0.0525, "0.0%")
    '5.3%'

    Args:
        value: The number, None for an empty cell.
        format: Such as `#,##0.00` or `0.0%`; any other leaves the number as it is.

    Returns:
        The number; an empty text for an empty cell, which is not a zero.
    """
    if value is None:
        return ""
    shape = _FORMAT.fullmatch(format)
    if shape is None:
        return str(value)
    # repr gives the shortest text that is this number, so 0.285 rounds as it reads.
    exact = Decimal(repr(value)) * (100 if shape["percent"] else 1)
    if not exact.is_finite():
        return str(value)
    rounded = exact.quantize(Decimal(1).scaleb(-len(shape["decimals"] or "")), ROUND_HALF_UP)
    return f"{rounded:{',' if shape['thousands'] else ''}f}{shape['percent'] or ''}"

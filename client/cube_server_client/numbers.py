"""Numbers as people read them, by the number format of their measure."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

_SHAPE = re.compile(r"(#,##)?0?#?(?:\.([0#]+))?(%)?")


def formatted(value: float | None, number_format: str) -> str:
    """Write a number; an empty cell is an empty text.

    >>> formatted(4596039.58, "#,##0.00"), formatted(0.0525, "0.0%"), formatted(None, "0"), formatted(12.5, "#,##0.##")
    ('4,596,039.58', '5.3%', '', '12.5')

    Args:
        value: The number.
        number_format: Such as `#,##0.00` or `0.0%`; one that is not understood leaves the number as it is.
    """
    shape = _SHAPE.fullmatch(number_format)
    if value is None or shape is None:
        return "" if value is None else str(value)
    thousands, decimals, percent = shape.groups(default="")
    exact = Decimal(repr(value)) * (100 if percent else 1)
    rounded = exact.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    text = f"{rounded:{',' if thousands else ''}f}"
    optional = len(decimals) - len(decimals.rstrip("#"))
    for _ in range(optional):
        text = text.removesuffix("0")
    return text.removesuffix(".") + percent

"""CSV by RFC 4180, and the same with tabs."""

from __future__ import annotations

from collections.abc import Iterator

from .table import Table

BOM = "\ufeff".encode()
"""What some spreadsheets need to see that a file is UTF-8."""


def write_csv(table: Table, *, separator: str = ",", decimal: str = ".", bom: bool = False) -> Iterator[bytes]:
    """Write a table with a header row, chunk by chunk.

    Null is empty and the empty text is `""`; dates and times are ISO; numbers have as many
    digits as read back to the same number, never an exponent.

    Args:
        table: The table.
        separator: The sign between fields.
        decimal: The sign of decimals in numbers, a point or a comma.
        bom: Whether to begin with a byte order mark.
    """
    for position, chunk in enumerate(table.chunks()):
        text = chunk.write_csv(
            separator=separator,
            include_header=position == 0,
            line_terminator="\r\n",
            datetime_format="%Y-%m-%dT%H:%M:%S%.f",
            float_scientific=False,
            decimal_comma=decimal == ",",
        )
        yield BOM * (bom and position == 0) + text.encode()

"""A rowset in XML, for FILTERXML and XPath."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from ..errors import NotAcceptableError
from .about import About
from .table import Table
from .text import cell_text

_NAME = re.compile(r"(?!xml)[A-Za-z_가-힣][A-Za-z0-9_.가-힣-]*", re.IGNORECASE)
_FORBIDDEN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\u{FFFE}\u{FFFF}]"


def write_xml(table: Table, about: About) -> Iterator[bytes]:
    """Write a rowset, chunk by chunk: `<rows><row><sales>1.5</sales>...`, so that `//row/sales` is a column.

    A column whose name is no name in XML is `<column name="...">`. Null is an empty element with `null="true"`, so
    that columns keep their length.

    Raises:
        NotAcceptableError: A text has control characters, which XML cannot hold.
    """
    _check(table)
    tags = [_tag(name) for name in table.head.columns]
    attributes = {"cube": about.cube, "snapshot": about.snapshot, "total": about.total, "shown": about.shown}
    written = " ".join(f"{name}={quoteattr(str(value))}" for name, value in attributes.items())
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<rows {written}>\n'.encode()
    for chunk in table.chunks():
        yield "".join(_row(tags, row) for row in chunk.iter_rows()).encode()
    yield b"</rows>\n"


def _tag(name: str) -> tuple[str, str]:
    """Give what begins and what ends the element of a column, without the signs."""
    return (name, name) if _NAME.fullmatch(name) else (f"column name={quoteattr(name)}", "column")


def _row(tags: list[tuple[str, str]], values: tuple[object, ...]) -> str:
    cells = (_cell(start, end, value) for (start, end), value in zip(tags, values, strict=True))
    return f"<row>{''.join(cells)}</row>\n"


def _cell(start: str, end: str, value: object) -> str:
    if value is None:
        return f'<{start} null="true"/>'
    # A parser would read a bare carriage return as a line feed.
    return f"<{start}>{escape(cell_text(value), {chr(13): '&#13;'})}</{end}>"


def _check(table: Table) -> None:
    texts = table.whole().select(pl.col(pl.String).str.contains(_FORBIDDEN).any())
    wrong = [name for name in texts.columns if texts[name].any()]
    wrong += [name for name in table.head.columns if pl.Series([name]).str.contains(_FORBIDDEN).any()]
    if wrong:
        raise NotAcceptableError(
            f"Column {wrong[0]!r} has control characters, which XML cannot hold.", hint="Ask for CSV, JSON or XLSX."
        )

"""One HTML table, for IMPORTHTML, Power Query and people."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .about import About
from .table import Table
from .text import cell_text

_HEAD = """<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{cube}</title></head>
<body>
<table id="{cube}">
<thead><tr>{names}</tr></thead>
<tbody>
"""
_FOOT = """</tbody>
</table>
<p>{note}</p>
</body>
</html>
"""


def write_html(table: Table, about: About) -> Iterator[bytes]:
    """Write a page with one table, chunk by chunk: no script, no style, nothing fetched.

    Values are those of CSV. Rows of totals have the class `total`; what is left out is said below the table.
    """
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head.columns)
    yield _HEAD.format(language=about.language, cube=escape(about.cube), names=names).encode()
    for chunk in table.chunks():
        rows = zip(chunk.iter_rows(), table.totals(chunk), strict=True)
        yield "".join(_row(row, is_total=is_total) for row, is_total in rows).encode()
    yield _FOOT.format(note=escape(_note(about))).encode()


def _row(values: tuple[object, ...], *, is_total: bool) -> str:
    cells = "".join(f"<td>{escape(cell_text(value))}</td>" for value in values)
    return f'<tr class="total">{cells}</tr>\n' if is_total else f"<tr>{cells}</tr>\n"


def _note(about: About) -> str:
    note = f"Snapshot {about.snapshot}."
    return f"{note} A page: {about.shown:,} of {about.total:,} rows." if about.is_page else note

"""Answers of every tabular format read back by programs that are not ours."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from xml.etree import ElementTree

import openpyxl
import pyarrow.ipc
import pyarrow.parquet

Rows = list[list[object]]
Grid = tuple[list[str], Rows]


def read_csv(body: bytes, delimiter: str = ",") -> Grid:
    """Read CSV; a field without text is null."""
    header, *rows = csv.reader(io.StringIO(body.decode(), newline=""), delimiter=delimiter)
    return header, [[field or None for field in row] for row in rows]


def read_tsv(body: bytes) -> Grid:
    return read_csv(body, "\t")


class _Table(HTMLParser):
    """Gathers the cells of the one table of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Rows = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append(None)
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] = f"{self.rows[-1][-1] or ''}{data}"


def read_html(body: bytes) -> Grid:
    table = _Table()
    table.feed(body.decode())
    header, *rows = table.rows
    return [str(name) for name in header], rows


def read_xml(body: bytes) -> Grid:
    """Read a rowset. An empty one does not name its columns."""
    rows = ElementTree.fromstring(body).findall("row")
    names = [element.get("name", element.tag) for element in rows[0]] if rows else []
    return names, [[None if cell.get("null") == "true" else cell.text or "" for cell in row] for row in rows]


def read_xlsx(body: bytes) -> Grid:
    sheet = openpyxl.load_workbook(io.BytesIO(body))["Data"]
    header, *rows = sheet.iter_rows(values_only=True)
    return [str(name) for name in header], [list(row) for row in rows]


def read_parquet(body: bytes) -> Grid:
    return _read_arrow(pyarrow.parquet.read_table(io.BytesIO(body)))


def read_arrow(body: bytes) -> Grid:
    return _read_arrow(pyarrow.ipc.open_stream(body).read_all())


def _read_arrow(table: pyarrow.Table) -> Grid:
    return table.column_names, [list(row.values()) for row in table.to_pylist()]


READERS: Mapping[str, Callable[[bytes], Grid]] = {
    "csv": read_csv,
    "tsv": read_tsv,
    "html": read_html,
    "xml": read_xml,
    "xlsx": read_xlsx,
    "parquet": read_parquet,
    "arrow": read_arrow,
}


def same(found: object, value: object) -> bool:
    """Whether what a format holds is a value of JSON: text reads as the same value, numbers to the last digit."""
    if value is None or isinstance(value, dict):
        return found is None
    if isinstance(found, dt.datetime) and isinstance(value, str) and len(value) == 10:
        return found == dt.datetime.fromisoformat(value)
    if isinstance(found, dt.date):
        return found.isoformat() == value
    if isinstance(value, bool):
        return found is value or found == str(value).lower()
    if isinstance(value, int | float):
        return not isinstance(found, bool) and float(found) == value  # type: ignore[arg-type]
    return found == value

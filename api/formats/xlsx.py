"""An Excel workbook: typed cells with the model's number formats, and a sheet that says where they come from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from cube_server.budget import Budget

from .about import About
from .guard import SIGNS
from .pieces import pieces
from .sheets import LONGEST_TEXT, ExactSheet, Fitting, check_fits, column_width, fitted, number_format
from .table import Table


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A table in a workbook.

    Attributes:
        name: The sheet's name, at most 31 signs, other than About.
        table: The table.
        about: Where it comes from.
    """

    name: str
    table: Table
    about: About


def write_xlsx(table: Table, about: About, budget: Budget, *, guard: bool = True) -> Iterator[bytes]:
    """Write a workbook with one table, in the sheet Data: see `write_workbook`."""
    return write_workbook([Sheet("Data", table, about)], budget, guard=guard)


def write_workbook(sheets: Sequence[Sheet], budget: Budget, *, guard: bool = True) -> Iterator[bytes]:
    """Write a workbook, in pieces.

    A sheet of data has the column names in its first row, which stays in sight; numbers, dates, truths and texts are
    cells of their own types, totals are bold, null is an empty cell. What no such cell holds exactly (a whole number
    beyond 2^53, a day before 1900) is text. The sheet About tells cube, query, snapshot and time.

    Args:
        sheets: The tables, a sheet each; what About says of each stands below one another.
        budget: Its time holds, as a workbook is written whole before it is sent.
        guard: Whether texts that look like formulas are marked as text, as Excel itself does by an apostrophe that is
            no part of the value. No text is ever written as a formula.

    Raises:
        LimitError: A sheet has not so many rows or columns, or a cell not so many characters.
        BusyError: The time is up.
    """
    for sheet in sheets:
        check_fits(sheet.table.whole())
    stream = BytesIO()
    # Each row goes to a file on the disk when the next one begins.
    with Workbook(stream, {"constant_memory": True}) as book:
        for sheet in sheets:
            _DataSheet(book, sheet, budget, guard=guard).write()
        _write_about(book, sheets)
    yield from pieces(stream)


_ROWS_BETWEEN_CHECKS = 1_000


class _DataSheet:
    """The sheet with the table."""

    def __init__(self, book: Workbook, sheet: Sheet, budget: Budget, *, guard: bool) -> None:
        table = sheet.table
        self._book, self._table, self._budget, self._guard = book, table, budget, guard
        self._sheet = book.add_worksheet(sheet.name, ExactSheet)
        self._styles: dict[tuple[str, bool, bool], Format] = {}
        kinds = table.head.schema.items()
        self._numbers = [table.numbers.get(name) or number_format(kind) for name, kind in kinds]

    def write(self) -> None:
        """Write all rows."""
        frame = self._table.whole()
        for column, name in enumerate(frame.columns):
            self._sheet.set_column(column, column, column_width(name, frame[name]))
        self._sheet.freeze_panes(1, 0)
        self._write_row(0, tuple(frame.columns), bold=True)
        row = 0
        for chunk in self._table.chunks():
            for values, is_total in zip(chunk.iter_rows(), self._table.totals(chunk), strict=True):
                row += 1
                if row % _ROWS_BETWEEN_CHECKS == 0:
                    self._budget.check_time()
                self._write_row(row, values, bold=is_total)

    def _write_row(self, row: int, values: tuple[object, ...], *, bold: bool) -> None:
        for column, value in enumerate(map(fitted, values)):
            if value is not None:
                self._write_cell(row, column, value, bold=bold)

    def _write_cell(self, row: int, column: int, value: Fitting, *, bold: bool) -> None:
        if isinstance(value, str):
            risky = self._guard and value.startswith(SIGNS)
            self._sheet.write_string(row, column, value, self._style("General", bold=bold, text=risky))
        elif isinstance(value, float):
            self._sheet.write_number(row, column, value, self._style(self._numbers[column], bold=bold))
        else:
            self._sheet.write(row, column, value, self._style(self._numbers[column], bold=bold))

    def _style(self, number: str, *, bold: bool, text: bool = False) -> Format:
        key = (number, bold, text)
        if key not in self._styles:
            self._styles[key] = self._book.add_format({"num_format": number, "bold": bold, "quote_prefix": text})
        return self._styles[key]


def _write_about(book: Workbook, sheets: Sequence[Sheet]) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 100)
    lines = [
        line for part in sheets for line in ([("Sheet", part.name)] if len(sheets) > 1 else []) + [*_lines(part.about)]
    ]
    for row, (name, value) in enumerate(lines):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, value)


def _lines(about: About) -> Iterator[tuple[str, str]]:
    yield "Cube", about.cube
    # A body may be longer than a cell.
    for start in range(0, len(about.query), LONGEST_TEXT // 2):
        yield "Query", about.query[start : start + LONGEST_TEXT // 2]
    yield "Snapshot", about.snapshot
    yield "Data date", about.data_date
    yield "Model", about.model_hash
    yield "Program", about.program
    yield "Written", dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    yield "Rows", str(about.shown)
    yield "Rows in all", str(about.total)
    yield "A page", "yes" if about.is_page else "no"

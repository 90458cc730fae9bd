"""Reading one CSV file as text: a header, quotes as RFC 4180 has them; UTF-8 and commas if the model says no other."""

from __future__ import annotations

import csv
import json
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from cube_server.errors import Issue
from cube_server.model.sources import Reading
from cube_server.model.tables import Table

from ..mistakes import Mistakes
from ..origins import Origin, Part
from .base import Look, add_missing_columns
from .scanning import LONGEST_LINE, likely_encoding, scan

csv.field_size_limit(LONGEST_LINE)


def read_csv(path: Path, name: str, table: Table, mistakes: Mistakes) -> Iterator[Part]:
    """Read the model's columns of a CSV file; nothing of it if the file as a whole is faulty.

    Blank lines hold no row. A row with too few or too many fields, a quote that is not closed, text that is
    not UTF-8: each is a mistake, and nothing of it is guessed.
    """
    yield from _CsvFile(path, name, table, mistakes).parts()


def look_at_csv(path: Path) -> Look:
    """Give the names in a CSV file's header, with its likely encoding and delimiter."""
    encoding = "utf-8" if _is_utf8(path) else likely_encoding(path)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="", errors="replace") as file:
        head = next((line for line in iter(lambda: file.readline(LONGEST_LINE), "") if line.strip()), "")
    counts = {mark: head.count(mark) for mark in ",;\t|"}
    delimiter = max(counts, key=lambda mark: counts[mark])
    header = next(csv.reader([head], delimiter=delimiter), [])
    return Look(tuple(header), Reading(encoding=encoding, delimiter=delimiter))


def _is_utf8(path: Path) -> bool:
    fault = scan(path, path.name, "utf-8").fault
    return fault is None or "encoding" not in fault.hint


@dataclass(frozen=True, slots=True)
class _CsvFile:
    path: Path
    name: str
    table: Table
    mistakes: Mistakes

    def parts(self) -> Iterator[Part]:
        found = scan(self.path, self.name, self._encoding)
        if found.fault:
            self.mistakes.add(found.fault.place, found.fault.message, found.fault.hint)
            return
        if found.has_quotes and not self._quotes_close():
            return
        header = self._header()
        if not header:
            self.mistakes.add(self.name, "The file is empty.", "Its first line names the columns.")
        elif not (self._is_other(header) or self._repeats(header) or self._misses(header)):
            yield from self._read(list(dict.fromkeys(column.name for column in self.table.columns)), found.ends)

    @property
    def _encoding(self) -> str:
        return self.table.reading.encoding

    def _open(self) -> TextIO:
        encoding = "utf-8-sig" if self._encoding == "utf-8" else self._encoding
        return self.path.open(encoding=encoding, newline="")

    def _origin(self, first: int = 0) -> Origin:
        # Lines are counted in files of bytes and commas; in others a row has its number alone.
        has_lines = self.table.reading.delimiter == "," and not self._encoding.startswith("utf-16")
        return Origin(name=self.name, first=first, csv=self.path if has_lines else None)

    def _read(self, columns: list[str], ends: bool) -> Iterator[Part]:
        ragged: deque[arrow_csv.InvalidRow] = deque()
        last: arrow_csv.InvalidRow | None = None
        first = 0
        try:
            for frame in self._batches(columns, ragged):
                # Arrow leaves the faulty rows out, but they are rows of the file: those behind them count on.
                while ragged and _number(ragged[0]) <= first + frame.height:
                    if last:
                        yield self._misfit(last, is_cut=False)
                    last = ragged.popleft()
                    before = _number(last) - first
                    yield self._part(frame[:before], first)
                    frame, first = frame[before:], first + before + 1
                yield self._part(frame, first)
                first += frame.height
        except pa.ArrowInvalid as error:
            self.mistakes.add(self.name, *_unreadable(error))
        if last:
            # Told last of all, as only now it is known whether the file ends with it.
            yield self._misfit(last, is_cut=not ends and _number(last) + 1 >= first)

    def _part(self, frame: pl.DataFrame, first: int) -> Part:
        return Part(frame, self._origin(first))

    def _misfit(self, row: arrow_csv.InvalidRow, *, is_cut: bool) -> Part:
        text = pl.DataFrame({"text": [row.text]})
        return Part(text, self._origin(_number(row)), misfit=lambda _: self._ragged(row, is_cut=is_cut))

    def _batches(self, columns: list[str], ragged: deque[arrow_csv.InvalidRow]) -> Iterator[pl.DataFrame]:
        def skip(row: arrow_csv.InvalidRow) -> str:
            ragged.append(row)
            return "skip"

        with arrow_csv.open_csv(
            self.path,
            # One thread: only then does a faulty row come with its number.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=2 * LONGEST_LINE, encoding=self._encoding),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=skip, delimiter=self.table.reading.delimiter
            ),
            convert_options=_as_text(columns),
        ) as reader:
            given = 0
            for batch in reader:
                given += batch.num_rows
                yield _frame(pa.Table.from_batches([batch]))
            if not given:
                yield _frame(reader.schema.empty_table())

    def _header(self) -> list[str]:
        with self._open() as file:
            reader = csv.reader(file, delimiter=self.table.reading.delimiter)
            return next((record for record in reader if record), [])

    def _is_other(self, header: list[str]) -> bool:
        """Tell whether the header has other marks between its names."""
        marks = [
            mark for mark in ";\t|" if len(header) == 1 and mark in header[0] and mark != self.table.reading.delimiter
        ]
        if marks and header[0] not in {column.name for column in self.table.columns}:
            hint = f'Declare it in the model: "source": {{"delimiter": {json.dumps(marks[0])}}}.'
            self.mistakes.add(self.name, f"The header has {marks[0]!r} between its names, and no comma.", hint)
            return True
        return False

    def _misses(self, header: list[str]) -> bool:
        return add_missing_columns(self.name, self.table, header, self.mistakes)

    def _repeats(self, header: list[str]) -> bool:
        wanted = {column.name for column in self.table.columns}
        counts = Counter(header)
        repeated = sorted(name for name in wanted if counts[name] > 1)
        for name in repeated:
            told = f"The header names the column {name!r} more than once."
            self.mistakes.add(self.name, told, "Rename all but one in the file.")
        return bool(repeated)

    def _quotes_close(self) -> bool:
        """Check the quotes: Arrow would take an open one to the end of the file without a word."""
        with self._open() as file:
            reader = csv.reader(file, strict=True, delimiter=self.table.reading.delimiter)
            end = 0
            try:
                for _ in reader:
                    end = reader.line_num
            except csv.Error as error:
                place = f"{self.name}, row starting on line {end + 1}"
                hint = 'Within quotes a quote is written twice: "".'
                self.mistakes.add(place, f"The quotes are wrong: {error}.", hint)
                return False
        return True

    def _ragged(self, row: arrow_csv.InvalidRow, *, is_cut: bool) -> Issue:
        told = f"The row has {row.actual_columns} fields, the header has {row.expected_columns}."
        if row.actual_columns > row.expected_columns:
            hint = f"A field that holds {self.table.reading.delimiter!r} stands in quotes."
        elif is_cut:
            hint = "The file ends without a line break, so it may have been cut off: get it again."
        else:
            hint = "An empty field has its delimiter all the same."
        return Issue(self._origin().place(_number(row)), told, hint)


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _as_text(columns: list[str]) -> arrow_csv.ConvertOptions:
    return arrow_csv.ConvertOptions(
        include_columns=columns,
        column_types=dict.fromkeys(columns, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
    )


def _unreadable(error: pa.ArrowInvalid) -> tuple[str, str]:
    reason = str(error).splitlines()[0].rstrip(".")
    if "straddling" in reason:
        return "A row is longer than the largest that is read.", "Is a quote not closed?"
    return f"The file is no readable CSV file: {reason}.", ""


def _number(row: arrow_csv.InvalidRow) -> int:
    """Count the rows before it; Arrow counts the header as row 1."""
    return int(row.number) - 2

"""Reading one CSV file as text: UTF-8, commas, a header, quotes as RFC 4180 has them; empty is null."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from cube_server.errors import Issue
from cube_server.model.tables import Table

from ..mistakes import Mistakes
from ..origins import Origin, Part
from .base import add_missing_columns

_CHUNK = 1 << 24


def read_csv(path: Path, name: str, table: Table, mistakes: Mistakes) -> Part | None:
    """Read the model's columns of a CSV file; None if the file as a whole is faulty.

    Blank lines hold no row. A row with too few or too many fields, a quote that is not closed, text that is
    not UTF-8: each is a mistake, and nothing of it is guessed.
    """
    return _CsvFile(path, name, table, mistakes).part()


@dataclass(frozen=True, slots=True)
class _CsvFile:
    path: Path
    name: str
    table: Table
    mistakes: Mistakes

    def part(self) -> Part | None:
        if not (self._is_utf8() and self._quotes_close()):
            return None
        header = self._header()
        if not header:
            self.mistakes.add(self.name, "The file is empty.", "Its first line names the columns.")
            return None
        if self._repeats(header) or add_missing_columns(self.name, self.table, header, self.mistakes):
            return None
        return self._read([column.name for column in self.table.columns])

    def _read(self, columns: list[str]) -> Part | None:
        ragged: list[arrow_csv.InvalidRow] = []

        def skip(row: arrow_csv.InvalidRow) -> str:
            ragged.append(row)
            return "skip"

        try:
            read = arrow_csv.read_csv(
                self.path,
                # One thread: only then does a faulty row come with its number.
                read_options=arrow_csv.ReadOptions(use_threads=False, block_size=_CHUNK),
                parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
                convert_options=_as_text(columns),
            )
        except pa.ArrowInvalid as error:
            self.mistakes.add(self.name, f"The file is no readable CSV file: {error}.")
            return None
        origin = Origin(name=self.name, csv=self.path)
        if ragged:
            self.mistakes.add_alike(len(ragged), range(len(ragged)), lambda k: _ragged(origin, ragged[k]))
            return None
        frame = pl.from_arrow(read)
        assert isinstance(frame, pl.DataFrame)
        return Part(frame, origin)

    def _header(self) -> list[str]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            return next((record for record in csv.reader(file) if record), [])

    def _repeats(self, header: list[str]) -> bool:
        wanted = {column.name for column in self.table.columns}
        repeated = sorted({name for name in header if name in wanted and header.count(name) > 1})
        for name in repeated:
            self.mistakes.add(self.name, f"The header names the column {name!r} more than once.")
        return bool(repeated)

    def _is_utf8(self) -> bool:
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    place = f"{self.name}, line {number}"
                    self.mistakes.add(place, f"The file is not UTF-8: {error.reason}.")
                    return False
        return True

    def _quotes_close(self) -> bool:
        """Check the quotes: Arrow would take an open one to the end of the file without a word."""
        if not self._has_quotes():
            return True
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
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

    def _has_quotes(self) -> bool:
        with self.path.open("rb") as file:
            return any(b'"' in chunk for chunk in iter(lambda: file.read(_CHUNK), b""))


def _as_text(columns: list[str]) -> arrow_csv.ConvertOptions:
    return arrow_csv.ConvertOptions(
        include_columns=columns,
        column_types=dict.fromkeys(columns, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
    )


def _ragged(origin: Origin, row: arrow_csv.InvalidRow) -> Issue:
    # Arrow counts the header as row 1.
    place = origin.place(row.number - 2)
    return Issue(place, f"The row has {row.actual_columns} fields, the header has {row.expected_columns}.")

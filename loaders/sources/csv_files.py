"""Reading one CSV file as text: UTF-8, commas, a header, quotes as RFC 4180 has them; empty is null."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
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


def read_csv(path: Path, name: str, table: Table, mistakes: Mistakes) -> Iterator[Part]:
    """Read the model's columns of a CSV file; nothing of it if the file as a whole is faulty.

    Blank lines hold no row. A row with too few or too many fields, a quote that is not closed, text that is
    not UTF-8: each is a mistake, and nothing of it is guessed.
    """
    yield from _CsvFile(path, name, table, mistakes).parts()


@dataclass(frozen=True, slots=True)
class _CsvFile:
    path: Path
    name: str
    table: Table
    mistakes: Mistakes

    def parts(self) -> Iterator[Part]:
        if not (self._is_utf8() and self._quotes_close()):
            return
        header = self._header()
        if not header:
            self.mistakes.add(self.name, "The file is empty.", "Its first line names the columns.")
        elif not (self._repeats(header) or add_missing_columns(self.name, self.table, header, self.mistakes)):
            yield from self._read(list(dict.fromkeys(column.name for column in self.table.columns)))

    def _read(self, columns: list[str]) -> Iterator[Part]:
        ragged: list[arrow_csv.InvalidRow] = []
        first, told = 0, 0
        try:
            for frame in self._batches(columns, ragged):
                # Arrow leaves the faulty rows out, but they are rows of the file: those behind them count on.
                while told < len(ragged) and _number(ragged[told]) <= first + frame.height:
                    before = _number(ragged[told]) - first
                    yield self._part(frame[:before], first)
                    frame, first, told = frame[before:], first + before + 1, told + 1
                yield self._part(frame, first)
                first += frame.height
        except pa.ArrowInvalid as error:
            self.mistakes.add(self.name, f"The file is no readable CSV file: {error}.")
        origin = Origin(name=self.name, csv=self.path)
        self.mistakes.add_alike(len(ragged), range(len(ragged)), lambda k: _ragged(origin, ragged[k]))

    def _part(self, frame: pl.DataFrame, first: int) -> Part:
        return Part(frame, Origin(name=self.name, first=first, csv=self.path))

    def _batches(self, columns: list[str], ragged: list[arrow_csv.InvalidRow]) -> Iterator[pl.DataFrame]:
        def skip(row: arrow_csv.InvalidRow) -> str:
            ragged.append(row)
            return "skip"

        with arrow_csv.open_csv(
            self.path,
            # One thread: only then does a faulty row come with its number.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=_CHUNK),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
            convert_options=_as_text(columns),
        ) as reader:
            given = 0
            for batch in reader:
                given += batch.num_rows
                yield _frame(pa.Table.from_batches([batch]))
            if not given:
                yield _frame(reader.schema.empty_table())

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
        decoder = codecs.getincrementaldecoder("utf-8")()
        with self.path.open("rb") as file:
            try:
                for chunk in iter(lambda: file.read(_CHUNK), b""):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError as error:
                place = f"{self.name}, line {self._undecoded()}"
                self.mistakes.add(place, f"The file is not UTF-8: {error.reason}.")
                return False
        return True

    def _undecoded(self) -> int:
        """Find the first line that is not UTF-8."""
        with self.path.open("rb") as file:
            return next(number for number, line in enumerate(file, 1) if not _decodes(line))

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


def _decodes(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _number(row: arrow_csv.InvalidRow) -> int:
    """Count the rows before it; Arrow counts the header as row 1."""
    return int(row.number) - 2


def _ragged(origin: Origin, row: arrow_csv.InvalidRow) -> Issue:
    place = origin.place(_number(row))
    return Issue(place, f"The row has {row.actual_columns} fields, the header has {row.expected_columns}.")

"""Where rows come from, so that a mistake can be shown at its place in the source."""

from __future__ import annotations

import csv
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cube_server.model.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A run of rows of one file or one SQL table.

    Attributes:
        name: As the user knows it: `fact_sales.csv`, `fact_sales/2017.parquet`, `table fact_sales`.
        first: How many rows of the same file or table come before this run.
        csv: The file, where rows have lines as well.
    """

    name: str
    first: int = 0
    csv: Path | None = None

    def place(self, row: int) -> str:
        """Name a row, counted from 0 within this run: `fact_sales.csv, row 3 (line 4)`."""
        number = self.first + row
        line = f" (line {_line(self.csv, number)})" if self.csv else ""
        return f"{self.name}, row {number + 1}{line}"


@dataclass(frozen=True, slots=True)
class Part:
    """A run of rows as the source typed them, with the columns that the model asks for."""

    frame: pl.DataFrame
    origin: Origin


@dataclass(frozen=True, slots=True)
class TypedTable:
    """A whole table in the model's types.

    Attributes:
        table: The model's table.
        frame: Its columns, in the model's order, the rows in the source's order.
        origins: Where the runs of rows come from, each with its first row in the source's order.
        numbers: Of rows of which some were left out, the number of each in the source's order; None if all are there.
    """

    table: Table
    frame: pl.DataFrame
    origins: tuple[tuple[int, Origin], ...]
    numbers: pl.Series | None = None

    def place(self, row: int) -> str:
        """Name the place of a row of the frame, counted from 0."""
        row = row if self.numbers is None else int(self.numbers[row])
        run = bisect_right(self.origins, row, key=lambda start: start[0]) - 1
        first, origin = self.origins[run]
        return origin.place(row - first)


def _line(path: Path, row: int) -> int:
    """Find the line on which a data row starts; rows may span lines and blank lines hold no row."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        rows, end = -1, 0
        for record in reader:
            start, end = end + 1, reader.line_num
            rows += bool(record)
            if rows == row + 1:
                return start
    raise IndexError(row)

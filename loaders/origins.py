"""Where rows come from, so that a mistake can be shown at its place in the source."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cube_server.errors import Issue
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
        line = f" (line {lines(self.csv, pl.Series([number]))[0]})" if self.csv else ""
        return f"{self.name}, row {number + 1}{line}"


@dataclass(frozen=True, slots=True)
class Part:
    """A run of rows as the source typed them, with the columns that the model asks for.

    Attributes:
        frame: The rows.
        origin: Where they stand.
        misfit: Of rows that cannot be split into columns, for having too few or too many fields: describes one. The
            frame then has one column, their text.
    """

    frame: pl.DataFrame
    origin: Origin
    misfit: Callable[[int], Issue] | None = None


EARLIER = -1
"""The number of rows that are not of this source, but were loaded before."""


class Places:
    """The places of all rows of one table, each known by its number: how many rows were read before it."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._origins: list[Origin] = []
        self._rows = 0

    def numbers(self, part: Part) -> pl.Series:
        """Give the rows of the part that is read next their numbers (Int64)."""
        first, self._rows = self._rows, self._rows + part.frame.height
        self._firsts.append(first)
        self._origins.append(part.origin)
        return pl.int_range(first, self._rows, eager=True)

    @property
    def files(self) -> dict[str, Path]:
        """The CSV files by their names."""
        return {origin.name: origin.csv for origin in self._origins if origin.csv}

    def located(self, numbers: pl.Series) -> pl.DataFrame:
        """Give the places of rows: `source`, as the user knows it, and `row` in it, from 1."""
        runs = pl.Series(self._firsts, dtype=pl.Int64).search_sorted(numbers, side="right") - 1
        names = pl.Series([origin.name for origin in self._origins], dtype=pl.String)
        before = pl.Series(
            [o.first - first for o, first in zip(self._origins, self._firsts, strict=True)], dtype=pl.Int64
        )
        row = numbers + before.gather(runs) + 1
        return pl.DataFrame([names.gather(runs).alias("source"), row.alias("row")])

    def name(self, number: int, table: Table) -> str:
        """Name the place of a row of a table: its own, or that of the row that it is derived from."""
        if number == EARLIER:
            return f"table {table.name}, loaded before"
        run = bisect_right(self._firsts, number) - 1
        place = self._origins[run].place(number - self._firsts[run])
        return place if table.derivation is None else f"table {table.name}, from {place}"


@dataclass(frozen=True, slots=True)
class TypedTable:
    """A table, or a run of its rows, in the model's types.

    Attributes:
        table: The model's table.
        frame: Its columns, in the model's order.
        numbers: The number of each row in `places` (Int64); of a derived row, that of the row it is made of.
        places: Where the rows come from.
    """

    table: Table
    frame: pl.DataFrame
    numbers: pl.Series
    places: Places

    def place(self, row: int) -> str:
        """Name the place of a row of the frame, counted from 0."""
        return self.places.name(self.numbers[row], self.table)


def lines(path: Path, rows: pl.Series) -> pl.Series:
    """Find the lines on which data rows start, counted from 0; rows may span lines and blank lines hold no row."""
    wanted, found = set(rows.to_list()), dict[int, int]()
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        row, end = -2, 0
        for record in reader:
            start, end = end + 1, reader.line_num
            row += bool(record)
            if record and row in wanted:
                found[row] = start
                if len(found) == len(wanted):
                    break
    return pl.Series([found[row] for row in rows], dtype=pl.Int64)

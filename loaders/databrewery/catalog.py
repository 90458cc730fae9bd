"""The tables that are there, and the types of their columns."""

from __future__ import annotations

from collections.abc import Mapping

from cube_server.errors import SourceError, nearest
from cube_server.model.tables import Column, Table
from cube_server.types import DataType, Kind

from ..mistakes import Mistakes
from ..sources.base import Source
from ..sources.types import declared_type
from .findings import Findings, Place

_TEXT = DataType(Kind.TEXT)


class Catalog:
    """Looks tables and columns up in the source, each table once.

    Args:
        source: The tables.
        findings: Takes mistakes.
    """

    def __init__(self, source: Source, findings: Findings) -> None:
        self._source, self._findings = source, findings
        self._columns: dict[str, Mapping[str, DataType | None]] = {}
        self._sampled: dict[tuple[str, str], DataType] = {}

    def has(self, table: str, place: Place) -> bool:
        """Tell whether there is a table; blame the place if there is none."""
        if table not in self._columns:
            try:
                self._columns[table] = self._source.columns(table)
            except SourceError as error:
                self._columns[table] = {}
                self._findings.blame(place, error.message, error.hint)
        return bool(self._columns[table])

    def first_column(self, table: str) -> str:
        """Name the first column of a table that there is."""
        return next(iter(self._columns[table]))

    def knows(self, table: str, column: str) -> bool:
        """Tell whether a table that there is has a column."""
        return column in self._columns[table]

    def type(self, table: str, column: str, place: Place) -> DataType | None:
        """Give a column's type; None, with the place blamed, if there is none."""
        if not self.has(table, place):
            return None
        columns = self._columns[table]
        if column not in columns:
            self._findings.blame(place, f"Table {table!r} has no column {column!r}.", nearest(column, columns))
            return None
        return columns[column] or self._sample(table, column)

    def _sample(self, table: str, column: str) -> DataType:
        """Take the type of a column that declares none, as those of SQLite's views, from its values."""
        wanted = Table(name=table, source=table, key=(), columns=(Column(column, _TEXT),))
        if (table, column) not in self._sampled:
            dtypes = {part.frame[column].dtype for part in self._source.parts(wanted, Mistakes())}
            found = {declared_type(dtype) for dtype in dtypes}
            only = found.pop() if len(found) == 1 else None
            self._sampled[table, column] = only or _TEXT
        return self._sampled[table, column]

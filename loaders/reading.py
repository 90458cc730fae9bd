"""Reading tables of the model: those of the source as they are, and those derived from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from cube_server.model.tables import Days, Table
from cube_server.progress import Progress

from .calendars import calendar
from .conversion import convert
from .derivation import derive
from .mistakes import Mistakes
from .origins import TypedTable
from .sources.base import Source


def read_tables(
    tables: Iterable[Table], source: Source, mistakes: Mistakes, progress: Progress
) -> dict[str, TypedTable]:
    """Read tables, each once, and those that they are derived from.

    Args:
        tables: The tables wanted.
        source: Where the tables are that are not derived.
        mistakes: Takes what is missing, and what is not of its declared type.
        progress: Told of each table.

    Returns:
        The tables by name, but for those that are missing or faulty as a whole.
    """
    reader = _Reader(source, mistakes, progress)
    found = {table.name: reader.table(table) for table in tables}
    return {name: table for name, table in found.items() if table is not None}


class _Reader:
    def __init__(self, source: Source, mistakes: Mistakes, progress: Progress) -> None:
        self._source, self._mistakes, self._progress = source, mistakes, progress
        self._read: dict[str, TypedTable | None] = {}

    def table(self, table: Table) -> TypedTable | None:
        if table.name not in self._read:
            self._read[table.name] = self._from_source(table) if table.derivation is None else self._derived(table)
        return self._read[table.name]

    def _from_source(self, table: Table) -> TypedTable | None:
        frames, origins, rows = [], [], 0
        self._progress.start(f"read {table.name}")
        for part in self._source.parts(table, self._mistakes):
            frames.append(convert(part, table, self._mistakes))
            origins.append((rows, part.origin))
            rows += part.frame.height
            self._progress.advance(part.frame.height)
        self._progress.finish(f"{rows:,} rows")
        return TypedTable(table, pl.concat(frames, rechunk=True), tuple(origins)) if frames else None

    def _derived(self, table: Table) -> TypedTable | None:
        assert table.derivation is not None
        parts = {part.name: self.table(part) for part in table.derivation.tables}
        given: Mapping[str, TypedTable] = {name: part for name, part in parts.items() if part is not None}
        if len(given) < len(parts):
            # The mistakes of what is faulty have been told.
            return None
        self._progress.start(f"derive {table.name}")
        if isinstance(table.derivation, Days):
            derived = calendar(table, table.derivation, given, self._mistakes)
        else:
            derived = derive(table, table.derivation, given, self._mistakes)
        self._progress.finish(f"{derived.frame.height:,} rows")
        return derived

"""The step of a load that keeps history: tables with history are split when read, and their versions are stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from cube_server.errors import ModelError
from cube_server.model.tables import Column, Table
from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import (
    FROM_COLUMN,
    KNOWN,
    STATUS_COLUMN,
    ColumnStats,
    TableManifest,
    days_table,
    versions_table,
)
from cube_server.warehouse.store import Warehouse

from .changes import Past, made_versions, with_rows
from .dimensions import Numbering
from .mistakes import Mistakes
from .origins import TypedTable
from .star import Star
from .versions import VERSION_TYPES, Versions, given_versions, numbered
from .writing import Writer


class Histories:
    """The history of a load's tables.

    Args:
        star: What is loaded.
        store: The warehouse.
        day: The day that the load tells of; None for today.

    Raises:
        ModelError: A day is given, and no table gets its versions from loads.
    """

    def __init__(self, star: Star, store: Warehouse, day: dt.date | None) -> None:
        self._star, self._store = star, store
        self._day = day or dt.datetime.now(dt.UTC).date()
        self._made = [table for table in star.dimensions if table.history and not table.has_versions]
        self._days: dict[str, tuple[dt.date, ...]] = {}
        self._versions: dict[str, Versions] = {}
        if day is not None and all(table.history and table.history.since for table in self._made):
            raise ModelError(
                f"Nothing in the model depends on the day {day} of the load.",
                hint="It is for dimensions whose versions loads make: give their table `history` without `from`.",
            )

    def split(
        self, tables: Mapping[str, TypedTable], mistakes: Mistakes, fresh: Mapping[str, int]
    ) -> dict[str, TypedTable]:
        """Split the tables that have history, and give their current rows.

        Args:
            tables: What was read, by name.
            mistakes: Where versions are noted that overlap or leave gaps.
            fresh: How many rows of each are the source's; of those after them a load that makes versions tells nothing.
        """
        for table in self._star.dimensions:
            if table.has_versions:
                self._versions[table.name] = given_versions(tables[table.name], mistakes)
        for table in self._made:
            rows, past = tables[table.name], _past(table, self._store)
            count = fresh.get(table.name, rows.frame.height)
            new = replace(rows, frame=rows.frame.head(count), numbers=rows.numbers.head(count))
            self._versions[table.name] = with_rows(made_versions(new, past, self._day), rows, count)
            self._days[table.name] = tuple(sorted({self._day, *(past.days if past else ())}))
        return {name: part.current for name, part in self._versions.items()}

    def stored(self, writer: Writer, numberings: Mapping[str, Numbering]) -> Iterator[tuple[str, TableManifest]]:
        """Store the versions of each table that has some, and the days of the loads that made them.

        Args:
            writer: Writes to the warehouse.
            numberings: The surrogate keys of each table's rows.
        """
        for table in self._star.dimensions:
            if table.name in self._versions:
                made = {column.name: column.type for made_of, column in self._star.made if made_of == table}
                rows = numberings[table.name].rows()
                frame = numbered(self._versions[table.name].frame, rows, table.key[0].name, [*made])
                types: dict[str, DataType] = {column.name: column.type for column in table.columns}
                name = versions_table(table.name)
                yield name, writer.store_dimension(name, frame, {**types, **made, **VERSION_TYPES})
            if table.name in self._days:
                days = pl.DataFrame({FROM_COLUMN: self._days[table.name]}, schema={FROM_COLUMN: pl.Date})
                name = days_table(table.name)
                yield name, writer.store_dimension(name, days, {FROM_COLUMN: DataType(Kind.DATE)})


def _past(table: Table, store: Warehouse) -> Past | None:
    """Read what the newest snapshot that has the table's versions holds; None if none has."""
    key = table.key[0]
    for snapshot in map(store.snapshot, reversed(store.snapshots())):
        stored = snapshot.manifest.tables
        if versions_table(table.name) not in stored or days_table(table.name) not in stored:
            continue
        columns = stored[versions_table(table.name)].columns
        alike = [column.name for column in table.columns if _is_alike(column, columns)]
        if key.name not in alike:
            # A key that has become another is refused where keys get their numbers.
            return None
        rows = snapshot.table(table.name).read([key.name, STATUS_COLUMN])
        return Past(
            frame=snapshot.table(versions_table(table.name)).read([*alike, FROM_COLUMN]),
            known=rows.filter(pl.col(STATUS_COLUMN) == KNOWN)[key.name],
            days=tuple(snapshot.table(days_table(table.name)).read([FROM_COLUMN])[FROM_COLUMN].to_list()),
        )
    return None


def _is_alike(column: Column, columns: Mapping[str, ColumnStats]) -> bool:
    stored = columns.get(column.name)
    return stored is not None and stored.type == str(column.type)

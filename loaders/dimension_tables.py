"""Dimensions in one load: their rows read, put to those that are known, numbered and stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from cube_server.metadata.loads import LoadedTable
from cube_server.model.elements import Model
from cube_server.model.tables import Mode, Table
from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import KEY_COLUMN, STATUS_COLUMN, TableManifest, days_table, versions_table

from .checks import check_dimension, check_link
from .dimensions import Numbering
from .fact_tables import contents_of
from .history import Histories
from .mistakes import Mistakes
from .origins import Origin, Part, Places, TypedTable
from .planning import Plan
from .previous import Previous
from .reading import joined
from .star import LevelTable, Star
from .trees import add_levels
from .writing import Writer

_INT = DataType(Kind.INT)

Read = Callable[[Table], Iterator[TypedTable]]
"""Gives the runs of a table of the source; nothing if it is missing or faulty as a whole."""


class DimensionLoad:
    """Loads all tables of dimensions, and those made of their levels.

    Args:
        model: The model.
        star: Its tables.
        plan: What is to be done with each.
        previous: What is there.
        mistakes: Takes what breaks a rule.
        histories: The history of the tables.
    """

    def __init__(
        self, model: Model, star: Star, plan: Plan, previous: Previous, mistakes: Mistakes, histories: Histories
    ) -> None:
        self._model, self._star, self._plan = model, star, plan
        self._previous, self._mistakes, self._histories = previous, mistakes, histories
        self._read: dict[str, int] = {}
        self.rows: dict[str, pl.DataFrame] = {}

    def read(self, read: Read, is_faulty: Callable[[], bool]) -> None:
        """Read the tables and check them; `rows` then has them, if there was no mistake."""
        tables = {table.name: rows for table in self._star.dimensions if (rows := self._table(table, read)) is not None}
        if not is_faulty():
            tables |= self._histories.split(tables, self._mistakes, self._read)
        for rows in tables.values():
            if not is_faulty():
                self._check(rows)
        for dimension in self._model.dimensions:
            name = dimension.table.name
            for hierarchy in dimension.hierarchies:
                if not is_faulty():
                    tables[name] = add_levels(hierarchy, tables[name], self._mistakes)
        self.rows = {name: rows.frame for name, rows in tables.items()}

    def numberings(self) -> dict[str, Numbering]:
        """Number the rows of all tables, and the keys of levels that facts link to."""
        frames = self.rows | {level.table.name: _level_keys(level, self.rows) for level in self._star.levels}
        return {table.name: self._numbering(table, frames[table.name]) for table in self._star.numbered}

    def stored(self, table: Table, numbering: Numbering, writer: Writer) -> TableManifest:
        """Store a table; one that stays as it is, is not even looked at."""
        made = {column.name: column.type for made_of, column in self._star.made if made_of == table}
        own = {column.name: column.type for column in table.columns}
        types = {**own, **made, KEY_COLUMN: _INT, STATUS_COLUMN: _INT}
        plan, newest = self._plan.get(table.name), self._previous.newest
        if plan and plan.is_left and numbering.is_as_given and newest is not None:
            there = newest.manifest.tables[table.name]
            if {name: stats.type for name, stats in there.columns.items()} == {n: str(t) for n, t in types.items()}:
                return there
        return writer.store_dimension(table.name, numbering.rows(), types)

    def stored_versions(self, numberings: Mapping[str, Numbering], writer: Writer) -> dict[str, TableManifest]:
        """Store the versions of the tables that have history; those of a table that stays as it is stay, too."""
        stored = dict(self._histories.stored(writer, numberings))
        there = self._previous.newest.manifest.tables if self._previous.newest else {}
        for table in self._star.dimensions:
            for name in (versions_table(table.name), days_table(table.name)):
                if self._plan[table.name].is_left and name in stored and name in there:
                    stored[name] = there[name]
        return stored

    def report(self, stored: Mapping[str, TableManifest], writer: Writer) -> list[LoadedTable]:
        """Tell what was done with each table, of what is stored now."""
        return [self._report(table, stored[table.name], writer) for table in self._star.dimensions]

    def _report(self, table: Table, stored: TableManifest, writer: Writer) -> LoadedTable:
        plan, rows = self._plan[table.name], self._read.get(table.name, 0)
        written = [file for file in stored.files if file.load == writer.snapshot]
        return LoadedTable(
            name=table.name,
            mode="left" if plan.is_left else plan.mode,
            rows_read=rows,
            rows_loaded=rows,
            files_written=len(written),
            bytes_written=sum(file.bytes for file in written),
            contents=contents_of(plan),
        )

    def _table(self, table: Table, read: Read) -> TypedTable | None:
        plan = self._plan[table.name]
        runs = [] if plan.is_left else list(read(table))
        new = joined(runs) if runs else None
        self._read[table.name] = new.frame.height if new else 0
        if plan.mode is Mode.FULL and not plan.is_left:
            return new
        known = self._previous.known(table)
        if known is None or (new is None and not plan.is_left):
            return new
        return self._together(table, new, known)

    def _together(self, table: Table, new: TypedTable | None, known: pl.DataFrame) -> TypedTable:
        """Put new rows to those that are known, in the place of those with the same key."""
        places = new.places if new else Places()
        newest = self._previous.newest
        if new is not None:
            known = known.join(new.frame, on=table.key[0].name, how="anti", maintain_order="left")
        part = Part(known, Origin(name=f"snapshot {newest.id if newest else ''}, table {table.name}"))
        old = TypedTable(table, known, places.numbers(part), places)
        return joined([new, old]) if new else old

    def _check(self, rows: TypedTable) -> None:
        for dimension in self._model.dimensions:
            if dimension.table == rows.table:
                check_dimension(dimension, rows, self._mistakes)
        for cube in self._model.cubes:
            for link in cube.links:
                if link.dimension.table == rows.table:
                    check_link(link, rows, self._mistakes)

    def _numbering(self, table: Table, rows: pl.DataFrame) -> Numbering:
        plans = [self._plan[fact.table.name] for fact, _ in self._star.links_to(table)]
        stay = any(plan.is_left or plan.mode is not Mode.FULL for plan in plans)
        linked = self._previous.linked(table) if stay else None
        return Numbering(rows, table.key[0].name, self._previous.keys(table), linked)


def _level_keys(level: LevelTable, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    return frames[level.dimension.name].select(level.table.key[0].name).drop_nulls().unique()

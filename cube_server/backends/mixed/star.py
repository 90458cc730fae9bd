"""The star schema of both places, as the statements that go to the database see it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.levels import DimensionIndex, Mask
from cube_server.backends.mixed.agreement import check_bridge, check_trees
from cube_server.backends.mixed.members import absent_left_out, united
from cube_server.backends.mixed.storage import HERE, THERE, Storage
from cube_server.backends.sql.database import Database, dtype
from cube_server.backends.sql.inline import inline
from cube_server.backends.sql.members import (
    MemberTable,
    Reference,
    Strays,
    level_keys,
    read_rows,
    reading,
    references,
)
from cube_server.backends.sql.star import Star
from cube_server.errors import CapabilityError, UserError
from cube_server.model.dimensions import Dimension, Level, Link, ThroughTable
from cube_server.model.elements import Cube, Model
from cube_server.model.tables import Table
from cube_server.warehouse.manifest import level_table, link_column
from cube_server.warehouse.snapshot import Snapshot


class Uses(Protocol):
    """What the warehouse's facts tell of their keys."""

    def own_leaves(self, cube: Cube, link: Link) -> Mask:
        """Mark the leaves that the facts here have by a link."""

    def shown_leaves(self, cube: Cube, link: Link) -> Mask:
        """Mark the leaves that exist for the facts here, by a bridge too."""


class UnitedStar(Star):
    """Members of both places, and what facts of either hold of them.

    Args:
        model: Which tables and dimensions there are.
        database: Where the tables lie that are not here.
        seconds: The longest that reading members may take.
        storage: Which lie where.
        snapshot: The warehouse.
    """

    here: Uses

    def __init__(self, model: Model, database: Database, seconds: float, storage: Storage, snapshot: Snapshot) -> None:
        super().__init__(model, database, seconds)
        self._storage, self._snapshot = storage, snapshot
        self._agrees: dict[str, bool] = {}
        self._same: dict[ThroughTable, None] = {}

    def prepare(self) -> None:
        """Read what both places need to know, in the transaction that this star is of; once."""
        for dimension in self.model.dimensions:
            # What cannot be read is told to those who ask for it.
            with suppress(UserError):
                self.index(dimension)
        for cube in self.model.cubes:
            for link in cube.links:
                if link.dimension.is_time and link.through is None:
                    self.fact_leaves(cube, link)

    def travels(self, dimension: Dimension) -> bool:
        """Tell whether keys and members are sent along, since the database does not have them, or others."""
        if dimension in self._own_dimensions:
            return False
        self.index(dimension)
        return not self._agrees[dimension.name]

    def table(self, table: Table, name: str) -> sa.FromClause:
        """Give a table under a name; what lies here is sent along."""
        dimension = next((one for one in self.model.dimensions if one.table == table), None)
        if dimension is None or not self.travels(dimension):
            return super().table(table, name)
        frame = self.index(dimension).frame.filter(pl.col("_status") == 0)
        columns = {column.name: (self._column(dimension, column.name, frame), column.type) for column in table.columns}
        return inline(name, columns, self.dialect)

    def strays(self, wanted: Reference) -> Strays:
        """Give the keys of a reference in the database that have no row there."""
        if self._storage.is_here(wanted.table):
            return Strays(pl.Series("key", [], dtype(wanted.key.type)), has_null=False)
        if self._storage.is_here(wanted.dimension.table):
            return self._once(self._strays, wanted, lambda: self._read_strays(wanted))
        return super().strays(wanted)

    def fact_leaves(self, cube: Cube, link: Link) -> Mask:
        """Mark the leaves that a cube's facts have by a direct link, wherever they lie."""
        sides = self._storage.sides(cube)
        if THERE not in sides:
            return self.here.own_leaves(cube, link)
        found = super().fact_leaves(cube, link)
        return found | self.here.own_leaves(cube, link) if HERE in sides else found

    def used_leaves(self, cube: Cube, link: Link) -> Mask:
        """Mark the leaves that exist for a cube's facts, wherever they lie."""
        sides = self._storage.sides(cube)
        found = super().used_leaves(cube, link) if THERE in sides else self.index(link.dimension).known_leaves.copy()
        if HERE not in sides:
            return found
        own: Mask = found | self.here.shown_leaves(cube, link)
        return own

    def check_bridge(self, link: Link) -> None:
        """Refuse a bridge table that differs between the places; it is looked at once.

        Raises:
            WarehouseError: It differs.
        """
        through = link.through
        if isinstance(through, ThroughTable):
            self._once(self._same, through, lambda: check_bridge(through, *self._pairs(link, through)))

    def _pairs(self, link: Link, through: ThroughTable) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Read what leads where: in the warehouse, whose tables hold numbers in place of keys, and in the database."""
        table = self._snapshot.table(through.table.name)
        target = link_column(through.target.name, link.dimension.name)
        carrier = None if through.carrier is None else through.carrier.dimension
        source = through.source.name if carrier is None else link_column(through.source.name, carrier.name)
        if source not in table.columns:
            source, carrier = through.source.name, None
        stored = table.read([source, target])
        keys = stored[source] if carrier is None else self._natural(carrier, stored[source])
        here = pl.DataFrame({"key": keys, "member": self._natural(link.dimension, stored[target])})
        rows = self.tables.clause(through.table)
        pairs = sa.select(rows.c[through.source.name], rows.c[through.target.name]).distinct()
        schema = {"key": through.source.type, "member": through.target.type}
        return here, self.database.fetch(pairs, schema, reading(self._seconds)).cast(here.schema)

    def _natural(self, dimension: Dimension, numbers: pl.Series) -> pl.Series:
        """Give the keys that the warehouse's numbers stand for."""
        index = self.index(dimension)
        leaves = index.position_of[numbers.fill_null(-1).to_numpy()]
        return index.frame[dimension.key.name].extend_constant(None, 1).gather(leaves)

    def _read_strays(self, wanted: Reference) -> Strays:
        """Find the keys that the warehouse has no row for: all keys come here, and are compared here."""
        column = super().table(wanted.table, "f").c[wanted.column.name]
        keys = self.database.fetch(sa.select(column).distinct(), {"key": wanted.key.type}, reading(self._seconds))[
            "key"
        ]
        rows = self._rows_here(wanted.dimension)
        assert rows is not None
        known = rows.filter(pl.col("_status") == 0)[wanted.key.name]
        return Strays(keys.filter(~keys.is_in(known.implode())).drop_nulls().sort(), keys.null_count() > 0)

    def _read(self, dimension: Dimension) -> DimensionIndex:
        if dimension.scd == "then":
            problem = f"How {dimension.name!r} was at each fact's time is not united of two places."
            raise CapabilityError(problem, hint="Ask as it is now, or keep facts and dimension in one place.")
        found = references(self.model, dimension)
        strays = [self.strays(part) for part in found if part.level is None]
        here, there = self._rows_here(dimension), None
        if self._storage.is_here(dimension.table):
            if here is None:
                problem = f"{dimension.table.name} lies here by storage.json, but the warehouse does not have it."
                raise CapabilityError(problem, hint="Load it: `cube-server load`.")
            unknown = pl.concat([here[dimension.key.name].clear(), *(part.keys for part in strays)]).unique()
            there = _only_keys(here, unknown, dimension.key.name)
        else:
            there = read_rows(self.tables, dimension, strays, reading(self._seconds)).frame
            if here is not None:
                check_trees(dimension, here, there)
        result = united(dimension.key.name, here, there)
        is_here = self._storage.is_here(dimension.table)
        self._agrees[dimension.name] = result.agrees and not is_here
        return DimensionIndex(dimension, result.rows, self._levels(dimension, found, result.rows.frame))

    def _levels(
        self, dimension: Dimension, found: tuple[Reference, ...], rows: pl.DataFrame
    ) -> Mapping[str, MemberTable]:
        linked = {part.level.key.name: part.level for part in found if part.level is not None}
        return {name: self._level(dimension, level, found, rows) for name, level in linked.items()}

    def _level(
        self, dimension: Dimension, level: Level, found: tuple[Reference, ...], rows: pl.DataFrame
    ) -> MemberTable:
        name = level.key.name
        strays = (self.strays(part) for part in found if part.level is not None and part.level.key.name == name)
        theirs = level_keys(level, rows[name], strays).frame
        stored = level_table(dimension.table.name, name)
        if stored not in self._snapshot.manifest.tables:
            return MemberTable(theirs)
        return united(name, self._snapshot.table(stored).read(["_key", "_status", name]), theirs).rows

    def _rows_here(self, dimension: Dimension) -> pl.DataFrame | None:
        if dimension.table.name not in self._snapshot.manifest.tables:
            return None
        table = self._snapshot.table(dimension.table.name)
        columns = [column.name for column in dict.fromkeys((*dimension.table.columns, *dimension.made_columns))]
        types = {column.name: dtype(column.type) for column in dimension.table.columns}
        return absent_left_out(table.read(["_key", "_status", *columns])).cast(types)  # type: ignore[arg-type]

    def _column(self, dimension: Dimension, name: str, frame: pl.DataFrame) -> pl.Series:
        if name in frame.columns:
            return frame[name]
        every = self.index(dimension)
        return every.column(name).filter(every.frame["_status"] == 0)


def _only_keys(here: pl.DataFrame, keys: pl.Series, name: str) -> pl.DataFrame:
    """Give keys that only facts have as rows of nothing else."""
    rows = pl.DataFrame({name: keys.alias(name)}).with_columns(pl.lit(1, pl.Int8).alias("_status"))
    empty = here.clear().with_columns(pl.col("_status").cast(pl.Int8))
    return pl.concat([empty.drop("_key"), rows], how="diagonal").with_columns(pl.lit(0, pl.Int32).alias("_key"))

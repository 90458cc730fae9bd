"""What is known of a star schema in a database: its members, and what its facts hold of their keys.

All of it is read when it is first asked for, once a snapshot, and none of it is facts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from threading import RLock
from typing import Self, TypeVar

import numpy as np
import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.derived import DerivedIndex, DerivedLink
from cube_server.backends.embedded.facts import dates_of
from cube_server.backends.embedded.levels import DimensionIndex, Mask
from cube_server.backends.embedded.occasions import on_days
from cube_server.backends.embedded.spreads import Spread, through_dates
from cube_server.backends.embedded.versions import VersionIndex
from cube_server.backends.sql.database import Database, Schema
from cube_server.backends.sql.dialects import Dialect, Selection
from cube_server.backends.sql.keys import KeyMap
from cube_server.backends.sql.members import (
    Reference,
    Strays,
    bridge_reference,
    level_keys,
    read_led,
    read_rows,
    read_strays,
    read_versions,
    reading,
    reference,
    references,
)
from cube_server.backends.sql.tables import Tables
from cube_server.backends.sql.versions import DatedRows, dated_rows, present_rows, refuse_untold
from cube_server.model.dimensions import Dimension, Link, Scd, ThroughDates
from cube_server.model.elements import Cube, Model
from cube_server.model.tables import Table
from cube_server.result.derived import DerivedValues
from cube_server.types import DataType, Kind

_K = TypeVar("_K")
_T = TypeVar("_T")

_PLACE = DataType(Kind.INT)


class Star:
    """A star schema in a database, at one snapshot.

    Args:
        model: Which tables and dimensions there are.
        database: Where they are.
        seconds: The longest that reading members may take.
    """

    def __init__(self, model: Model, database: Database, seconds: float) -> None:
        self.model, self.database, self.tables = model, database, Tables(database, seconds)
        self._seconds = seconds
        self._lock = RLock()
        self._dimensions: dict[tuple[str, Scd], DimensionIndex] = {}
        self._strays: dict[Reference, Strays] = {}
        self._used: dict[Reference, Mask] = {}
        self._led: dict[tuple[str, str], Strays] = {}
        self._telling: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._own_dimensions: dict[Dimension, DerivedIndex] = {}
        self.derived: dict[Link, DerivedLink] = {}
        self.values: dict[Link, DerivedValues] = {}

    @property
    def dialect(self) -> Dialect:
        """The database's."""
        return self.database.dialect

    def extended(self, values: DerivedValues) -> Self:
        """Give the same star with a derived attribute; what is read by either is kept for both."""
        other = copy(self)
        link = values.attribute.link
        other._own_dimensions = {**self._own_dimensions, link.dimension: DerivedIndex(values)}
        other.derived = {**self.derived, link: DerivedLink(values, self.index)}
        other.values = {**self.values, link: values}
        return other

    def within(self, database: Database) -> Self:
        """Give the same star, read in a transaction; what is read in any is kept for all, for it is of one state."""
        other = copy(self)
        other.database, other.tables = database, self.tables.within(database)
        return other

    def table(self, table: Table, name: str) -> sa.FromClause:
        """Give a table under a name that a statement calls it by; of rows with versions the present ones."""
        rows = self.tables.clause(table)
        return present_rows(table, rows, name) if table.has_versions else rows.alias(name)

    def versions(self, table: Table, name: str) -> DatedRows:
        """Give all versions of a table's rows under a name that a statement calls them by."""
        return dated_rows(table, self.tables.clause(table), name)

    def index(self, dimension: Dimension) -> DimensionIndex:
        """Give a dimension's members."""
        if dimension in self._own_dimensions:
            return self._own_dimensions[dimension]
        return self._once(self._dimensions, (dimension.name, dimension.scd), lambda: self._read(dimension))

    def telling(self, name: tuple[str, ...], values: Sequence[pl.Series]) -> tuple[int, ...]:
        """Find the fewest of some columns that tell all of them, by place.

        Args:
            name: What they are of.
            values: What each is at each leaf, the coarsest first.
        """
        return self._once(self._telling, name, lambda: _telling(values))

    def travels(self, dimension: Dimension) -> bool:  # noqa: ARG002 - of other places
        """Tell whether a dimension's keys and members are sent along, since the database does not have its rows."""
        return False

    def keys(self, link: Link) -> KeyMap:
        """Give what the column of a direct link holds, for members as they are now; of a derived attribute, numbers."""
        index = self.index(link.dimension)
        if link in self.derived:
            places = np.arange(index.leaves, dtype=np.int32)
            return KeyMap(pl.Series(places), places, index.leaves, _PLACE)
        keys = index.frame[link.key.name]
        if link.level is None and link.dimension.scd == "now":
            places = np.arange(index.leaves, dtype=np.int32)
            if not keys.null_count():
                return KeyMap(keys, places, index.leaves, link.key.type)
            # A month that only other facts know is a leaf without a day.
            has_key = keys.is_not_null()
            return KeyMap(keys.filter(has_key), places[has_key.to_numpy()], index.leaves, link.key.type)
        keys = keys.drop_nulls().unique(maintain_order=True)
        return KeyMap(keys, index.positions_by(keys.name, keys.to_frame())[:-1], index.leaves, link.key.type)

    def shown_leaves(self, cube: Cube, link: Link) -> Mask:
        """Mark the leaves of a linked dimension that exist for a cube's facts; see `FactRows.shown_leaves`."""
        index = self.index(link.dimension)
        shown = np.ones(index.leaves + 1, np.bool_)
        if link in self.derived:
            return shown
        doubtful = np.append(index.unknown_leaves, index.leaves)
        shown[doubtful] = self.used_leaves(cube, link)[doubtful]
        return shown

    def used_leaves(self, cube: Cube, link: Link) -> Mask:
        """Mark the leaves without a row that a cube's facts have; those with a row are all marked."""
        used, keys = self.index(link.dimension).known_leaves.copy(), self.keys(link)
        if isinstance(link.through, ThroughDates):
            index = self.index(link.dimension)
            spread = self.spread(link, link.through)
            led = spread.leaves[self.fact_leaves(cube, link.through.carrier)[spread.keys]]
            used[-1] = index.leaves in led
            return used
        found = self._beside_rows(cube, link)
        used[keys.leaves_of(found.keys)] = True
        used[-1] = found.has_null
        return used

    def spread(self, link: Link, through: ThroughDates) -> Spread:
        """Spread the days of a link by dates: which members each leads to, as they were on it if they are read so."""
        time, index = self.index(through.carrier.dimension), self.index(link.dimension)
        spread = through_dates(through, time, index)
        return on_days(spread, dates_of(time, through.day), index) if link.dimension.scd == "then" else spread

    def _beside_rows(self, cube: Cube, link: Link) -> Strays:
        """Give what facts have of a link beside keys of rows."""
        if link.through is None:
            return self.strays(next(reference(cube, link)))
        known = self.strays(bridge_reference(cube, link))
        budget = reading(self._seconds)
        return self._once(self._led, (cube.name, link.name), lambda: read_led(self.tables, cube, link, known, budget))

    def strays(self, wanted: Reference) -> Strays:
        """Give the keys of a reference that have no row."""
        return self._once(self._strays, wanted, lambda: read_strays(self.tables, wanted, reading(self._seconds)))

    def fact_leaves(self, cube: Cube, link: Link) -> Mask:
        """Mark the leaves that a cube's facts have by a direct link."""
        (wanted,) = reference(cube, link)
        return self._once(self._used, wanted, lambda: self._read_used(wanted, self.keys(link)))

    def read(self, statement: Selection, schema: Schema) -> pl.DataFrame:
        """Read what facts hold of keys; see `Database.fetch`."""
        return self.database.fetch(statement, schema, reading(self._seconds))

    def _read_used(self, wanted: Reference, keys: KeyMap) -> Mask:
        column = self.table(wanted.table, "f").c[wanted.column.name]
        found = self.read(sa.select(column).distinct(), {"key": wanted.key.type})["key"]
        used = np.zeros(keys.null + 1, np.bool_)
        used[keys.leaves_of(found)] = True
        used[keys.null] = found.null_count() > 0
        return used

    def _read(self, dimension: Dimension) -> DimensionIndex:
        if dimension.scd == "then":
            refuse_untold(dimension)
        found = references(self.model, dimension)
        own = (self.strays(part) for part in found if part.level is None)
        rows = read_rows(self.tables, dimension, own, reading(self._seconds))
        linked = {part.level.key.name: part.level for part in found if part.level is not None}
        tables = {
            name: level_keys(
                level,
                rows.frame[name],
                (self.strays(part) for part in found if part.level is not None and part.level.key.name == name),
            )
            for name, level in linked.items()
        }
        if dimension.scd == "now":
            return DimensionIndex(dimension, rows, tables)
        return VersionIndex(
            dimension, rows, read_versions(self.tables, dimension, rows, reading(self._seconds)), tables
        )

    def _once(self, kept: dict[_K, _T], name: _K, read: Callable[[], _T]) -> _T:
        with self._lock:
            if name not in kept:
                kept[name] = read()
            return kept[name]


def _telling(values: Sequence[pl.Series]) -> tuple[int, ...]:
    frame = pl.DataFrame([column.alias(f"{place}") for place, column in enumerate(values)])
    count, kept = frame.n_unique(), frame.columns
    for column in frame.columns:
        others = [other for other in kept if other != column]
        if others and frame.n_unique(others) == count:
            kept = others
    return tuple(map(int, kept))

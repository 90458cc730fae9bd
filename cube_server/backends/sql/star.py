"""What is known of a star schema in a database: its members, and what its facts hold of their keys.

All of it is read when it is first asked for, once a snapshot, and none of it is facts.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from threading import RLock
from typing import Self, TypeVar

import numpy as np
import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.derived import DerivedIndex, DerivedLink
from cube_server.backends.embedded.levels import DimensionIndex, Mask
from cube_server.backends.embedded.spreads import through_dates
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.dialects import Dialect
from cube_server.backends.sql.keys import KeyMap
from cube_server.backends.sql.members import (
    Reference,
    Strays,
    bridge_reference,
    level_keys,
    read_led,
    read_rows,
    read_strays,
    reading,
    reference,
    references,
)
from cube_server.backends.sql.tables import sql_table
from cube_server.errors import CapabilityError
from cube_server.model.dimensions import Dimension, Link, ThroughDates
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
        self.model, self.database = model, database
        self._seconds = seconds
        self._lock = RLock()
        self._dimensions: dict[str, DimensionIndex] = {}
        self._strays: dict[Reference, Strays] = {}
        self._used: dict[Reference, Mask] = {}
        self._led: dict[tuple[str, str], Strays] = {}
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
        other.database = database
        return other

    def table(self, table: Table, name: str) -> sa.FromClause:
        """Give a table under a name that a statement calls it by."""
        return sql_table(table, self.dialect).alias(name)

    def index(self, dimension: Dimension) -> DimensionIndex:
        """Give a dimension's members."""
        if dimension in self._own_dimensions:
            return self._own_dimensions[dimension]
        if dimension.scd == "then":
            problem = f"How {dimension.name!r} was at each fact's time is kept by loads, not by the database."
            raise CapabilityError(problem, hint="Ask as it is now, or load the data into a warehouse.")
        return self._once(self._dimensions, dimension.name, lambda: self._read(dimension))

    def travels(self, dimension: Dimension) -> bool:  # noqa: ARG002 - of other places
        """Tell whether a dimension's keys and members are sent along, since the database does not have its rows."""
        return False

    def keys(self, link: Link) -> KeyMap:
        """Give what the column of a direct link holds; of a derived attribute, numbers of its values."""
        index = self.index(link.dimension)
        if link in self.derived:
            places = np.arange(index.leaves, dtype=np.int32)
            return KeyMap(pl.Series(places), places, index.leaves, _PLACE)
        if link.level is None:
            keys = index.frame[link.dimension.key.name]
            return KeyMap(keys, np.arange(index.leaves, dtype=np.int32), index.leaves, link.key.type)
        name = link.level.key.name
        known = index.frame.with_row_index("leaf").group_by(name).agg(pl.col("leaf").min()).drop_nulls(name)
        return KeyMap(known[name], known["leaf"].cast(pl.Int32).to_numpy(), index.leaves, link.key.type)

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
            spread = through_dates(link.through, self.index(link.through.carrier.dimension), index)
            led = spread.leaves[self.fact_leaves(cube, link.through.carrier)[spread.keys]]
            used[-1] = index.leaves in led
            return used
        found = self._beside_rows(cube, link)
        used[keys.leaves_of(found.keys)] = True
        used[-1] = found.has_null
        return used

    def _beside_rows(self, cube: Cube, link: Link) -> Strays:
        """Give what facts have of a link beside keys of rows."""
        if link.through is None:
            return self.strays(next(reference(cube, link)))
        known = self.strays(bridge_reference(cube, link))
        budget = reading(self._seconds)
        return self._once(self._led, (cube.name, link.name), lambda: read_led(self.database, cube, link, known, budget))

    def strays(self, wanted: Reference) -> Strays:
        """Give the keys of a reference that have no row."""
        return self._once(self._strays, wanted, lambda: read_strays(self.database, wanted, reading(self._seconds)))

    def fact_leaves(self, cube: Cube, link: Link) -> Mask:
        """Mark the leaves that a cube's facts have by a direct link."""
        (wanted,) = reference(cube, link)
        return self._once(self._used, wanted, lambda: self._read_used(wanted, self.keys(link)))

    def _read_used(self, wanted: Reference, keys: KeyMap) -> Mask:
        column = self.table(wanted.table, "f").c[wanted.column.name]
        found = self.database.fetch(sa.select(column).distinct(), {"key": wanted.key.type}, reading(self._seconds))[
            "key"
        ]
        used = np.zeros(keys.null + 1, np.bool_)
        used[keys.leaves_of(found)] = True
        used[keys.null] = found.null_count() > 0
        return used

    def _read(self, dimension: Dimension) -> DimensionIndex:
        found = references(self.model, dimension)
        own = (self.strays(part) for part in found if part.level is None)
        rows = read_rows(self.database, dimension, own, reading(self._seconds))
        linked = {part.level.key.name: part.level for part in found if part.level is not None}
        tables = {
            name: level_keys(
                level,
                rows.frame[name],
                (self.strays(part) for part in found if part.level is not None and part.level.key.name == name),
            )
            for name, level in linked.items()
        }
        return DimensionIndex(dimension, rows, tables)

    def _once(self, kept: dict[_K, _T], name: _K, read: Callable[[], _T]) -> _T:
        with self._lock:
            if name not in kept:
                kept[name] = read()
            return kept[name]

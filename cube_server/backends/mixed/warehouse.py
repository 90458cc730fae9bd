"""A warehouse and a database in place of one warehouse: their states together are what a snapshot is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cube_server.backends.embedded.backend import stored_links
from cube_server.backends.embedded.fit import check_fit
from cube_server.backends.mixed.backend import MixedBackend
from cube_server.backends.mixed.here import HereBackend
from cube_server.backends.mixed.star import UnitedStar
from cube_server.backends.mixed.storage import HERE, Storage, check_storage, read_storage
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.fit import check_tables
from cube_server.backends.sql.live import LiveState, LiveWarehouse
from cube_server.errors import NotFoundError
from cube_server.model.elements import Cube, Model
from cube_server.model.tables import Table
from cube_server.warehouse.snapshot import Snapshot
from cube_server.warehouse.store import Warehouse

_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedState:
    """A snapshot here and a state there.

    Attributes:
        here: The warehouse's snapshot.
        there: The database's state.
        storage: What lies where.
    """

    here: Snapshot
    there: LiveState
    storage: Storage

    @property
    def id(self) -> str:
        """Both ids, the warehouse's first: 000003+live-4f0c12ab34cd."""
        return f"{self.here.id}+{self.there.id}"

    @property
    def seen(self) -> dt.datetime:
        """When the later of them was made or first seen."""
        return max(self.here.manifest.created, self.there.seen)

    @property
    def source(self) -> str:
        """Where the warehouse's load read, and the database."""
        return f"{self.here.manifest.source}, {self.there.source}"

    @property
    def rows(self) -> tuple[tuple[str, int], ...]:
        """The rows of each table, of both places together."""
        found = dict(self.there.rows)
        for name, table in self.here.manifest.tables.items():
            found[name] = found.get(name, 0) + table.rows
        return tuple(found.items())


class MixedWarehouse:
    """A warehouse and a database, opened as `storage.json` says.

    Args:
        path: Where storage.json lies.
        model: Where cubes.json lies.
    """

    def __init__(self, path: Path, model: Path) -> None:
        self._storage = read_storage(path)
        self._here = Warehouse(self._storage.here)
        self._there = LiveWarehouse(self._storage.there, model, self._storage.version, self.lies_there)

    @property
    def database(self) -> Database:
        """The database."""
        return self._there.database

    def lies_there(self, table: Table) -> bool:
        """Tell whether a table lies in the database."""
        return not self._storage.is_here(table)

    def latest_id(self) -> str:
        """Give the id of the present states."""
        return self.latest().id

    def latest(self) -> MixedState:
        """Look at the present states; raises as those of warehouses and databases do."""
        return MixedState(here=self._here.latest(), there=self._there.latest(), storage=self._storage)

    def find(self, as_of: str) -> str:
        """Give the id of the states that are asked for.

        Raises:
            NotFoundError: They are not the present ones: a database keeps no others.
        """
        if as_of == self.latest_id():
            return as_of
        raise NotFoundError(
            f"There is no snapshot {as_of!r}: the database answers as it is now.", hint="Leave as_of out."
        )

    def snapshot(self, as_of: str) -> MixedState:
        """Open states; see `find`."""
        self.find(as_of)
        return self.latest()


def open_mixed(model: Model, state: MixedState) -> MixedBackend:
    """Open the states of both places for a model.

    Raises:
        ModelError: storage.json names what the model does not have, or a place lacks tables.
    """
    storage, there = state.storage, state.there
    check_storage(storage, model)
    check_tables(model, there.database, lambda table: not storage.is_here(table))
    check_fit(storage.part_here(model), state.here.manifest)
    star, here = open_star(model, storage, there.database, state.here)
    return MixedBackend(star, here, storage, state.id, partial(there.states.check, id=there.id))


def open_star(model: Model, storage: Storage, database: Database, snapshot: Snapshot) -> tuple[UnitedStar, HereBackend]:
    """Open the members of both places, and the warehouse's side, for a model that fits them."""
    star = UnitedStar(model, database, _SECONDS, storage, snapshot)
    cubes = {cube.table.name: cube for cube in cubes_here(model, storage)}
    star.here = here = HereBackend(snapshot, stored_links(model), star, cubes)
    return star, here


def cubes_here(model: Model, storage: Storage) -> tuple[Cube, ...]:
    """List the cubes of which the warehouse has facts."""
    return tuple(cube for cube in model.cubes if HERE in storage.sides(cube))

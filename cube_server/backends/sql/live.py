"""A live database as something with states: what a snapshot is where nobody writes snapshots.

A state is told by its tables' row counts and greatest keys, and of facts by their last day. Its id follows from these,
so that caches, ETags and pinned reports change when the data does; a row that is changed in its place shows in none.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.backend import SqlBackend
from cube_server.backends.sql.database import Database, Schema
from cube_server.backends.sql.members import reading
from cube_server.backends.sql.rollups.catalog import Catalog
from cube_server.backends.sql.rollups.shelf import Shelf
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.tables import sql_table
from cube_server.errors import NotFoundError
from cube_server.model.dimensions import ThroughTable
from cube_server.model.elements import Model
from cube_server.model.read import read_model
from cube_server.model.tables import Column, Table
from cube_server.types import DataType, Kind

_SECONDS = 60.0
"""The longest that it may take to read members, or to find out which state it is."""

_COUNT = DataType(Kind.INT)
_TOLD = frozenset({Kind.INT, Kind.DATE, Kind.TIMESTAMP})


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """A state of a database.

    Attributes:
        id: It changes when the data does.
        seen: When it was first seen.
        rows: The rows of each table, by name.
        database: The database.
    """

    id: str
    seen: dt.datetime
    rows: tuple[tuple[str, int], ...]
    database: Database


class LiveWarehouse:
    """A database that answers in place of a warehouse; it has one state, its present one.

    Args:
        address: Its URL.
        model: Where cubes.json lies: it says which tables matter.
        is_writable: Whether rollups are to be made in it.
    """

    def __init__(self, address: str, model: Path, *, is_writable: bool = False) -> None:
        self.database = open_database(address, is_writable=is_writable)
        self._model = model
        self._seen: LiveState | None = None

    def latest_id(self) -> str:
        """Give the id of the present state."""
        return self.latest().id

    def latest(self) -> LiveState:
        """Look at the present state.

        Raises:
            WarehouseError: The database does not answer, or lacks a table.
        """
        model = read_model(self._model)
        told = {table.name: self._look(table, watched) for table, watched in _watched(model).items()}
        id_ = "live-" + hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:12]
        if self._seen is None or self._seen.id != id_:
            rows = tuple((name, int(str(values["rows"]))) for name, values in told.items())
            self._seen = LiveState(id=id_, seen=dt.datetime.now(dt.UTC), rows=rows, database=self.database)
        return self._seen

    def find(self, as_of: str) -> str:
        """Give the id of a state that is asked for.

        Raises:
            NotFoundError: It is not the present one: a database keeps no others.
        """
        if as_of == self.latest_id():
            return as_of
        raise NotFoundError(
            f"There is no snapshot {as_of!r}: the database answers as it is now.",
            hint="Leave as_of out, or load the data into a warehouse, which keeps snapshots.",
        )

    def snapshot(self, as_of: str) -> LiveState:
        """Open a state; see `find`."""
        self.find(as_of)
        return self.latest()

    def _look(self, table: Table, watched: tuple[Column, ...]) -> dict[str, object]:
        rows = sql_table(table, self.database.dialect)
        columns = [sa.func.count().label("rows"), *(sa.func.max(rows.c[part.name]) for part in watched)]
        types: Schema = {"rows": _COUNT, **{part.name: part.type for part in watched}}
        found: pl.DataFrame = self.database.fetch(sa.select(*columns).select_from(rows), types, reading(_SECONDS))
        return found.row(0, named=True)


def open_state(model: Model, state: LiveState, rollups: str | None = None) -> SqlBackend:
    """Open a state of a database for a model.

    Args:
        model: The model.
        state: The state.
        rollups: The schema whose rollups are asked in place of facts, empty for the database's own; None asks none.
    """
    shelf = None if rollups is None else Shelf(state.database, rollups)
    return SqlBackend(Star(model, state.database, _SECONDS), state.id, Catalog(shelf, state.id))


def _watched(model: Model) -> dict[Table, tuple[Column, ...]]:
    """List the tables that questions read, each with the columns whose greatest value tells states apart."""
    watched: dict[Table, dict[Column, None]] = {}
    for table, columns in _read(model):
        told = (column for column in (*table.key, *columns) if column.type.kind in _TOLD)
        watched.setdefault(table, {}).update(dict.fromkeys(told))
    return {table: tuple(columns) for table, columns in watched.items()}


def _read(model: Model) -> Iterator[tuple[Table, tuple[Column, ...]]]:
    yield from ((dimension.table, ()) for dimension in model.dimensions)
    for cube in model.cubes:
        days = (link.column for link in cube.links if link.dimension.is_time and link.through is None)
        yield cube.table, tuple(days)
        yield from ((link.through.table, ()) for link in cube.links if isinstance(link.through, ThroughTable))

"""Opening what is served: a warehouse's snapshots, or a live database's states. An engine does not ask which."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from cube_server.backends.embedded.backend import EmbeddedBackend, open_snapshot
from cube_server.backends.embedded.rollups.keeper import Keeper, RollupSettings
from cube_server.backends.mixed.backend import MixedBackend
from cube_server.backends.mixed.warehouse import MixedState, MixedWarehouse, open_mixed
from cube_server.backends.sql.backend import SqlBackend
from cube_server.backends.sql.live import LiveState, LiveWarehouse, open_state
from cube_server.model.elements import Model
from cube_server.warehouse.snapshot import Snapshot
from cube_server.warehouse.store import Warehouse

AnySnapshot = Snapshot | LiveState | MixedState
AnyBackend = EmbeddedBackend | SqlBackend | MixedBackend
AnyWarehouse = Warehouse | LiveWarehouse | MixedWarehouse


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    Attributes:
        url: Its SQLAlchemy URL.
        version: A query in its own SQL that gives another value whenever the data has changed; empty if there is none.
    """

    url: str = field(repr=False)
    version: str = ""


Place = Path | str | Address
"""Where the facts are: the folder of a warehouse, a database, or a `storage.json` that names one of each."""


def open_warehouse(place: Place, model: Path) -> AnyWarehouse:
    """Open a warehouse's folder; by its URL, a database; by a file that says what lies where, both.

    Args:
        place: The folder, or a database, or its URL such as `postgresql://reader@host/shop`.
        model: Where cubes.json lies.

    Raises:
        SettingsError: There is no backend for such a database.
        WarehouseError: The database does not answer.
    """
    if isinstance(place, str) and "://" in place:
        place = Address(place)
    if isinstance(place, Address):
        return LiveWarehouse(place.url, model, place.version)
    path = Path(place)
    return MixedWarehouse(path, model) if path.suffix == ".json" else Warehouse(path)


def open_backend(model: Model, snapshot: AnySnapshot, rollups: RollupSettings) -> AnyBackend:
    """Open a snapshot for a model; a database with the rollups that it holds, if they are to be used.

    Raises:
        ModelError: The snapshot does not hold what the model asks for.
    """
    match snapshot:
        case LiveState():
            return open_state(model, snapshot, None if rollups.mode == "off" else rollups.schema)
        case MixedState():
            return open_mixed(model, snapshot)
    return open_snapshot(model, snapshot)


def keeper_of(model: Model, snapshot: AnySnapshot, backend: AnyBackend, settings: RollupSettings) -> Keeper | None:
    """Give what keeps the rollups of a warehouse's snapshot; a database has none."""
    if isinstance(snapshot, Snapshot) and isinstance(backend, EmbeddedBackend):
        return Keeper(model, snapshot, backend, settings, lambda former: EmbeddedBackend(former, {}).dimension)
    return None


def described(snapshot: AnySnapshot) -> tuple[dt.datetime, str, tuple[tuple[str, int], ...]]:
    """Tell when a snapshot was committed, or a state first seen, of what it is, and the rows of each table."""
    if isinstance(snapshot, LiveState | MixedState):
        return snapshot.seen, snapshot.source, snapshot.rows
    manifest = snapshot.manifest
    return manifest.created, manifest.source, tuple((name, table.rows) for name, table in manifest.tables.items())

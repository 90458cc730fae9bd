"""Does a model fit what is loaded? Asked before a server starts, so that a mistake ends the command."""

from __future__ import annotations

from pathlib import Path

from cube_server.backends.embedded.fit import check_fit
from cube_server.backends.mixed.inspection import check_places
from cube_server.backends.mixed.storage import read_storage
from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.fit import check_tables
from cube_server.errors import ModelError, WarehouseError
from cube_server.model.elements import Model
from cube_server.model.read import read_model
from cube_server.opening import Address
from cube_server.warehouse.snapshot import Snapshot
from cube_server.warehouse.store import Warehouse


def newest(warehouse: Path) -> Snapshot | None:
    """Open the newest snapshot; None if nothing is loaded yet."""
    store = Warehouse(warehouse)
    return store.latest() if store.latest_id() else None


def check_serving(model: Path, warehouse: Path | Address) -> None:
    """Refuse a model that is wrong, or that does not fit the newest snapshot if there is one, or the database.

    Raises:
        ModelError: The model is wrong or does not fit; the error lists every mistake.
        WarehouseError: The snapshot cannot be read.
    """
    read = read_model(model)
    if isinstance(warehouse, Address):
        database = open_database(warehouse.url)
        try:
            check_tables(read, database)
        finally:
            database.close()
        return
    if warehouse.suffix == ".json":
        storage = read_storage(warehouse)
        database = open_database(storage.there)
        try:
            check_places(read, storage, database, newest(storage.here))
        finally:
            database.close()
        return
    snapshot = newest(warehouse)
    if snapshot is not None:
        check_fit(read, snapshot.manifest)


def fits(model: Model, snapshot: Snapshot, warehouse: Path) -> bool:
    """Tell whether a snapshot can be served with a model; if not, a load with that model mends it.

    Raises:
        WarehouseError: The snapshot is of another model, whose data a load must not replace.
    """
    held = snapshot.manifest.model_name
    if held != model.name:
        raise WarehouseError(
            f"The warehouse {warehouse} holds {held!r}, not {model.name!r}.",
            hint="Name another folder: --warehouse DIR.",
        )
    try:
        check_fit(model, snapshot.manifest)
    except ModelError:
        return False
    return True

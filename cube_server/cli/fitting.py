"""Does a model fit what is loaded? Asked before a server starts, so that a mistake ends the command."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

from cube_server.backends.embedded.fit import check_fit
from cube_server.backends.mixed.inspection import check_places
from cube_server.backends.mixed.storage import read_storage
from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.findings import counted
from cube_server.backends.sql.fit import check_tables, tables_of
from cube_server.errors import ModelError, WarehouseError
from cube_server.model.elements import Model
from cube_server.model.read import read_model
from cube_server.opening import Address
from cube_server.urls import shown
from cube_server.warehouse.snapshot import Snapshot
from cube_server.warehouse.store import Warehouse


def newest(warehouse: Path) -> Snapshot | None:
    """Open the newest snapshot; None if nothing is loaded yet."""
    store = Warehouse(warehouse)
    return store.latest() if store.latest_id() else None


def check_serving(model: Path, warehouse: Path | Address) -> tuple[str, ...]:
    """Refuse a model that is wrong, or that does not fit the newest snapshot if there is one, or the database.

    Returns:
        A line about the database that will be asked; none where there is only a warehouse.

    Raises:
        ModelError: The model is wrong or does not fit; the error lists every mistake.
        WarehouseError: The snapshot cannot be read, or the database does not answer.
    """
    read = read_model(model)
    if isinstance(warehouse, Address):
        database = open_database(warehouse.url)
        try:
            check_tables(read, database)
            return (_told(read, database, warehouse.url),)
        finally:
            database.close()
    if warehouse.suffix == ".json":
        storage = read_storage(warehouse)
        database = open_database(storage.there)
        try:
            check_places(read, storage, database, newest(storage.here))
            return (_told(read, database, storage.there), f"and the warehouse {storage.here}")
        finally:
            database.close()
    snapshot = newest(warehouse)
    if snapshot is not None:
        check_fit(read, snapshot.manifest)
    return ()


def _told(model: Model, database: Database, address: str) -> str:
    count = counted(len(tables_of(model)), "table")
    return f"asking {database.dialect.title} at {shown(make_url(address))}: {count} of the model"


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

"""Retiring old snapshots: under the warehouse's lock, as a load is."""

from __future__ import annotations

import datetime as dt

from cube_server.warehouse.retention import Retention
from cube_server.warehouse.store import Warehouse

from .cleaning import Retired, retire
from .writing import open_writer


def retire_snapshots(warehouse: Warehouse, policy: Retention, *, wait: float = 0) -> Retired:
    """Retire the snapshots that a policy does not keep.

    >>> retire_snapshots(Warehouse(Path("warehouse")), Retention(newest=7)).snapshots  # doctest: +SKIP
    ()

    Args:
        warehouse: The warehouse.
        policy: Says which snapshots are kept.
        wait: For how many seconds to wait for a load to end.

    Raises:
        WarehouseError: There is no snapshot, a load is at work, or the warehouse cannot be written.
    """
    warehouse.latest()
    with open_writer(warehouse, wait):
        return retire(warehouse, policy, dt.datetime.now(dt.UTC))

"""Removing what nobody needs any more: files that no manifest names, and snapshots that the policy retires."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

from cube_server.warehouse.manifest import Manifest, read_manifest
from cube_server.warehouse.rejects import REFUSED, UNCHANGED, rejects_path
from cube_server.warehouse.retention import Dated, Retention
from cube_server.warehouse.store import Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """What a policy retires.

    Attributes:
        snapshots: Those that it retires, from the oldest to the newest.
        kept: The others.
        bytes: The size of the files that only retired snapshots have.
    """

    snapshots: tuple[Dated, ...]
    kept: tuple[Dated, ...]
    bytes: int


def plan_retirement(warehouse: Warehouse, policy: Retention, now: dt.datetime) -> Retired:
    """Tell what a policy would retire.

    Raises:
        WarehouseError: A manifest cannot be read.
    """
    decided = policy.reasons(warehouse.dated(), now)
    retired = tuple(snapshot for snapshot, reasons in decided if not reasons)
    kept = tuple(snapshot for snapshot, reasons in decided if reasons)
    sizes = _sizes(warehouse, retired)
    needed = _sizes(warehouse, kept)
    freed = sum(size for path, size in sizes.items() if path not in needed)
    return Retired(snapshots=retired, kept=kept, bytes=freed)


def retire(warehouse: Warehouse, policy: Retention, now: dt.datetime) -> Retired:
    """Retire snapshots: take them out of sight at once, and remove their files when the policy's grace has passed.

    Who has one open goes on to read its files until then. Only the holder of the lock may call this.

    Raises:
        WarehouseError: A manifest cannot be read; then nothing is retired.
    """
    layout = warehouse.layout
    planned = plan_retirement(warehouse, policy, now)
    layout.retired.mkdir(exist_ok=True)
    for snapshot in planned.snapshots:
        manifest = layout.manifest(snapshot.id)
        # The time of retirement is the file's own: set first, so that a crash in between does no harm.
        os.utime(manifest, (now.timestamp(), now.timestamp()))
        manifest.replace(layout.retired / manifest.name)
    for manifest in layout.retired.glob("*.json"):
        if now.timestamp() - manifest.stat().st_mtime >= policy.grace.total_seconds():
            manifest.unlink()
    remove_orphans(warehouse)
    return planned


def remove_orphans(warehouse: Warehouse) -> None:
    """Remove files and rejects of no snapshot, not even of one retired lately. Only the holder of the lock may call it.

    Raises:
        WarehouseError: A manifest cannot be read; then nothing is removed.
    """
    layout = warehouse.layout
    manifests = [warehouse.snapshot(id).manifest for id in warehouse.snapshots()]
    manifests += [read_manifest(path) for path in layout.retired.glob("*.json")]
    kept = {layout.root / path for manifest in manifests for path in _files(manifest)}
    # What was rejected by a load that made no snapshot has no number.
    kept |= {rejects_path(layout.root, name) for name in (*(each.snapshot for each in manifests), REFUSED, UNCHANGED)}
    rejects = rejects_path(layout.root, REFUSED).parent
    for path in [*layout.staging.iterdir(), *layout.data.glob("*/*"), *rejects.glob("*")]:
        if path not in kept:
            path.unlink()


def _sizes(warehouse: Warehouse, snapshots: tuple[Dated, ...]) -> dict[Path, int]:
    manifests = (warehouse.snapshot(snapshot.id).manifest for snapshot in snapshots)
    return {Path(path): size for manifest in manifests for path, size in _files(manifest).items()}


def _files(manifest: Manifest) -> dict[str, int]:
    return {file.path: file.bytes for table in manifest.tables.values() for file in table.files}

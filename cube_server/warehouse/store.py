"""The warehouse's folder: which snapshots there are, and opening one."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from cube_server.errors import NotFoundError, WarehouseError, nearest
from cube_server.warehouse.layout import Layout
from cube_server.warehouse.manifest import read_manifest
from cube_server.warehouse.snapshot import Snapshot

_MANIFEST = re.compile(r"(\d{6,})\.json")


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A folder of snapshots. Reading needs no lock: what is visible is complete and never changes.

    >>> Warehouse(Path("warehouse")).latest().table("fact_sales").rows  # doctest: +SKIP
    1469307

    Attributes:
        root: The warehouse's folder; it need not exist yet.
    """

    root: Path

    @property
    def layout(self) -> Layout:
        """The paths of the warehouse's parts."""
        return Layout(self.root)

    def snapshots(self) -> tuple[str, ...]:
        """List the snapshots' ids from the oldest to the newest; none if nothing was loaded.

        Raises:
            WarehouseError: The folder may not be read.
        """
        try:
            names = os.listdir(self.layout.snapshots)  # noqa: PTH208 - servers poll this: names without Path objects
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise WarehouseError(f"Cannot read the warehouse {self.root}: {error.strerror}.") from error
        found = (match[1] for name in names if (match := _MANIFEST.fullmatch(name)))
        return tuple(sorted(found, key=int))

    def latest_id(self) -> str | None:
        """Give the newest snapshot's id, None if nothing was loaded. Costs one directory listing."""
        return next(reversed(self.snapshots()), None)

    def latest(self) -> Snapshot:
        """Open the newest snapshot.

        Raises:
            WarehouseError: Nothing was loaded, or the manifest cannot be read.
        """
        newest = self.latest_id()
        if newest is None:
            lacking = "no snapshot in the warehouse" if self.root.is_dir() else "no warehouse at"
            raise WarehouseError(
                f"There is {lacking} {self.root}.",
                hint=f"Run `cube-server load --model cubes.json --from SOURCE --warehouse {self.root}`.",
            )
        return self._open(newest)

    def snapshot(self, id: str) -> Snapshot:
        """Open a snapshot by its id.

        Raises:
            NotFoundError: There is no such snapshot; the message names those that exist.
            WarehouseError: Its manifest cannot be read.
        """
        known = self.snapshots()
        if id not in known:
            raise NotFoundError(f"There is no snapshot {id!r}.", hint=nearest(id, reversed(known)))
        return self._open(id)

    def _open(self, id: str) -> Snapshot:
        return Snapshot(self.root, read_manifest(self.layout.manifest(id)))

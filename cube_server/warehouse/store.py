"""The warehouse's folder: which snapshots there are, and opening one."""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cube_server.errors import NotFoundError, WarehouseError, nearest
from cube_server.warehouse.layout import Layout
from cube_server.warehouse.manifest import read_manifest
from cube_server.warehouse.retention import Dated
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
        return self._open(self._known(id))

    def find(self, as_of: str) -> str:
        """Give the id of the snapshot that is meant by an id, or by a date or a time: the newest one at or before it.

        >>> Warehouse(Path("warehouse")).find("2017-12-31")  # doctest: +SKIP
        '000003'

        Args:
            as_of: An id such as `000003`; a date, which means the end of that day in UTC; a time, in UTC unless it
                says otherwise.

        Raises:
            NotFoundError: There is no such snapshot, or none so old.
            WarehouseError: A manifest cannot be read.
        """
        end = _end(as_of)
        return self._known(as_of) if end is None else self._before(end, as_of)

    def dated(self) -> tuple[Dated, ...]:
        """List the snapshots with their times, from the oldest to the newest.

        Raises:
            WarehouseError: A manifest cannot be read.
        """
        return tuple(Dated(id=id, created=self._open(id).manifest.created) for id in self.snapshots())

    def _known(self, id: str) -> str:
        known = self.snapshots()
        if id not in known:
            raise NotFoundError(f"There is no snapshot {id!r}.", hint=nearest(id, reversed(known)))
        return id

    def _before(self, end: dt.datetime, as_of: str) -> str:
        oldest = None
        for id in reversed(self.snapshots()):
            oldest = self._open(id)
            if oldest.manifest.created <= end:
                return id
        told = f"The oldest is {oldest.id}, of {oldest.manifest.created:%Y-%m-%d %H:%M} UTC." if oldest else ""
        raise NotFoundError(f"There is no snapshot at or before {as_of}.", hint=told or "There are none.")

    def _open(self, id: str) -> Snapshot:
        try:
            return Snapshot(self.root, read_manifest(self.layout.manifest(id)))
        except WarehouseError:
            # It may have been retired since the folder was listed.
            self._known(id)
            raise


def _end(as_of: str) -> dt.datetime | None:
    """Read a date as the last moment of the day, or a time; None if it is neither."""
    if "-" not in as_of:
        return None
    try:
        if len(as_of) == len("2017-12-31"):
            return dt.datetime.combine(dt.date.fromisoformat(as_of), dt.time.max, dt.UTC)
        moment = dt.datetime.fromisoformat(as_of)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)

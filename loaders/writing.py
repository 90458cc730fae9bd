"""Writing a snapshot: data files first, then its manifest, made visible by one atomic link."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow.parquet as pq

from cube_server.errors import WarehouseError
from cube_server.types import DataType
from cube_server.warehouse.layout import Layout
from cube_server.warehouse.manifest import Manifest, StoredFile, TableManifest
from cube_server.warehouse.store import Warehouse

from .lock import exclusive
from .stats import column_stats

ROWS_PER_FILE = 1 << 20
"""Facts are sorted by time, so what a load adds at the end leaves the files before it as they are."""

ROWS_PER_GROUP = 1 << 18


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to a warehouse whose lock is held.

    Attributes:
        layout: The warehouse's paths.
    """

    layout: Layout

    def store(
        self,
        name: str,
        frame: pl.DataFrame,
        types: Mapping[str, DataType],
        kind: Literal["dimension", "fact"],
        sorted_by: str | None = None,
    ) -> TableManifest:
        """Store a table; files whose content the warehouse has already are not written again.

        Args:
            name: The table's name.
            frame: All columns to store, the rows in order.
            types: Each column's type in the model; surrogate keys and statuses are ints.
            kind: What the table is.
            sorted_by: The stored link column by whose natural value the rows are sorted.
        """
        starts = range(0, max(frame.height, 1), ROWS_PER_FILE)
        files = tuple(self._store_file(name, frame.slice(start, ROWS_PER_FILE)) for start in starts)
        return TableManifest(
            kind=kind,
            rows=frame.height,
            files=files,
            columns={column: column_stats(frame[column], types[column]) for column in frame.columns},
            sorted_by=sorted_by,
        )

    def commit(self, manifest: Manifest) -> None:
        """Make a snapshot visible, whole; when this returns it is on disk."""
        staged = self.layout.staging / f"{manifest.snapshot}.json"
        staged.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        _sync(staged)
        # A link, unlike a rename, refuses to replace a snapshot.
        self.layout.manifest(manifest.snapshot).hardlink_to(staged)
        _sync(self.layout.snapshots)
        staged.unlink()

    def _store_file(self, table: str, frame: pl.DataFrame) -> StoredFile:
        staged = self.layout.staging / f"{uuid.uuid4().hex}.parquet"
        pq.write_table(
            frame.to_arrow(),
            staged,
            compression="zstd",
            row_group_size=ROWS_PER_GROUP,
            store_decimal_as_integer=True,
        )
        digest = _sha256(staged)
        target = self.layout.data / table / f"{digest[:32]}.parquet"
        size = staged.stat().st_size
        if target.is_file() and target.stat().st_size == size:
            staged.unlink()
        else:
            _move(staged, target)
        path = target.relative_to(self.layout.root).as_posix()
        return StoredFile(path=path, rows=frame.height, bytes=size, sha256=digest)


@contextmanager
def open_writer(warehouse: Warehouse) -> Iterator[Writer]:
    """Make the warehouse's folders, take its lock, and remove what loads that died left behind.

    Raises:
        WarehouseError: Another load holds the lock, or the folder cannot be written.
    """
    layout = warehouse.layout
    try:
        for folder in (layout.snapshots, layout.data, layout.staging):
            folder.mkdir(parents=True, exist_ok=True)
        with exclusive(layout.lock):
            _sync(layout.root)
            _remove_orphans(warehouse)
            yield Writer(layout)
    except OSError as error:
        raise WarehouseError(
            f"Cannot write to the warehouse {layout.root}: {error.strerror or error}.",
            hint="What was visible before still is.",
        ) from error


def _remove_orphans(warehouse: Warehouse) -> None:
    """Remove files that no manifest names; only the holder of the lock may."""
    layout = warehouse.layout
    manifests = [warehouse.snapshot(id).manifest for id in warehouse.snapshots()]
    kept = {
        layout.root / file.path
        for manifest in manifests
        for table in manifest.tables.values()
        for file in table.files
    }
    for path in [*layout.staging.iterdir(), *layout.data.glob("*/*")]:
        if path not in kept:
            path.unlink()


def _move(staged: Path, target: Path) -> None:
    _sync(staged)
    target.parent.mkdir(exist_ok=True)
    staged.replace(target)
    _sync(target.parent)
    _sync(target.parent.parent)


def _sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's entries, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

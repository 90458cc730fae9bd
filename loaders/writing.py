"""Writing a snapshot: data files first, then its manifest, made visible by one atomic link."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
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
from .stats import Summary

ROWS_PER_GROUP = 1 << 18


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to a warehouse whose lock is held.

    Attributes:
        layout: The warehouse's paths.
    """

    layout: Layout

    def table(
        self, name: str, types: Mapping[str, DataType], kind: Literal["dimension", "fact"]
    ) -> AbstractContextManager[TableWriter]:
        """Begin to store a table; files whose content the warehouse has already are not written again.

        Args:
            name: The table's name.
            types: Each column's type in the model; surrogate keys and statuses are ints.
            kind: What the table is.
        """
        return TableWriter.open(lambda frame: self._store_file(name, frame), types, kind)

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


class TableWriter:
    """Stores a table, a file for each run of its rows; while one is written the next may be made."""

    def __init__(
        self,
        store: Callable[[pl.DataFrame], StoredFile],
        types: Mapping[str, DataType],
        kind: Literal["dimension", "fact"],
        thread: Executor,
    ) -> None:
        self._store, self._kind, self._thread = store, kind, thread
        self._columns = {name: Summary(type_) for name, type_ in types.items()}
        self._files: list[StoredFile] = []
        self._busy: Future[None] | None = None

    @classmethod
    @contextmanager
    def open(
        cls,
        store: Callable[[pl.DataFrame], StoredFile],
        types: Mapping[str, DataType],
        kind: Literal["dimension", "fact"],
    ) -> Iterator[TableWriter]:
        """Give a writer whose thread ends with the `with`."""
        with ThreadPoolExecutor(max_workers=1) as thread:
            yield cls(store, types, kind, thread)

    def add(self, frame: pl.DataFrame) -> None:
        """Store a run of rows, with all columns."""
        self._wait()
        self._busy = self._thread.submit(self._write, frame)

    def finish(self, sorted_by: str | None = None) -> TableManifest:
        """Wait until all is stored.

        Args:
            sorted_by: The stored link column by whose natural value the rows of all files are sorted.
        """
        self._wait()
        return TableManifest(
            kind=self._kind,
            rows=sum(file.rows for file in self._files),
            files=tuple(self._files),
            columns={name: summary.stats for name, summary in self._columns.items()},
            sorted_by=sorted_by,
        )

    def _wait(self) -> None:
        if self._busy is not None:
            self._busy.result()

    def _write(self, frame: pl.DataFrame) -> None:
        self._files.append(self._store(frame))
        self._columns = {name: self._columns[name] for name in frame.columns}
        for name, summary in self._columns.items():
            summary.add(frame[name])


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
            try:
                yield Writer(layout)
            except BaseException:
                # What is half done would only take room until the next load.
                _remove_orphans(warehouse)
                raise
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
        layout.root / file.path for manifest in manifests for table in manifest.tables.values() for file in table.files
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

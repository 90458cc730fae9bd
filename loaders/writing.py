"""Writing a snapshot: data files first, then its manifest, made visible by one atomic link."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from cube_server.errors import WarehouseError
from cube_server.types import DataType
from cube_server.warehouse.layout import Layout
from cube_server.warehouse.manifest import ColumnStats, Manifest, StoredFile, TableManifest
from cube_server.warehouse.store import Warehouse

from .cleaning import remove_orphans
from .lock import exclusive
from .stats import column_stats, key_bounds, merged_stats

ROWS_PER_FILE = 1 << 20
"""A source that only grows leaves the files before the last as they are."""

ROWS_PER_GROUP = 1 << 18

_MOST_IN_DICTIONARY = 1 << 16
"""Whole numbers of a wider range are written as such."""

Types = Mapping[str, DataType]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to a warehouse whose lock is held.

    Attributes:
        layout: The warehouse's paths.
        previous: The newest snapshot's manifest; None if nothing was loaded.
    """

    layout: Layout
    previous: Manifest | None

    @property
    def snapshot(self) -> str:
        """The id of the snapshot that is written."""
        return f"{int(self.previous.snapshot if self.previous else 0) + 1:06d}"

    def store_dimension(self, name: str, rows: pl.DataFrame, types: Types) -> TableManifest:
        """Store a dimension's table; files whose content the warehouse has already are not written again.

        Args:
            name: The table's name.
            rows: All columns to store, the rows in order.
            types: Each column's type in the model; surrogate keys and statuses are ints.
        """
        files = tuple(self._store_file(name, piece) for piece in _pieces(rows))
        stats = _stats(rows, types)
        return TableManifest(kind="dimension", rows=rows.height, files=files, columns=stats, sorted_by=None)

    @contextmanager
    def facts(self, name: str, types: Types, sorted_by: str | None) -> Iterator[FactWriter]:
        """Begin to store a table of facts; files whose content the warehouse has already are not written again.

        Args:
            name: The table's name.
            types: As of a dimension.
            sorted_by: The stored link column by whose natural value each run is sorted, if they have one.
        """
        with ThreadPoolExecutor(max_workers=1) as thread:
            yield FactWriter(lambda rows, time: self.store_facts(name, rows, types, time), sorted_by, thread)

    def commit(self, manifest: Manifest) -> None:
        """Make a snapshot visible, whole; when this returns it is on disk."""
        staged = self.layout.staging / f"{manifest.snapshot}.json"
        staged.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        _sync(staged)
        # A link, unlike a rename, refuses to replace a snapshot.
        self.layout.manifest(manifest.snapshot).hardlink_to(staged)
        _sync(self.layout.snapshots)
        staged.unlink()

    def store_facts(self, table: str, facts: pl.DataFrame, types: Types, time: pl.Series | None) -> StoredFile:
        """Store some facts as one file; see `FactWriter.add`."""
        stats = _stats(facts, types)
        known = {"time": None if time is None else key_bounds(time), "columns": stats}
        return self._store_file(table, facts, _scattered(stats)).model_copy(update=known)

    def _store_file(self, table: str, frame: pl.DataFrame, scattered: frozenset[str] = frozenset()) -> StoredFile:
        staged = self.layout.staging / f"{uuid.uuid4().hex}.parquet"
        pq.write_table(
            frame.to_arrow(),
            staged,
            compression="zstd",
            row_group_size=ROWS_PER_GROUP,
            store_decimal_as_integer=True,
            use_dictionary=[name for name in frame.columns if name not in scattered],
            column_encoding=dict.fromkeys(scattered, "DELTA_BINARY_PACKED"),
        )
        digest = _sha256(staged)
        target = self.layout.data / table / f"{digest[:32]}.parquet"
        size = staged.stat().st_size
        if target.is_file() and target.stat().st_size == size:
            staged.unlink()
        else:
            _move(staged, target)
        path = target.relative_to(self.layout.root).as_posix()
        return StoredFile(path=path, rows=frame.height, bytes=size, sha256=digest, load=self._load_of(table, path))

    def _load_of(self, table: str, path: str) -> str | None:
        """Tell which load wrote a file: this one, unless the last snapshot has it."""
        stored = self.previous.tables.get(table) if self.previous else None
        loads = {file.path: file.load for file in stored.files} if stored else {}
        return loads.get(path, self.snapshot)


class FactWriter:
    """Stores facts, a file for each run of rows; while one is written the next may be made.

    Args:
        store: Writes one file.
        sorted_by: The stored link column by whose natural value each run is sorted, if there is one.
        thread: Where that is done.
    """

    def __init__(
        self, store: Callable[[pl.DataFrame, pl.Series | None], StoredFile], sorted_by: str | None, thread: Executor
    ) -> None:
        self._store, self._sorted_by, self._thread = store, sorted_by, thread
        self._files: list[Future[StoredFile]] = []

    def add(self, facts: pl.DataFrame, time: pl.Series | None) -> None:
        """Store a run of rows.

        Args:
            facts: All columns to store, the rows in order of time.
            time: The natural keys by which they are sorted, if they have such a link.
        """
        if self._files:
            # One is waited for, so that no more than one waits.
            self._files[-1].result()
        self._files.append(self._thread.submit(self._store, facts, time))

    def finish(self) -> TableManifest:
        """Wait until all is stored."""
        files = tuple(file.result() for file in self._files)
        return TableManifest(
            kind="fact",
            rows=sum(file.rows for file in files),
            files=files,
            columns=merged_stats(file.columns for file in files),
            sorted_by=self._sorted_by,
        )


@contextmanager
def open_writer(warehouse: Warehouse, wait: float = 0) -> Iterator[Writer]:
    """Make the warehouse's folders, take its lock, and remove what loads that died left behind.

    Args:
        warehouse: The warehouse.
        wait: For how many seconds to wait for another load to end.

    Raises:
        WarehouseError: Another load holds the lock, or the folder cannot be written.
    """
    layout = warehouse.layout
    try:
        for folder in (layout.snapshots, layout.data, layout.staging):
            folder.mkdir(parents=True, exist_ok=True)
        with exclusive(layout.lock, wait):
            _sync(layout.root)
            remove_orphans(warehouse)
            newest = warehouse.latest_id()
            try:
                yield Writer(layout, warehouse.snapshot(newest).manifest if newest else None)
            except BaseException:
                # What is half done would only take room until the next load.
                remove_orphans(warehouse)
                raise
    except OSError as error:
        raise WarehouseError(
            # Arrow's errors end with what the system said.
            f"Cannot write to the warehouse {layout.root}: {(error.strerror or str(error)).rpartition('] ')[2]}.",
            hint="What was visible before still is.",
        ) from error


def _pieces(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    starts = range(0, max(frame.height, 1), ROWS_PER_FILE)
    return (frame.slice(start, ROWS_PER_FILE) for start in starts)


def _stats(frame: pl.DataFrame, types: Types) -> dict[str, ColumnStats]:
    return {column: column_stats(frame[column], types[column]) for column in frame.columns}


def _scattered(stats: Mapping[str, ColumnStats]) -> frozenset[str]:
    """Find whole numbers that may have too many values for a dictionary: trying takes longer than writing them."""
    return frozenset(
        name
        for name, column in stats.items()
        if isinstance(column.minimum, int)
        and isinstance(column.maximum, int)
        and column.maximum - column.minimum >= _MOST_IN_DICTIONARY
    )


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

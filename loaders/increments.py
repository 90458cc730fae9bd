"""The files of facts that are there, and taking rows out of them: only files that hold such rows are rewritten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import polars as pl

from cube_server.types import DataType
from cube_server.warehouse.manifest import ColumnStats, StoredFile, TableManifest
from cube_server.warehouse.snapshot import Snapshot

from .stats import key_bounds

SMALL = 1 << 18
"""Files of fewer rows are put together..."""

MOST_SMALL = 16
"""... once there are so many, so that a row is written again at most a few times however many loads there are."""

Store = Callable[[pl.DataFrame, pl.Series | None], StoredFile]
"""Writes rows as a file, sorted by time; takes the natural keys of time of each, if there are any."""


class StoredFacts:
    """The facts of a table that are there, while a load changes them.

    Args:
        snapshot: The newest snapshot.
        name: The table.
        store: Writes a file.
        natural: Gives the natural keys of the time link, by surrogate; None if there is no such link.
    """

    def __init__(self, snapshot: Snapshot, name: str, store: Store, natural: Callable[[], pl.Series | None]) -> None:
        self._table = snapshot.table(name)
        self._store, self._natural = store, natural
        self.files = [self._described(file) for file in self._table.manifest.files]
        self.removed = 0

    def remove(self, rows: pl.DataFrame) -> None:
        """Take out the rows that some columns of are in `rows`, by key or by time."""
        self.files = [kept for file in self.files for kept in self._without(file, rows)]

    def clashes(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Give those of some keys, in the columns that hold them, that are there."""
        found = [self._read(file, rows.columns).join(rows, on=rows.columns) for file in self._touched(rows)]
        return pl.concat([rows.clear(), *found])

    def compact(self) -> None:
        """Put small files together, if there are many."""
        small = [file for file in self.files if file.rows < SMALL]
        if len(small) >= MOST_SMALL:
            together = pl.concat([self._read(file) for file in small])
            self.files = [file for file in self.files if file.rows >= SMALL] + [self._stored(together)]

    def _without(self, file: StoredFile, rows: pl.DataFrame) -> Iterable[StoredFile]:
        if not _may_hold(file, rows):
            return (file,)
        held = self._read(file, rows.columns).with_row_index("\0row")
        kept = held.join(rows, on=rows.columns, how="anti")["\0row"]
        self.removed += held.height - len(kept)
        if len(kept) == held.height:
            return (file,)
        return (self._stored(self._read(file)[kept.sort()]),) if len(kept) else ()

    def _touched(self, rows: pl.DataFrame) -> list[StoredFile]:
        return [file for file in self.files if _may_hold(file, rows)]

    def _stored(self, facts: pl.DataFrame) -> StoredFile:
        time, natural = self._table.manifest.sorted_by, self._natural()
        if time is None or natural is None:
            return self._store(facts, None)
        keys = natural.gather(facts[time])
        ordered = facts.with_columns(keys.alias("\0time")).sort("\0time", nulls_last=True, maintain_order=True)
        return self._store(ordered.drop("\0time"), ordered["\0time"])

    def _described(self, file: StoredFile) -> StoredFile:
        """Read a file of an older format once, to know what it holds."""
        return file if file.columns else self._stored(self._read(file))

    def _read(self, file: StoredFile, columns: Sequence[str] = ()) -> pl.DataFrame:
        return self._table.read_file(file, columns or list(self._table.columns))


def _may_hold(file: StoredFile, rows: pl.DataFrame) -> bool:
    """Tell by its bounds whether a file may hold some of the keys."""
    return rows.height > 0 and all(_overlap(file, rows[name]) for name in rows.columns)


def _overlap(file: StoredFile, keys: pl.Series) -> bool:
    stats = file.columns[keys.name]
    wanted = key_bounds(keys)
    if keys.null_count() and stats.nulls:
        return True
    if wanted is None or stats.minimum is None or stats.maximum is None:
        return False
    read = DataType.parse(stats.type).read
    least, greatest, first, last = map(read, (stats.minimum, stats.maximum, wanted.first, wanted.last))
    return bool(least <= last and first <= greatest)  # type: ignore[operator]  # of one type, so they compare


def same_columns(table: TableManifest, new: Mapping[str, ColumnStats]) -> bool:
    """Tell whether facts are stored in the same columns as new ones, so that these can be put beside them."""
    return [(name, stats.type) for name, stats in table.columns.items()] == [(n, s.type) for n, s in new.items()]

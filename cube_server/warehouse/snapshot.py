"""One snapshot of the warehouse, opened for reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from cube_server.errors import NotFoundError, WarehouseError, nearest
from cube_server.warehouse.layout import Layout
from cube_server.warehouse.manifest import ColumnStats, Manifest, StoredFile, TableManifest


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One table of a snapshot.

    Attributes:
        root: The warehouse's folder.
        name: The table's name.
        manifest: Its files and columns.
        snapshot: The id of the snapshot.
    """

    root: Path
    name: str
    manifest: TableManifest
    snapshot: str

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return self.manifest.rows

    @property
    def columns(self) -> Mapping[str, ColumnStats]:
        """Every stored column in numbers, in stored order."""
        return self.manifest.columns

    def of(self, files: Iterable[StoredFile]) -> StoredTable:
        """Give the same table with some of its files alone."""
        own = tuple(files)
        rows = sum(file.rows for file in own)
        return replace(self, manifest=self.manifest.model_copy(update={"files": own, "rows": rows}))

    def read(self, columns: Sequence[str]) -> pl.DataFrame:
        """Read some columns of all rows.

        Dtypes: int Int64, float Float64, decimal(s) Decimal(18, s), text String, bool Boolean, date Date,
        timestamp Datetime("us") without zone, surrogate keys Int32, `_status` Int8.

        Args:
            columns: Names of stored columns.

        Returns:
            The columns in the order asked, the rows in stored order.

        Raises:
            WarehouseError: The snapshot has no such column, or a file is missing or damaged.
            NotFoundError: The snapshot was retired so long ago that its files are gone.
        """
        return pl.concat(list(self.parts(columns)))

    def parts(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Read some columns of all rows, file by file; see `read`."""
        self._refuse_missing(columns)
        for file in self.manifest.files:
            yield self.read_file(file, columns)

    def rows_between(self, columns: Sequence[str], start: int, stop: int) -> pl.DataFrame:
        """Read some columns of a run of rows, from the parts of files that hold them; see `read`."""
        self._refuse_missing(columns)
        found: list[pl.DataFrame] = []
        begin = 0
        for file in self.manifest.files:
            first, last = max(start - begin, 0), min(stop - begin, file.rows)
            if first < last or not found:
                found.append(self.read_file(file, columns, slice(first, max(last, first))))
            begin += file.rows
        return pl.concat([part for part in found if part.height] or found[:1])

    def read_file(self, file: StoredFile, columns: Sequence[str], rows: slice | None = None) -> pl.DataFrame:
        """Read some columns of one of the table's files, of all rows or a run of them; raises as `read` does."""
        path = self.root / file.path
        # No glob, no hive paths: the warehouse's own path may hold any character.
        try:
            if rows is None:
                frame = pl.read_parquet(path, columns=list(columns), glob=False, hive_partitioning=False)
            else:
                lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False).select(columns)
                frame = lazy.slice(rows.start, rows.stop - rows.start).collect()
        except (OSError, PolarsError) as error:
            self._refuse_retired()
            raise WarehouseError(
                f"Cannot read {path} of table {self.name!r}: the file is missing or damaged.",
                hint="Run `cube-server load` again.",
            ) from error
        return frame.select(columns)

    def _refuse_retired(self) -> None:
        layout = Layout(self.root)
        if not layout.manifest(self.snapshot).exists() and layout.snapshots.is_dir():
            known = sorted(path.stem for path in layout.snapshots.glob("*.json"))
            raise NotFoundError(f"Snapshot {self.snapshot} was retired.", hint=nearest(self.snapshot, reversed(known)))

    def _refuse_missing(self, columns: Sequence[str]) -> None:
        for column in columns:
            if column not in self.columns:
                valid = nearest(column, self.columns)
                raise WarehouseError(
                    f"The loaded table {self.name!r} has no column {column!r}. {valid}",
                    hint="Run `cube-server load` with the model in use.",
                )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole star schema as one load left it; never changes.

    Attributes:
        root: The warehouse's folder.
        manifest: What the snapshot consists of.
    """

    root: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        """The snapshot's name in answers and in the warehouse: "000001"."""
        return self.manifest.snapshot

    def table(self, name: str) -> StoredTable:
        """Open a table.

        Raises:
            WarehouseError: The snapshot has no such table: it was loaded with another model.
        """
        found = self.manifest.tables.get(name)
        if found is None:
            raise WarehouseError(
                f"Snapshot {self.id} has no table {name!r}. {nearest(name, self.manifest.tables)}",
                hint="Run `cube-server load` with the model in use.",
            )
        return StoredTable(self.root, name, found, self.id)

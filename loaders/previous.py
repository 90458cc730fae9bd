"""What the warehouse has of a dimension before a load: its keys, its rows, and which of them facts may have."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from cube_server.errors import WarehouseError
from cube_server.model.tables import Table
from cube_server.warehouse.manifest import ABSENT, KEY_COLUMN, KNOWN, STATUS_COLUMN, Manifest, versions_table
from cube_server.warehouse.snapshot import Snapshot, StoredTable
from cube_server.warehouse.store import Warehouse


class Previous:
    """The snapshots that there are.

    Args:
        store: The warehouse.
        newest: The newest snapshot's manifest; None if nothing was loaded.
    """

    def __init__(self, store: Warehouse, newest: Manifest | None) -> None:
        self._store = store
        self.newest = None if newest is None else Snapshot(store.root, newest)

    def keys(self, table: Table) -> pl.Series | None:
        """Give the keys in the newest snapshot that has a dimension's table: it may leave a model and return.

        Returns:
            The natural keys, ordered by surrogate; None if there is no such snapshot.

        Raises:
            WarehouseError: The key was another column, or of another type.
        """
        key = table.key[0]
        for snapshot in self._snapshots():
            stored = snapshot.manifest.tables.get(table.name)
            if stored is None or stored.kind != "dimension":
                continue
            column = stored.columns.get(key.name)
            if column is None or column.type != str(key.type) or column.nulls:
                raise WarehouseError(
                    f"The key of {table.name!r} has become {key.name} ({key.type}) since snapshot {snapshot.id}.",
                    hint="Its members cannot be recognised by it: load into a new folder.",
                )
            return snapshot.table(table.name).read([key.name])[key.name]
        return None

    def known(self, table: Table) -> pl.DataFrame | None:
        """Give the rows of a dimension's table that some source had, in the model's columns; None if there is none.

        Of a table whose source brings versions these are all versions.

        Raises:
            WarehouseError: The table had other columns.
        """
        stored = self._stored(versions_table(table.name) if table.has_versions else table.name)
        if stored is None:
            return None
        for column in table.columns:
            found = stored.columns.get(column.name)
            if found is None or found.type != str(column.type):
                raise WarehouseError(
                    f"The column {column.name!r} ({column.type}) of {table.name!r} is not in snapshot "
                    f"{stored.snapshot}.",
                    hint="After a change of its columns, load the table in full: --mode TABLE=full.",
                )
        names = [column.name for column in table.columns]
        if table.has_versions:
            return stored.read(names)
        return stored.read([*names, STATUS_COLUMN]).filter(pl.col(STATUS_COLUMN) == KNOWN).select(names)

    def linked(self, table: Table) -> pl.Series:
        """Give the surrogates (Int32) that facts of the newest snapshot may have: all but those that are absent."""
        stored = self._stored(table.name)
        if stored is None:
            return pl.Series(dtype=pl.Int32)
        return stored.read([KEY_COLUMN, STATUS_COLUMN]).filter(pl.col(STATUS_COLUMN) != ABSENT)[KEY_COLUMN]

    def _stored(self, name: str) -> StoredTable | None:
        if self.newest is None or name not in self.newest.manifest.tables:
            return None
        return self.newest.table(name)

    def _snapshots(self) -> Iterator[Snapshot]:
        return map(self._store.snapshot, reversed(self._store.snapshots()))

"""A load: source > types > checks > surrogate keys > files > one visible snapshot.

Dimensions are read whole. Facts go through all steps a run of rows at a time, so that memory does not grow with them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from cube_server.errors import SourceError, WarehouseError
from cube_server.model.elements import Model
from cube_server.model.tables import Table
from cube_server.progress import SILENT, Progress
from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import KEY_COLUMN, STATUS_COLUMN, Manifest, TableManifest
from cube_server.warehouse.rejects import REFUSED, rejects_path
from cube_server.warehouse.store import Warehouse

from .checks import check_dimension, check_link, check_sums
from .dimensions import Numbering
from .facts import FactEncoder, LinkCount
from .history import Histories
from .mistakes import Mistakes
from .origins import TypedTable
from .reading import Reader, joined
from .report import LinkReport, LoadReport, TableReport, table_report
from .sources.opening import open_source
from .star import FactLink, FactTable, LevelTable, Star, find_star
from .trees import add_levels
from .writing import Writer, open_writer

__all__ = ["LinkReport", "LoadReport", "TableReport", "load"]

_INT = DataType(Kind.INT)


def load(
    model: Model,
    source: str,
    warehouse: Path,
    *,
    effective: date | None = None,
    wait: float = 0,
    allow_hooks: bool = False,
    progress: Progress = SILENT,
) -> LoadReport:
    """Load a source into a warehouse as a new snapshot, whole or not at all.

    >>> model = read_model(Path("cubes.json"))  # doctest: +SKIP
    >>> load(model, "exports/", Path("warehouse")).rows["fact_sales"]  # doctest: +SKIP
    1469307

    Args:
        model: Says which tables and columns to load, and their types.
        source: A folder of CSV or Parquet files, or an SQLAlchemy URL.
        warehouse: The warehouse's folder; is made if it does not exist.
        effective: The day that the source tells of, for dimensions whose versions loads make; by default today (UTC).
        wait: For how many seconds to wait for another load to end.
        allow_hooks: Whether functions in Python that the model names may run.
        progress: Told of each table.

    Raises:
        SourceError: The source does not fit the model; every mistake is counted, the first are shown.
        WarehouseError: Another load is at work, or the warehouse cannot be written.
        ModelError: The model uses names that the warehouse needs, or nothing in it depends on the day given.
    """
    started = time.monotonic()
    star = find_star(model)
    store = Warehouse(warehouse)
    histories = Histories(star, store, effective)
    with open_source(source) as opened, open_writer(store, wait) as writer:
        mistakes = Mistakes()
        reader = Reader(
            star.tables, model.tables, opened, mistakes, progress, store.layout.staging, allow_hooks=allow_hooks
        )
        loading = _Loading(model, star, store, writer, reader, mistakes, histories)
        stored = loading.tables(progress)
        reader.clear()
        reader.rejects.write(rejects_path(store.root, writer.snapshot))
        manifest = _manifest(model, opened.name, writer, stored)
        writer.commit(manifest)
    return LoadReport(
        snapshot=manifest.snapshot,
        rows={name: table.rows for name, table in stored.items()},
        links=tuple(loading.links),
        tables=tuple(table_report(account) for account in reader.accounts.values()),
        seconds=time.monotonic() - started,
    )


class _Loading:
    """One load while it is at work."""

    def __init__(
        self,
        model: Model,
        star: Star,
        store: Warehouse,
        writer: Writer,
        reader: Reader,
        mistakes: Mistakes,
        histories: Histories,
    ) -> None:
        self._model, self._star, self._store, self._writer = model, star, store, writer
        self._reader, self._mistakes, self._histories = reader, mistakes, histories
        self.links: list[LinkReport] = []

    def tables(self, progress: Progress) -> dict[str, TableManifest]:
        """Read, check and store all tables; what is written is not visible yet."""
        read = {table.name: list(self._reader.runs(table)) for table in self._star.dimensions}
        whole = {name: joined(runs) for name, runs in read.items() if runs}
        current = {} if self._is_hopeless else self._histories.split(whole, self._mistakes)
        dimensions = self._checked(whole | current)
        # Once there is a mistake the rest is read only to tell all others.
        numberings = None if self._is_hopeless else self._numberings(dimensions)
        facts = {fact.table.name: self._facts(fact, numberings) for fact in self._star.facts}
        self._refuse()
        assert numberings is not None
        progress.start("write", total=len(numberings), unit="dimensions")
        stored = {table.name: self._dimension(table, numberings[table.name]) for table in self._star.numbered}
        stored |= dict(self._histories.stored(self._writer, numberings))
        progress.finish(f"{len(numberings)} dimensions")
        return stored | {name: table for name, table in facts.items() if table}

    @property
    def _is_hopeless(self) -> bool:
        return bool(self._mistakes) or self._reader.is_hopeless

    def _refuse(self) -> None:
        """Refuse the load if anything is wrong; what rows are wrong is written down first."""
        try:
            self._reader.refuse()
            self._mistakes.refuse()
        except SourceError:
            self._reader.rejects.write(rejects_path(self._store.root, REFUSED))
            raise

    def _checked(self, tables: dict[str, TypedTable]) -> dict[str, TypedTable]:
        """Check dimensions, and add to them what is made of trees."""
        if self._is_hopeless:
            return tables
        for rows in tables.values():
            _check(self._model, rows, self._mistakes)
        return tables if self._mistakes else _with_trees(self._model, tables, self._mistakes)

    def _numberings(self, dimensions: Mapping[str, TypedTable]) -> dict[str, Numbering]:
        frames = {name: rows.frame for name, rows in dimensions.items()}
        frames |= {level.table.name: _level_keys(level, frames) for level in self._star.levels}
        return {
            table.name: Numbering(frames[table.name], table.key[0].name, _previous_keys(table, self._store))
            for table in self._star.numbered
        }

    def _facts(self, fact: FactTable, numberings: Mapping[str, Numbering] | None) -> TableManifest | None:
        """Take a table of facts through all steps; give nothing if there is any mistake."""
        runs = self._reader.runs(fact.table)
        if numberings is None:
            for _ in runs:
                pass
            return None
        encoder = FactEncoder(fact, numberings)
        types = {**_types(fact.table), **{link.stored: _INT for link in fact.links}}
        with self._writer.facts(fact.table.name, types, fact.time.stored if fact.time else None) as table:
            for run in runs:
                if not self._is_hopeless:
                    table.add(*encoder.encoded(run))
            if self._is_hopeless:
                return None
            stored = table.finish()
        for cube in self._model.cubes:
            if cube.table == fact.table:
                check_sums(cube, stored.columns, self._mistakes)
        self.links += [_link_report(fact, link, count) for link, count in encoder.counts.items()]
        return stored

    def _dimension(self, table: Table, numbering: Numbering) -> TableManifest:
        made = {column.name: column.type for made_of, column in self._star.made if made_of == table}
        types = {**_types(table), **made, KEY_COLUMN: _INT, STATUS_COLUMN: _INT}
        return self._writer.store_dimension(table.name, numbering.rows(), types)


def _check(model: Model, rows: TypedTable, mistakes: Mistakes) -> None:
    for dimension in model.dimensions:
        if dimension.table == rows.table:
            check_dimension(dimension, rows, mistakes)
    for cube in model.cubes:
        for link in cube.links:
            if link.dimension.table == rows.table:
                check_link(link, rows, mistakes)


def _with_trees(model: Model, tables: Mapping[str, TypedTable], mistakes: Mistakes) -> dict[str, TypedTable]:
    found = dict(tables)
    for dimension in model.dimensions:
        name = dimension.table.name
        for hierarchy in dimension.hierarchies:
            found[name] = add_levels(hierarchy, found[name], mistakes)
    return found


def _level_keys(level: LevelTable, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    return frames[level.dimension.name].select(level.table.key[0].name).drop_nulls().unique()


def _previous_keys(table: Table, store: Warehouse) -> pl.Series | None:
    """Give the keys in the newest snapshot that has the table: a table may leave a model and return."""
    key = table.key[0]
    for snapshot in map(store.snapshot, reversed(store.snapshots())):
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


def _link_report(fact: FactTable, link: FactLink, count: LinkCount) -> LinkReport:
    return LinkReport(table=fact.table.name, column=link.column, dimension=link.dimension, count=count)


def _types(table: Table) -> dict[str, DataType]:
    return {column.name: column.type for column in table.columns}


def _manifest(model: Model, source: str, writer: Writer, tables: dict[str, TableManifest]) -> Manifest:
    return Manifest(
        snapshot=writer.snapshot,
        created=datetime.now(UTC),
        model_name=model.name,
        model_hash=model.hash,
        source=source,
        tables=tables,
    )

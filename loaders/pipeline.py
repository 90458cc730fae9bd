"""A load: source > types > checks > surrogate keys > files > one visible snapshot."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from cube_server.errors import WarehouseError
from cube_server.model.elements import Model
from cube_server.model.tables import Table
from cube_server.progress import SILENT, Progress
from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import KEY_COLUMN, STATUS_COLUMN, Manifest, TableManifest
from cube_server.warehouse.store import Warehouse

from .checks import check_dimension, check_key, check_link, check_sums
from .dimensions import number_rows
from .facts import LinkCount, count_unknown, encode_links, sort_by_time
from .mistakes import Mistakes
from .origins import TypedTable
from .reading import read_tables
from .sources.base import Source
from .sources.opening import open_source
from .star import FactTable, LevelTable, Star, find_star
from .trees import add_levels
from .writing import TimeKeys, Writer, open_writer


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReport:
    """What a load found of one link.

    Attributes:
        table: The fact table.
        column: Its column.
        dimension: The dimension it links to.
        count: How many keys and rows are unknown or null.
    """

    table: str
    column: str
    dimension: str
    count: LinkCount


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load did.

    Attributes:
        snapshot: The id of the new snapshot.
        rows: How many rows each table has; dimensions with the keys that only facts or earlier loads know.
        links: Every link of every fact table.
        seconds: How long it took.
    """

    snapshot: str
    rows: Mapping[str, int]
    links: tuple[LinkReport, ...]
    seconds: float


def load(model: Model, source: str, warehouse: Path, *, progress: Progress = SILENT) -> LoadReport:
    """Load a source into a warehouse as a new snapshot, whole or not at all.

    >>> model = read_model(Path("cubes.json"))  # doctest: +SKIP
    >>> load(model, "exports/", Path("warehouse")).rows["fact_sales"]  # doctest: +SKIP
    1469307

    Args:
        model: Says which tables and columns to load, and their types.
        source: A folder of CSV or Parquet files, or an SQLAlchemy URL.
        warehouse: The warehouse's folder; is made if it does not exist.
        progress: Told of each table.

    Raises:
        SourceError: The source does not fit the model; every mistake is counted, the first are shown.
        WarehouseError: Another load is at work, or the warehouse cannot be written.
        ModelError: The model uses names that the warehouse needs.
    """
    started = time.monotonic()
    star = find_star(model)
    store = Warehouse(warehouse)
    with open_source(source) as opened, open_writer(store) as writer:
        tables = _read(star, opened, progress)
        _check(model, tables, progress)
        tables |= _with_trees(model, tables)
        tables |= {level.table.name: _level_keys(level, tables) for level in star.levels}
        dimensions = {table.name: _number(table, star, tables, store) for table in star.numbered}
        facts = {fact.table.name: _encode(fact, tables, dimensions) for fact in star.facts}
        # All that is needed of the source's rows is encoded now; they are the larger part of the memory.
        tables.clear()
        links = tuple(report for fact in star.facts for report in _links(fact, facts, dimensions))
        stored = _store(writer, star, {**dimensions, **facts}, progress)
        manifest = _manifest(model, opened.name, writer, stored)
        writer.commit(manifest)
    return LoadReport(
        snapshot=manifest.snapshot,
        rows={name: table.rows for name, table in stored.items()},
        links=links,
        seconds=time.monotonic() - started,
    )


def _read(star: Star, source: Source, progress: Progress) -> dict[str, TypedTable]:
    mistakes = Mistakes()
    tables = read_tables(star.tables, source, mistakes, progress)
    mistakes.refuse()
    return tables


def _check(model: Model, tables: Mapping[str, TypedTable], progress: Progress) -> None:
    mistakes = Mistakes()
    progress.start("check", total=len(tables), unit="tables")
    for name, rows in tables.items():
        check_key(rows, mistakes)
        for dimension in model.dimensions:
            if dimension.table.name == name:
                check_dimension(dimension, rows, mistakes)
        for cube in model.cubes:
            if cube.table.name == name:
                check_sums(cube, rows, mistakes)
            for link in cube.links:
                if link.dimension.table.name == name:
                    check_link(link, rows, mistakes)
        progress.advance()
    mistakes.refuse()
    progress.finish(f"{len(tables)} tables")


def _with_trees(model: Model, tables: Mapping[str, TypedTable]) -> dict[str, TypedTable]:
    mistakes, found = Mistakes(), dict(tables)
    for dimension in model.dimensions:
        name = dimension.table.name
        for hierarchy in dimension.hierarchies:
            found[name] = add_levels(hierarchy, found[name], mistakes)
    mistakes.refuse()
    return found


def _level_keys(level: LevelTable, tables: Mapping[str, TypedTable]) -> TypedTable:
    keys = tables[level.dimension.name].frame.select(level.table.key[0].name).drop_nulls().unique()
    return TypedTable(level.table, keys, ())


def _number(table: Table, star: Star, tables: Mapping[str, TypedTable], store: Warehouse) -> pl.DataFrame:
    used = [tables[fact.table.name].frame[link.column] for fact, link in star.links_to(table)]
    return number_rows(tables[table.name].frame, table.key[0].name, used, _previous_keys(table, store))


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


def _encode(fact: FactTable, tables: Mapping[str, TypedTable], dimensions: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    facts = tables[fact.table.name].frame
    stored = encode_links(facts, [(link, dimensions[link.table.name]) for link in fact.links])
    return sort_by_time(stored, facts[fact.time.column]) if fact.time else stored


def _links(
    fact: FactTable, facts: Mapping[str, pl.DataFrame], dimensions: Mapping[str, pl.DataFrame]
) -> list[LinkReport]:
    stored = facts[fact.table.name]
    return [
        LinkReport(
            table=fact.table.name,
            column=link.column,
            dimension=link.dimension,
            count=count_unknown(stored[link.stored], dimensions[link.table.name]),
        )
        for link in fact.links
    ]


def _store(
    writer: Writer, star: Star, frames: Mapping[str, pl.DataFrame], progress: Progress
) -> dict[str, TableManifest]:
    stored = {}
    progress.start("write", total=len(frames), unit="tables")
    for table in star.numbered:
        made = {column.name: column.type for made_of, column in star.made if made_of == table}
        types = {**_types(table), **made, KEY_COLUMN: _INT, STATUS_COLUMN: _INT}
        stored[table.name] = writer.store_dimension(table.name, frames[table.name], types)
        progress.advance()
    for fact in star.facts:
        types = {**_types(fact.table), **{link.stored: _INT for link in fact.links}}
        time = TimeKeys(fact.time.stored, frames[fact.time.table.name][fact.time.key]) if fact.time else None
        stored[fact.table.name] = writer.store_facts(fact.table.name, frames[fact.table.name], types, time)
        progress.advance()
    progress.finish(f"{len(frames)} tables")
    return stored


_INT = DataType(Kind.INT)


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

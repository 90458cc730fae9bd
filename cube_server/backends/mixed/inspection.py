"""Does a model fit both places? Each table where storage.json says that it lies, and what both have alike."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from cube_server.backends.embedded.fit import check_fit
from cube_server.backends.mixed.star import UnitedStar
from cube_server.backends.mixed.storage import HERE, THERE, Storage, check_storage
from cube_server.backends.mixed.warehouse import open_star
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.findings import Finding, counted, unreadable
from cube_server.backends.sql.fit import check_tables
from cube_server.backends.sql.inspection import Inspection, inspect
from cube_server.backends.sql.members import Reference, reference
from cube_server.errors import ModelError, UserError
from cube_server.model.dimensions import ThroughTable
from cube_server.model.elements import Model
from cube_server.progress import SILENT, Progress
from cube_server.warehouse.snapshot import Snapshot


def check_places(model: Model, storage: Storage, database: Database, snapshot: Snapshot | None) -> None:
    """Refuse a model that does not fit what lies in either place: tables, columns and types, but no rows.

    Args:
        model: The model.
        storage: What lies where.
        database: The database.
        snapshot: The warehouse's newest; None if nothing is loaded yet, which is no mistake.

    Raises:
        ModelError: It does not fit; the error lists every mistake of a place.
        WarehouseError: The database does not answer.
    """
    check_storage(storage, model)
    check_tables(model, database, lambda table: not storage.is_here(table))
    if snapshot is not None:
        check_fit(storage.part_here(model), snapshot.manifest)


def inspect_places(
    model: Model, storage: Storage, database: Database, snapshot: Snapshot, progress: Progress = SILENT
) -> tuple[Inspection, Inspection]:
    """Look at every table in the place where it lies, at its rows, and at what both places have.

    Args:
        model: The model.
        storage: What lies where.
        database: The database.
        snapshot: The warehouse's newest.
        progress: Watches.

    Returns:
        What was found in the warehouse, and in the database.

    Raises:
        ModelError: storage.json names what the model does not have.
        WarehouseError: The database does not answer.
    """
    check_storage(storage, model)
    here = [*_misfits(storage.part_here(model), snapshot)]
    rows = tuple((name, table.rows) for name, table in snapshot.manifest.tables.items() if name in _names(model))
    if here:
        there = inspect(model, database, progress, lambda table: not storage.is_here(table))
        return Inspection(rows=rows, coverages=(), findings=tuple(here)), there
    star, _ = open_star(model, storage, database, snapshot)
    there = inspect(model, database, progress, lambda table: not storage.is_here(table), star)
    wrong = {finding.table for finding in there.mistakes}
    here += [*_lost(model, storage, star, wrong), *_torn(model, storage, star, wrong)]
    return Inspection(rows=rows, coverages=(), findings=tuple(here)), there


def _names(model: Model) -> frozenset[str]:
    return frozenset(table.name for table in model.tables)


def _misfits(model: Model, snapshot: Snapshot) -> Iterator[Finding]:
    try:
        check_fit(model, snapshot.manifest)
    except ModelError as error:
        for issue in error.issues:
            told, name = issue.message.rstrip("."), issue.place.split("/")[2]
            yield Finding(place=issue.place, table=name, found=told, fix=issue.hint or error.hint, is_mistake=True)


def _lost(model: Model, storage: Storage, star: UnitedStar, wrong: AbstractSet[str]) -> Iterator[Finding]:
    """Find keys of facts there whose rows are to lie here, and do not."""
    wanted: dict[Reference, str] = {}
    for cube in model.cubes:
        for link in cube.links:
            for found in reference(cube, link):
                is_apart = storage.is_here(found.dimension.table) and not storage.is_here(found.table)
                if is_apart and found.table.source not in wrong:
                    wanted.setdefault(found, f"/cubes/{cube.name}/links/{link.name}")
    for found, place in wanted.items():
        keys, lacking = star.strays(found).keys, found.dimension.table.name
        if len(keys):
            yield Finding(
                place=place,
                table=found.table.source,
                columns=(found.column.name,),
                found=f"{counted(len(keys), 'key')} ({found.column.name}) of facts there that {lacking} here lacks, "
                f"such as {keys[0]!r}: unknown",
                fix="Load their rows, if they are not meant to be unknown.",
            )


def _torn(model: Model, storage: Storage, star: UnitedStar, wrong: AbstractSet[str]) -> Iterator[Finding]:
    """Find bridge tables that are not the same in both places."""
    for cube in model.cubes:
        if storage.sides(cube) != (HERE, THERE):
            continue
        for link in cube.links:
            if not isinstance(link.through, ThroughTable) or link.through.table.source in wrong:
                continue
            try:
                star.check_bridge(link)
            except UserError as error:
                yield unreadable(f"/cubes/{cube.name}/links/{link.name}", link.through.table, error)

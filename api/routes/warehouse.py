"""`/warehouse`: how fresh what is served is, snapshots, tables, loads, and where a measure comes from."""

from __future__ import annotations

import datetime as dt
from pathlib import Path as FilePath
from typing import Annotated

import polars as pl
from fastapi import APIRouter, Depends, Path, Request

from cube_server.errors import NotFoundError
from cube_server.lineage import trace
from cube_server.metadata.loads import LoadRecord, Loads
from cube_server.warehouse.rejects import rejects_path, scan_rejects
from cube_server.warehouse.store import Warehouse

from ..access import Access
from ..deps.asked import CubeName, page_asked, text_asked
from ..deps.kept import no_parameters
from ..deps.serving import EngineDep, ServingDep
from ..wire.openapi import GET_FRESHNESS, GET_LINEAGE, GET_LOADS, GET_REJECTS, GET_SNAPSHOTS, GET_TABLES
from ..wire.warehouse import (
    FreshnessView,
    LineageView,
    LoadList,
    RejectList,
    SnapshotList,
    TableList,
    view_freshness,
    view_lineage,
    view_load,
    view_rejects,
    view_snapshot,
    view_table,
)

router = APIRouter()

MeasureName = Annotated[str, Path(description="The measure's name.", examples=["sales"])]
LoadNumber = Annotated[int, Path(description="The load's number.", examples=[1])]
_SLACK = dt.timedelta(seconds=1)
"""Clocks of files and of processes differ by less."""

_MOST = 1_000
"""How many rows of a list are given at once."""
_CLOSED = [Depends(no_parameters)]


def get_warehouse(serving: ServingDep) -> Warehouse:
    """Give the warehouse.

    Raises:
        NotFoundError: The facts stay in a database.
    """
    if serving.settings.database is not None:
        raise NotFoundError(
            "The facts stay in a database, which keeps no snapshots.", hint="/api/v1/warehouse tells its present state."
        )
    return Warehouse(serving.settings.warehouse)


WarehouseDep = Annotated[Warehouse, Depends(get_warehouse)]


@router.get("", dependencies=_CLOSED, **GET_FRESHNESS)
def get_freshness(engine: EngineDep) -> FreshnessView:
    """Show how fresh what is served is."""
    return view_freshness(engine.snapshot, dt.datetime.now(dt.UTC))


@router.get("/snapshots", dependencies=_CLOSED, **GET_SNAPSHOTS)
def get_snapshots(serving: ServingDep, warehouse: WarehouseDep) -> SnapshotList:
    """List the snapshots, the newest first, and why each is kept."""
    decided = serving.settings.retention.reasons(warehouse.dated(), dt.datetime.now(dt.UTC))
    found = [view_snapshot(warehouse.snapshot(each.id).manifest, kept) for each, kept in reversed(decided)]
    return SnapshotList(snapshots=found)


@router.get("/tables", **GET_TABLES)
def get_tables(engine: EngineDep, warehouse: WarehouseDep, request: Request) -> TableList:
    """List the tables of the served snapshot, or of another, with their columns in numbers."""
    snapshot = warehouse.snapshot(_here(engine.find_snapshot(text_asked(request, "as_of"))))
    tables = [view_table(name, table) for name, table in snapshot.manifest.tables.items()]
    return TableList(snapshot=snapshot.id, tables=tables)


@router.get("/loads", **GET_LOADS)
def get_loads(request: Request) -> LoadList:
    """List the loads, the newest first."""
    access: Access = request.app.state.access
    page, loads = page_asked(request, most=_MOST), Loads(access.database)
    return LoadList(loads=[view_load(record) for record in loads.newest(page.limit, page.offset)], total=loads.count())


@router.get("/loads/{load}/rejects", **GET_REJECTS)
def get_rejects(warehouse: WarehouseDep, load: LoadNumber, request: Request) -> RejectList:
    """List the rows that a load rejected, as they were found."""
    access: Access = request.app.state.access
    page = page_asked(request, most=_MOST, filters=("table", "rule"))
    record = Loads(access.database).find(load)
    if record.rejects is None:
        return RejectList(load=load, rejects=[], total=0)
    _see_kept(record, rejects_path(warehouse.root, record.rejects))
    found = scan_rejects(warehouse.root, record.rejects, **page.filters)
    total = found.select(pl.len()).collect().item()
    return view_rejects(load, found.slice(page.offset, page.limit).collect(), total)


@router.get("/lineage/{cube}/{measure}", dependencies=_CLOSED, **GET_LINEAGE)
def get_lineage(engine: EngineDep, warehouse: WarehouseDep, cube: CubeName, measure: MeasureName) -> LineageView:
    """Trace a measure to its columns, tables and loads."""
    manifest = warehouse.snapshot(_here(engine.snapshot.id)).manifest
    return view_lineage(trace(engine.model, manifest, cube, measure))


def _here(id: str) -> str:
    """Give the warehouse's part of an id; of facts in two places both are named: 000003+live-4f0c12ab34cd."""
    return id.partition("+")[0]


def _see_kept(record: LoadRecord, rejects: FilePath) -> None:
    """See that the rejects are this load's: those of one that made no snapshot give way to the next such load's."""
    ended = record.started + dt.timedelta(seconds=record.seconds) + _SLACK
    is_there = rejects.is_file()
    if is_there and (record.rejects == record.snapshot or rejects.stat().st_mtime <= ended.timestamp()):
        return
    raise NotFoundError(
        f"The rejects of load {record.id} are not kept any more.",
        hint="Those of a refused load are there until the next one is refused, others as long as their snapshot.",
    )

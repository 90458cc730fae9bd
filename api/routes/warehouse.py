"""`/warehouse`: how fresh what is served is, snapshots, tables, loads, and where a measure comes from."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from cube_server.lineage import trace
from cube_server.metadata.loads import Loads
from cube_server.warehouse.store import Warehouse

from ..access import Access
from ..deps.asked import CubeName, page_asked, text_asked
from ..deps.kept import no_parameters
from ..deps.serving import EngineDep, ServingDep
from ..wire.openapi import GET_FRESHNESS, GET_LINEAGE, GET_LOADS, GET_SNAPSHOTS, GET_TABLES
from ..wire.warehouse import (
    FreshnessView,
    LineageView,
    LoadList,
    SnapshotList,
    TableList,
    view_freshness,
    view_lineage,
    view_load,
    view_snapshot,
    view_table,
)

router = APIRouter()

MeasureName = Annotated[str, Path(description="The measure's name.", examples=["sales"])]
_CLOSED = [Depends(no_parameters)]


def get_warehouse(serving: ServingDep) -> Warehouse:
    """Give the warehouse."""
    return Warehouse(serving.settings.warehouse)


WarehouseDep = Annotated[Warehouse, Depends(get_warehouse)]


@router.get("", dependencies=_CLOSED, **GET_FRESHNESS)
def get_freshness(engine: EngineDep, warehouse: WarehouseDep) -> FreshnessView:
    """Show how fresh what is served is."""
    served = engine.snapshot
    return view_freshness(served, warehouse.snapshot(served.id).manifest, dt.datetime.now(dt.UTC))


@router.get("/snapshots", dependencies=_CLOSED, **GET_SNAPSHOTS)
def get_snapshots(serving: ServingDep, warehouse: WarehouseDep) -> SnapshotList:
    """List the snapshots, the newest first, and why each is kept."""
    decided = serving.settings.retention.reasons(warehouse.dated(), dt.datetime.now(dt.UTC))
    found = [view_snapshot(warehouse.snapshot(each.id).manifest, kept) for each, kept in reversed(decided)]
    return SnapshotList(snapshots=found)


@router.get("/tables", **GET_TABLES)
def get_tables(engine: EngineDep, warehouse: WarehouseDep, request: Request) -> TableList:
    """List the tables of the served snapshot, or of another, with their columns in numbers."""
    snapshot = warehouse.snapshot(engine.find_snapshot(text_asked(request, "as_of")))
    tables = [view_table(name, table) for name, table in snapshot.manifest.tables.items()]
    return TableList(snapshot=snapshot.id, tables=tables)


@router.get("/loads", **GET_LOADS)
def get_loads(request: Request) -> LoadList:
    """List the loads, the newest first."""
    access: Access = request.app.state.access
    limit, offset = page_asked(request, most=1_000)
    loads = Loads(access.database)
    return LoadList(loads=[view_load(record) for record in loads.newest(limit, offset)], total=loads.count())


@router.get("/lineage/{cube}/{measure}", dependencies=_CLOSED, **GET_LINEAGE)
def get_lineage(engine: EngineDep, warehouse: WarehouseDep, cube: CubeName, measure: MeasureName) -> LineageView:
    """Trace a measure to its columns, tables and loads."""
    manifest = warehouse.snapshot(engine.snapshot.id).manifest
    return view_lineage(trace(engine.model, manifest, cube, measure))

"""`/health` and `/ready` for those who watch the server, and `/` for those who come by."""

from __future__ import annotations

from fastapi import APIRouter

from ..deps.serving import EngineDep
from ..settings import program_version
from ..wire.openapi import GET_HEALTH, GET_READY, GET_START

router = APIRouter()


@router.get("/health", **GET_HEALTH)
def get_health() -> dict[str, str]:
    """Tell that the process lives."""
    return {"status": "ok"}


@router.get("/ready", **GET_READY)
def get_ready(engine: EngineDep) -> dict[str, str]:
    """Tell that a snapshot is served."""
    return {"status": "ok", "snapshot": engine.snapshot.id}


@router.get("/", **GET_START)
def get_start() -> dict[str, str | dict[str, str]]:
    """Tell what this is and where to go on."""
    links = {"cubes": "/api/v1/cubes", "openapi": "/api/v1/openapi.json", "health": "/health", "ready": "/ready"}
    return {"name": "cube-server", "version": program_version(), "links": links}

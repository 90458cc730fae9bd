"""`/health` and `/ready` for those who watch the server."""

from __future__ import annotations

from fastapi import APIRouter

from ..deps.serving import EngineDep
from ..wire.openapi import GET_HEALTH, GET_READY

router = APIRouter()


@router.get("/health", **GET_HEALTH)
async def get_health() -> dict[str, str]:
    """Tell that the process lives."""
    return {"status": "ok"}


@router.get("/ready", **GET_READY)
async def get_ready(engine: EngineDep) -> dict[str, str]:
    """Tell that a snapshot is served, and what it is of: what its load read, or the database that is asked."""
    return {"status": "ok", "snapshot": engine.snapshot.id, "source": engine.snapshot.source}

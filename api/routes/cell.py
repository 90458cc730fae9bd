"""`/cubes/{cube}/cell`: one number as bare text, for WEBSERVICE and its like."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse, Response

from cube_server.engine import Engine
from cube_server.query.request import QueryRequest

from ..deps.asked import Asked, cell_by_get
from ..deps.serving import EngineDep
from ..formats.text import cell_text
from ..wire.openapi import GET_CELL
from .caching import FRESHNESS, unless_known
from .plain import PlainRoute
from .replies import scd_header

router = APIRouter(route_class=PlainRoute)


@router.get("/{cube}/cell", **GET_CELL)
def get_cell(engine: EngineDep, asked: Annotated[Asked[QueryRequest], Depends(cell_by_get)]) -> Response:
    """Ask for one number; the answer is empty where there are no facts."""
    return unless_known(engine, asked, lambda: _answer(engine, asked))


def _answer(engine: Engine, asked: Asked[QueryRequest]) -> Response:
    cells = engine.query(asked.question)
    ((value,),) = cells.matrix(cells.measures[0].name)
    headers = {"X-Cube-Snapshot": cells.snapshot, "X-Cube-Source": cells.source, **FRESHNESS}
    headers |= scd_header(cells.cube.scd)
    if cells.notes:
        headers["X-Cube-Notes"] = " ".join(cells.notes)
    return PlainTextResponse(cell_text(value), headers=headers)

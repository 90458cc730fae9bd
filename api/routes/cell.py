"""`/cubes/{cube}/cell`: one number as bare text, for WEBSERVICE and its like."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import PlainTextResponse, Response

from cube_server.engine import Engine
from cube_server.errors import UserError
from cube_server.query.request import QueryRequest

from ..deps.asked import Asked, cell_by_get
from ..deps.serving import EngineDep
from ..errors import problem
from ..formats.text import cell_text
from ..wire.openapi import GET_CELL
from .caching import FRESHNESS, unless_known


class _PlainRoute(APIRoute):
    """A route whose errors are one line of text: a spreadsheet shows them in the cell."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route, so that mistakes in its parameters are caught too."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except UserError as error:
                told = problem(error, request.scope["path"])
                headers = {name: value for name, value in told.headers.items() if name == "retry-after"}
                return PlainTextResponse(_line(error), told.status_code, headers=headers)

        return answer


router = APIRouter(route_class=_PlainRoute)


@router.get("/{cube}/cell", **GET_CELL)
def get_cell(engine: EngineDep, asked: Annotated[Asked[QueryRequest], Depends(cell_by_get)]) -> Response:
    """Ask for one number; the answer is empty where there are no facts."""
    return unless_known(engine, asked, lambda: _answer(engine, asked))


def _answer(engine: Engine, asked: Asked[QueryRequest]) -> Response:
    cells = engine.query(asked.question)
    ((value,),) = cells.matrix(cells.measures[0].name)
    headers = {"X-Cube-Snapshot": cells.snapshot, "X-Cube-Source": cells.source, **FRESHNESS}
    if cells.notes:
        headers["X-Cube-Notes"] = " ".join(cells.notes)
    return PlainTextResponse(cell_text(value), headers=headers)


def _line(error: UserError) -> str:
    parts = [(issue.message, issue.hint) for issue in error.issues] or [(error.message, error.hint)]
    return " ".join(text for part in parts for text in part if text)

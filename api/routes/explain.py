"""`/cubes/{cube}/explain`: what a query means and how it would be answered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse

from cube_server.query.request import QueryRequest

from ..deps.asked import Asked, explain_by_get, explain_by_post
from ..deps.serving import EngineDep
from ..wire.openapi import GET_EXPLAIN, POST_EXPLAIN

router = APIRouter()


@router.get("/{cube}/explain", **GET_EXPLAIN)
def get_explain(engine: EngineDep, asked: Annotated[Asked[QueryRequest], Depends(explain_by_get)]) -> PlainTextResponse:
    """Explain a query asked by address."""
    return PlainTextResponse(engine.explain(asked.question))


@router.post("/{cube}/explain", **POST_EXPLAIN)
def post_explain(
    engine: EngineDep, asked: Annotated[Asked[QueryRequest], Depends(explain_by_post)]
) -> PlainTextResponse:
    """Explain a query asked by JSON."""
    return PlainTextResponse(engine.explain(asked.question))

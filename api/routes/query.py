"""`/cubes/{cube}/query`: cells."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from cube_server.budget import Budget
from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from cube_server.query.text import format_query

from ..deps.asked import Asked, query_by_get, query_by_post
from ..deps.serving import EngineDep
from ..wire.openapi import GET_QUERY, POST_QUERY
from .caching import unless_known
from .cells import cells_chunks, cells_page
from .plain import PlainRoute
from .replies import Clock, make_reply, respond

router = APIRouter(route_class=PlainRoute)


@router.get("/{cube}/query", **GET_QUERY)
@router.get("/{cube}/query.{suffix}", include_in_schema=False)
def get_query(engine: EngineDep, asked: Annotated[Asked[QueryRequest], Depends(query_by_get)]) -> Response:
    """Ask for cells by address."""
    return unless_known(engine, asked, lambda: _answer(engine, asked))


@router.post("/{cube}/query", **POST_QUERY)
@router.post("/{cube}/query.{suffix}", include_in_schema=False)
def post_query(engine: EngineDep, asked: Annotated[Asked[QueryRequest], Depends(query_by_post)]) -> Response:
    """Ask for cells by JSON."""
    return _answer(engine, asked)


def _answer(engine: Engine, asked: Asked[QueryRequest]) -> Response:
    clock, budget = Clock(), Budget(engine.limits)
    cells = engine.query(asked.question)
    clock.lap("query")
    page = cells_page(cells, asked.question.offset)
    reply = make_reply(asked, page, engine.snapshot, clock, format_query)
    return respond(asked, reply, cells_chunks(cells, asked.options, reply, budget))

"""`/cubes/{cube}/facts`: the fact rows behind a cell."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from cube_server.budget import Budget
from cube_server.engine import Engine
from cube_server.query.request import FactsRequest
from cube_server.query.text import format_facts

from ..deps.asked import Asked, facts_by_get, facts_by_post
from ..deps.serving import EngineDep
from ..formats.table import facts_table
from ..wire.openapi import GET_FACTS, POST_FACTS
from .caching import unless_known
from .plain import PlainRoute
from .replies import Clock, Page, make_reply, respond
from .writers import table_chunks

router = APIRouter(route_class=PlainRoute)


@router.get("/{cube}/facts", **GET_FACTS)
@router.get("/{cube}/facts.{suffix}", include_in_schema=False)
def get_facts(engine: EngineDep, asked: Annotated[Asked[FactsRequest], Depends(facts_by_get)]) -> Response:
    """Ask for facts by address."""
    return unless_known(engine, asked, lambda: _answer(engine, asked))


@router.post("/{cube}/facts", **POST_FACTS)
@router.post("/{cube}/facts.{suffix}", include_in_schema=False)
def post_facts(engine: EngineDep, asked: Annotated[Asked[FactsRequest], Depends(facts_by_post)]) -> Response:
    """Ask for facts by JSON."""
    return _answer(engine, asked)


def _answer(engine: Engine, asked: Asked[FactsRequest]) -> Response:
    clock, budget = Clock(), Budget(engine.limits)
    facts = engine.facts(asked.question)
    clock.lap("query")
    page = Page(
        total=facts.total,
        offset=facts.offset,
        shown=facts.frame.height,
        snapshot=facts.snapshot,
        source="facts",
        scd=facts.cube.scd,
    )
    table = facts_table(facts, asked.options.language)
    reply = make_reply(asked, page, engine.snapshot, clock, format_facts)
    return respond(asked, reply, table_chunks(asked.options, reply, table, table.records, budget))

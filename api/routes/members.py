"""`/cubes/{cube}/members`: the members of a level."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from cube_server.budget import Budget
from cube_server.engine import Engine
from cube_server.query.request import MembersRequest
from cube_server.query.text import format_members

from ..deps.asked import Asked, members_by_get
from ..deps.serving import EngineDep
from ..formats.table import member_records, members_table
from ..wire.openapi import GET_MEMBERS
from .caching import unless_known
from .plain import PlainRoute
from .replies import Clock, Page, make_reply, respond
from .writers import table_chunks

router = APIRouter(route_class=PlainRoute)


@router.get("/{cube}/members", **GET_MEMBERS)
@router.get("/{cube}/members.{suffix}", include_in_schema=False)
def get_members(engine: EngineDep, asked: Annotated[Asked[MembersRequest], Depends(members_by_get)]) -> Response:
    """Ask for a level's members, each with the text of the cut to it."""
    return unless_known(engine, asked, lambda: _answer(engine, asked))


def _answer(engine: Engine, asked: Asked[MembersRequest]) -> Response:
    clock, budget = Clock(), Budget(engine.limits)
    members = engine.members(asked.question)
    clock.lap("query")
    page = Page(
        total=members.total,
        offset=members.offset,
        shown=members.frame.height,
        snapshot=members.snapshot,
        source="members",
        scd=members.scd,
    )
    reply = make_reply(asked, page, engine.snapshot, clock, format_members)
    table = members_table(members, asked.options.language)
    chunks = table_chunks(asked.options, reply, table, lambda: member_records(members), budget)
    return respond(asked, reply, chunks)

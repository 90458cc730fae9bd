"""`/cubes/{cube}/query`: cells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from cube_server.budget import Budget
from cube_server.query.request import QueryRequest
from cube_server.query.text import format_query
from cube_server.result.cellset import CellSet

from ..deps.asked import Asked, query_by_get, query_by_post
from ..deps.serving import EngineDep, ServingDep
from ..formats.json import write_cells
from ..formats.pivot import pivoted
from ..formats.table import cells_table
from ..wire.openapi import GET_QUERY, POST_QUERY
from ..wire.options import Format, Layout
from .caching import unless_known
from .replies import Clock, Page, Reply, make_reply, respond
from .writers import table_chunks

router = APIRouter()


@router.get("/{cube}/query", **GET_QUERY)
@router.get("/{cube}/query.{suffix}", include_in_schema=False)
def get_query(
    engine: EngineDep, serving: ServingDep, asked: Annotated[Asked[QueryRequest], Depends(query_by_get)]
) -> Response:
    """Ask for cells by address."""
    return unless_known(engine, asked, lambda: _answer(engine, serving, asked))


@router.post("/{cube}/query", **POST_QUERY)
@router.post("/{cube}/query.{suffix}", include_in_schema=False)
def post_query(
    engine: EngineDep, serving: ServingDep, asked: Annotated[Asked[QueryRequest], Depends(query_by_post)]
) -> Response:
    """Ask for cells by JSON."""
    return _answer(engine, serving, asked)


def _answer(engine: EngineDep, serving: ServingDep, asked: Asked[QueryRequest]) -> Response:
    clock, budget = Clock(), Budget(serving.settings.limits)
    cells = engine.query(asked.question)
    clock.lap("query")
    page = Page(
        total=cells.rows.total,
        offset=asked.question.offset,
        shown=len(cells.rows),
        snapshot=cells.snapshot,
        source=cells.source,
        incomplete=tuple(
            (ref.name, coverage.last_day) for axis in (cells.rows, cells.columns) for ref, coverage in axis.incomplete()
        ),
    )
    reply = make_reply(asked, page, engine.snapshot, clock, format_query)
    return respond(asked, reply, _chunks(cells, asked, reply, budget))


def _chunks(cells: CellSet, asked: Asked[QueryRequest], reply: Reply, budget: Budget) -> Iterator[bytes]:
    options = asked.options
    if options.format is Format.JSON and options.layout is Layout.CELLSET:
        return write_cells(cells, options.language, reply.rest(), offset=reply.page.offset)
    table = cells_table(pivoted(cells) if options.layout is Layout.PIVOT else cells, budget)
    return table_chunks(options, reply, table, table.records)

"""`/cubes/{cube}/connection.iqy` and `.odc`: files that connect Excel to a query's address, as HTML or CSV."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from cube_server.budget import Budget
from cube_server.query.request import QueryRequest

from ..deps.asked import Asked, connection_by_get
from ..deps.serving import EngineDep
from ..formats.connections import write_iqy, write_odc
from ..wire.openapi import GET_IQY, GET_ODC
from ..wire.options import Format
from .caching import FRESHNESS
from .cells import table_of

router = APIRouter()

AskedByGet = Annotated[Asked[QueryRequest], Depends(connection_by_get)]


@router.get("/{cube}/connection.iqy", **GET_IQY)
def get_iqy(request: Request, engine: EngineDep, asked: AskedByGet) -> Response:
    """Give a web query for Excel; it asks for the table as HTML each time it is refreshed."""
    engine.explain(asked.question)  # a wrong question fails here, not in Excel
    return _file(asked, "text/x-ms-iqy", "iqy", write_iqy(_address(request, Format.HTML)))


@router.get("/{cube}/connection.odc", **GET_ODC)
def get_odc(request: Request, engine: EngineDep, asked: AskedByGet) -> Response:
    """Give a connection with a Power Query for Excel; it asks for the table as CSV each time it is refreshed."""
    cells = engine.query(asked.question)
    table = table_of(cells, asked.options, Budget(engine.limits))
    name = re.sub(r"\W", "_", asked.question.cube)
    return _file(asked, "text/x-ms-odc", "odc", write_odc(name, _address(request, Format.CSV), table.head.schema))


def _address(request: Request, kind: Format) -> str:
    """Give the address of the table itself."""
    url = request.url
    return str(url.replace(path=f"{url.path.rpartition('/')[0]}/query.{kind.value}"))


def _file(asked: Asked[QueryRequest], media_type: str, suffix: str, body: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{asked.question.cube}.{suffix}"', **FRESHNESS}
    return Response(body, headers=headers, media_type=media_type)

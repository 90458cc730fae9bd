"""`/`: the pivot page, as `make ui` has built it, and what programs are told there instead."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, Response

from cube_server.errors import NotFoundError

from ..settings import program_version
from ..wire.openapi import GET_START

STATIC = Path(__file__).parent.parent / "static"
"""The built page: `index.html`, and `assets/` whose names change with their content."""

_GUARDED = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"

router = APIRouter()


@router.get("/", **GET_START)
def get_start(request: Request) -> Response:
    """Show the page to browsers; tell programs what this is and where to go on."""
    index = STATIC / "index.html"
    if "text/html" in request.headers.get("accept", "") and index.is_file():
        return FileResponse(index, headers={**_GUARDED, "Cache-Control": _ASK_AGAIN, "Vary": "Accept"})
    links = {"cubes": "/api/v1/cubes", "openapi": "/api/v1/openapi.json", "health": "/health", "ready": "/ready"}
    told = {"name": "cube-server", "version": program_version(), "links": links}
    return JSONResponse(told, headers={"Vary": "Accept"})


@router.get("/icon.svg", include_in_schema=False)
def get_icon() -> Response:
    """Give the page's icon."""
    return _file("icon.svg", _ASK_AGAIN)


@router.get("/assets/{name}", include_in_schema=False)
def get_asset(name: str) -> Response:
    """Give a script or a style of the page."""
    return _file(f"assets/{name}", _FOR_EVER)


def _file(place: str, cached: str) -> Response:
    """Give a file; only one that lies in the folder of the page, whatever its name says."""
    path = (STATIC / place).resolve()
    if not path.is_file() or not path.is_relative_to(STATIC.resolve()):
        raise NotFoundError(f"There is nothing at /{place}.", hint="`make ui` builds the page.")
    return FileResponse(path, headers={**_GUARDED, "Cache-Control": cached})

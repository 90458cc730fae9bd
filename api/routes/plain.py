"""Errors as one line of text, where a spreadsheet would show a longer one as nonsense in its cells."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import PlainTextResponse, Response

from cube_server.errors import UserError

from ..errors import problem
from ..wire.options import MEDIA_TYPES, Format

_PLAIN = (Format.CSV, Format.TSV)


class PlainRoute(APIRoute):
    """A route whose errors are plain text for those who asked for one cell, for CSV or for TSV; else problem+json."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route, so that mistakes in its parameters are caught too."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except UserError as error:
                if not _wants_text(request):
                    raise
                told = problem(error, request.scope["path"])
                headers = {name: value for name, value in told.headers.items() if name == "retry-after"}
                return PlainTextResponse(_line(error), told.status_code, headers=headers)

        return answer


def _wants_text(request: Request) -> bool:
    """Tell what was asked for without reading all parameters, as one of them may be what is wrong.

    Spreadsheets ask by GET; programs that POST get problem+json whatever the format.
    """
    if request.method == "POST":
        return False
    if request.scope["path"].endswith("/cell"):
        return True
    asked = request.path_params.get("suffix") or request.query_params.get("format")
    accepted = request.headers.get("accept", "")
    return asked in _PLAIN or (asked is None and any(accepted.startswith(MEDIA_TYPES[kind]) for kind in _PLAIN))


def _line(error: UserError) -> str:
    parts = [(issue.message, issue.hint) for issue in error.issues] or [(error.message, error.hint)]
    return " ".join(text for part in parts for text in part if text)

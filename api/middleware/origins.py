"""Pages of other sites: none may read, unless the operator names them (CORS)."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi.middleware.cors import CORSMiddleware
from starlette.middleware import Middleware

_SENT = ("Authorization", "Content-Type", "If-Match", "If-None-Match", "X-API-Key")
_SHOWN = (
    "Content-Disposition",
    "ETag",
    "Link",
    "Location",
    "Retry-After",
    "Server-Timing",
    "X-Cube-Snapshot",
    "X-Cube-Source",
    "X-Total-Rows",
    "X-Truncated",
)


def origins(allowed: Sequence[str]) -> list[Middleware]:
    """Let pages of these origins read; for none there is nothing to do.

    They send a key of their own: cookies and what a browser remembers are not accepted from them.
    """
    if not allowed:
        return []
    methods = ("GET", "HEAD", "POST", "PUT", "DELETE")
    return [
        Middleware(
            CORSMiddleware, allow_origins=allowed, allow_methods=methods, allow_headers=_SENT, expose_headers=_SHOWN
        )
    ]

"""The Host header must name this server: a page of another site whose name points here must not read from it."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import HostError, problem

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::\d{1,5})?")


class Hosts:
    """Refuses requests to other hosts.

    Args:
        app: What to guard.
        allowed: The names allowed, in lower case and without port; None for any.
    """

    def __init__(self, app: ASGIApp, allowed: frozenset[str] | None) -> None:
        self._app, self._allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and not self._is_allowed(Headers(scope=scope).get("host", "")):
            error = HostError(
                "The Host header names no host of this server.",
                hint="Ask for localhost, or name the host in CUBE_ALLOWED_HOSTS.",
            )
            await problem(error, scope["path"])(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_allowed(self, host: str) -> bool:
        if self._allowed is None:
            return True
        match = _HOST.fullmatch(host)
        return match is not None and (match[1] or match[2]).lower() in self._allowed

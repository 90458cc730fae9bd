"""One log line a request: method, path, status, time. No query string: it may hold what nobody should read."""

from __future__ import annotations

import logging
import time
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LEFT = 499
"""What the log has for the status where the client left before its answer began."""

_log = logging.getLogger(__name__)


class AccessLog:
    """Logs every request when its answer is complete."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and log it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-content-type-options", b"nosniff")]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            # Nothing was sent to a client that had left.
            status = status or _LEFT
            spent = (time.perf_counter() - started) * 1000
            _log.info("%s %s %d %.1f ms", scope["method"], quote(scope["path"]), status, spent)

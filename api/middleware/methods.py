"""HEAD and OPTIONS for every route."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ROUTED = ("GET", "POST", "PUT", "DELETE")


def allowed_methods(scope: Scope) -> list[str]:
    """List the methods that some route answers at a path; none if there is no such route."""
    routes: list[BaseRoute] = scope["app"].router.routes
    found = [
        method
        for method in _ROUTED
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    head = ["HEAD"] if "GET" in found else []
    return [*found, *head, "OPTIONS"] if found else []


class Methods:
    """Answers HEAD as GET without the body, and OPTIONS with the methods that there are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        method = scope["method"] if scope["type"] == "http" else ""
        if method == "HEAD":
            await self._app({**scope, "method": "GET"}, receive, _without_body(send))
        elif method == "OPTIONS" and (allowed := allowed_methods(scope)):
            answer = Response(status_code=204, headers={"Allow": ", ".join(allowed)})
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head

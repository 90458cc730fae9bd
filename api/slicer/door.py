"""What lies around the Slicer API: pages of other origins that may ask, and refusals in its own shapes."""

from __future__ import annotations

import gzip
import json
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..deps.serving import Serving
from .errors import SlicerError, mistake, request_error, server_fault
from .tables import encode

PREFIX = "/slicer"
_KINDS = {401: "not_authenticated", 403: "not_authorized", 404: "not_found", 405: "method_not_allowed"}


class Door:
    """Passes requests to the Slicer API on.

    Where the model's section names an origin, its pages may ask: every answer says so, and OPTIONS is answered here,
    as browsers ask it without a key. Failures of the server around the API get the API's shapes.

    Args:
        app: What answers.
        serving: What is served.
    """

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self._app, self._serving = app, serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(f"{PREFIX}/"):
            await self._app(scope, receive, send)
            return
        cors = self._cors(Headers(scope=scope).get("origin"))
        if cors and scope["method"] == "OPTIONS":
            headers = {**cors, "Access-Control-Allow-Headers": "X-Requested-With", "Allow": "GET, HEAD, OPTIONS, POST"}
            await Response(headers=headers)(scope, receive, send)
            return
        await self._app(scope, receive, _Answer(send, cors))

    def _cors(self, origin: str | None) -> dict[str, str]:
        engine = self._serving.engine
        allowed = engine.model.slicer.allow_cors_origin if engine and engine.model.slicer else None
        if not allowed:
            return {}
        return {
            "Access-Control-Allow-Origin": (origin or "*") if allowed == "*" else allowed,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
            "Access-Control-Max-Age": "1728000",
        }


class _Answer:
    """Sends an answer on; a problem document is held back until it is whole, and sent in the API's shape."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self._send, self._headers = send, headers
        self._held: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if self._headers:
                headers.add_vary_header("Origin")
            for name, value in self._headers.items():
                headers[name] = value
            if headers.get("content-type", "").startswith("application/problem+json"):
                self._held = message
                return
        elif self._held is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_translated(self._held)
            return
        await self._send(message)

    async def _send_translated(self, start: Message) -> None:
        headers = MutableHeaders(scope=start)
        if start["status"] == 401:
            headers["www-authenticate"] = 'Basic realm="Default"'
        headers["content-type"] = "application/json"
        if not self._body:  # the answer to HEAD
            await self._send(start)
            await self._send({"type": "http.response.body"})
            return
        packed = headers.get("content-encoding") == "gzip"
        error = translated(json.loads(gzip.decompress(self._body) if packed else self._body), start["status"])
        body = encode(error.body)
        del headers["content-encoding"]
        headers["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def translated(problem: dict[str, Any], status: int) -> SlicerError:
    """Say a problem in the shapes of the Slicer API; the status stays."""
    issues = [f"{issue['place']}: {issue['message']}" for issue in problem.get("issues", ())]
    message = " ".join([problem["detail"], *issues])
    if status in _KINDS:
        return request_error(status, _KINDS[status], message)
    if status == 500:
        return server_fault(f"{problem['detail']} {problem.get('id', '')}".strip())
    kind = "unknown_user_error" if problem["code"] == "invalid_query" else problem["code"]
    return mistake(message, kind=kind, hint=problem.get("hint", ""))

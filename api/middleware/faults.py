"""The last resort: an exception that nobody expected becomes an answer with an id."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import fault


class Faults:
    """Answers unexpected exceptions. Where an answer has begun it is broken off, so that it does not pass for whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer for what goes wrong."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            answer = fault(error, scope["path"])
            if begun:
                raise
            await answer(scope, receive, send)

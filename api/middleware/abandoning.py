"""Clients that leave: what they asked is not worked out to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from threading import Event

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cube_server.budget import ABANDONED

from ..wire.bodies import LARGEST_BODY
from .computing import is_computed

_GRACE = 1.0
"""For how many seconds a query may go on before nobody waits for it any more."""

_LEFT: Message = {"type": "http.disconnect"}


class Abandoning:
    """Watches for the client's leaving while an answer is computed, and ends its queries then.

    The queries learn of it by the context variable `ABANDONED`, which goes along into the thread that they run in, and
    look there wherever they look at the time. The body is read before anything else, so that a client that is slow to
    ask takes nobody's turn.

    Args:
        app: What computes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and watch."""
        if not is_computed(scope):
            await self._app(scope, receive, send)
            return
        messages, left = await _body(receive), Event()
        if _LEFT in messages:
            return
        before = ABANDONED.set(left)
        try:
            # A task has a copy of the context that it is made in.
            answering = asyncio.ensure_future(self._app(scope, _replay(messages), send))
        finally:
            ABANDONED.reset(before)
        await _unless_left(answering, receive, left)


async def _body(receive: Receive) -> list[Message]:
    """Read a body, or so much of it that whoever reads it will refuse it."""
    messages, size = [await receive()], 0
    while messages[-1].get("more_body"):
        size += len(messages[-1].get("body", b""))
        if size > LARGEST_BODY:
            break
        messages.append(await receive())
    return messages


def _replay(messages: Sequence[Message]) -> Receive:
    """Give what was read once more. Behind it comes nothing: that the client leaves is watched elsewhere."""
    coming = iter(messages)

    async def again() -> Message:
        message = next(coming, None)
        if message is not None:
            return message
        await asyncio.Event().wait()
        return _LEFT

    return again


async def _unless_left(answering: asyncio.Future[None], receive: Receive, left: Event) -> None:
    leaving = asyncio.create_task(_leaving(receive))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        left.set()
        # Queries end by themselves, and keep their place till then; who only waits for one is ended below.
        await asyncio.wait({answering}, timeout=_GRACE)
        if answering.done():
            answering.result()
    finally:
        left.set()
        for task in (answering, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _leaving(receive: Receive) -> None:
    while (await receive())["type"] != _LEFT["type"]:
        pass

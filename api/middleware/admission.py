"""Admission: a few queries run at once, some more wait their turn, and the rest is told to come back."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cube_server.errors import BusyError

from ..errors import problem
from .computing import is_computed

_HINT = "Ask again in a few seconds, or raise CUBE_MAX_RUNNING or CUBE_MAX_WAITING."


class Admission:
    """Lets only so many requests compute at once: more would make each other slow and fill the memory.

    A request has its place until its answer begins: what follows is sent as fast as the client takes it, and a slow
    client must not keep others waiting.

    Args:
        app: What computes.
        running: The most requests that compute at once.
        waiting: The most that wait for a place; one more is refused.
        seconds: The longest that one waits.
    """

    def __init__(self, app: ASGIApp, *, running: int, waiting: int, seconds: float) -> None:
        self._app = app
        self._places = asyncio.Semaphore(running)
        self._most, self._seconds = waiting, seconds
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when its turn has come, or refuse it."""
        if not is_computed(scope):
            await self._app(scope, receive, send)
            return
        try:
            await self._wait()
        except BusyError as error:
            await problem(error, scope["path"])(scope, receive, send)
            return
        place = _Place(self._places)

        async def watch(message: Message) -> None:
            place.give_back()
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            place.give_back()

    async def _wait(self) -> None:
        if self._places.locked() and self._waiting >= self._most:
            raise BusyError(f"The server is full: {self._waiting} requests wait already.", hint=_HINT)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._places.acquire()
        except TimeoutError:
            raise BusyError(f"The server was full for {self._seconds:g} seconds.", hint=_HINT) from None
        finally:
            self._waiting -= 1


class _Place:
    """A place that is given back once."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places: asyncio.Semaphore | None = places

    def give_back(self) -> None:
        if self._places is not None:
            self._places.release()
            self._places = None

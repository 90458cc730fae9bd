"""How calls travel: over httpx2, with retries, at once or awaited."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TypeVar

import httpx2

from cube_server_client.calls import RETRIED, Call, Reply, wait_before
from cube_server_client.errors import ConnectionFailedError, error_of

T = TypeVar("T")

_NO_PROBLEM: dict[str, object] = {}


class Transport:
    """Sends calls and waits for their answers.

    Args:
        http: The connection; its base address is the server's root.
        retries: How often a question is asked again where the server is busy or cannot be reached.
    """

    def __init__(self, http: httpx2.Client, retries: int) -> None:
        self.http, self._retries = http, retries

    def send(self, call: Call[T]) -> T:
        """Send a call; raises CubeServerError."""
        for attempt in range(self._retries + 1):
            is_last = attempt == self._retries
            try:
                answer = self.http.request(call.method, call.path, params=dict(call.parameters), json=call.json)
            except httpx2.TransportError as error:
                if is_last:
                    raise ConnectionFailedError(str(self.http.base_url), error) from error
                time.sleep(wait_before(attempt, {}))
                continue
            if answer.status_code not in RETRIED or is_last:
                break
            time.sleep(wait_before(attempt, answer.headers))
        return _read(call, answer)


class AsyncTransport:
    """Sends calls and gives what to await; see `Transport`."""

    def __init__(self, http: httpx2.AsyncClient, retries: int) -> None:
        self.http, self._retries = http, retries

    async def send(self, call: Call[T]) -> T:
        """Send a call; raises CubeServerError."""
        for attempt in range(self._retries + 1):
            is_last = attempt == self._retries
            try:
                answer = await self.http.request(call.method, call.path, params=dict(call.parameters), json=call.json)
            except httpx2.TransportError as error:
                if is_last:
                    raise ConnectionFailedError(str(self.http.base_url), error) from error
                await asyncio.sleep(wait_before(attempt, {}))
                continue
            if answer.status_code not in RETRIED or is_last:
                break
            await asyncio.sleep(wait_before(attempt, answer.headers))
        return _read(call, answer)


def _read(call: Call[T], answer: httpx2.Response) -> T:
    if answer.is_success:
        return call.read(Reply(answer.status_code, answer.content, answer.headers))
    try:
        problem = answer.json()
    except json.JSONDecodeError:
        problem = {"detail": answer.text.strip()} if answer.text.strip() else _NO_PROBLEM
    raise error_of(answer.status_code, problem if isinstance(problem, dict) else _NO_PROBLEM)


def headers_of(key: str | None, language: str) -> dict[str, str]:
    """Give the headers of every call."""
    told = {"Accept": "application/json", "Accept-Language": language, "User-Agent": "cube-server-client"}
    return told | ({"Authorization": f"Bearer {key}"} if key else {})

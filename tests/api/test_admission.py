"""A few requests compute at once, some wait, the rest is told to come back; who leaves is not computed for."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from threading import Event

import pytest
from anyio import to_thread
from starlette.types import Message, Receive, Scope, Send

from api.middleware.abandoning import Abandoning
from api.middleware.admission import Admission
from cube_server.budget import Budget, Limits
from cube_server.errors import AbandonedError
from tests.awaiting import run as awaited

SCOPE: Scope = {"type": "http", "method": "GET", "path": "/api/v1/cubes/sales/query"}
REQUEST: Message = {"type": "http.request", "body": b"", "more_body": False}
START: Message = {"type": "http.response.start", "status": 200, "headers": []}
BODY: Message = {"type": "http.response.body", "body": b"done"}


class Client:
    """Asks once, and leaves when `leave` is set."""

    def __init__(self) -> None:
        self.leave = asyncio.Event()
        self.sent: list[Message] = []
        self._coming = [REQUEST]

    async def receive(self) -> Message:
        if self._coming:
            return self._coming.pop()
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


class Computing:
    """Answers when it is let go, and counts how many it is asked at once."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.now = self.most = 0

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        self.now -= 1
        await send(START)
        await send(BODY)


def test_so_many_compute_so_many_wait_and_the_rest_is_refused_at_once() -> None:
    async def run() -> None:
        computing = Computing()
        admission = Admission(computing, running=2, waiting=3, seconds=60)
        clients = [Client() for _ in range(7)]
        asked = [asyncio.create_task(admission(SCOPE, client.receive, client.send)) for client in clients]
        await asyncio.sleep(0.02)
        refused = [client for client in clients if client.sent]
        assert [client.status for client in refused] == [503, 503]
        assert all((b"retry-after", b"5") in client.sent[0]["headers"] for client in refused)
        computing.go.set()
        await asyncio.gather(*asked)
        assert sorted(client.status for client in clients) == [200] * 5 + [503] * 2
        assert computing.most == 2

    awaited(run())


def test_one_that_waits_too_long_is_refused() -> None:
    async def run() -> None:
        admission = Admission(Computing(), running=1, waiting=5, seconds=0.01)
        first, second = Client(), Client()
        running = asyncio.create_task(admission(SCOPE, first.receive, first.send))
        await asyncio.sleep(0)
        await admission(SCOPE, second.receive, second.send)
        assert second.status == 503
        assert b"full for 0.01 seconds" in second.sent[1]["body"]
        running.cancel()

    awaited(run())


def test_a_failure_gives_its_place_back() -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    async def run() -> None:
        admission = Admission(fail, running=1, waiting=0, seconds=1)
        for client in (Client(), Client()):
            with pytest.raises(ZeroDivisionError):
                await admission(SCOPE, client.receive, client.send)

    awaited(run())


def test_pages_and_health_wait_for_nobody() -> None:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(START)

    async def run() -> None:
        admission = Admission(answer, running=1, waiting=0, seconds=1)
        busy = Admission(Computing(), running=1, waiting=0, seconds=1)
        client = Client()
        held = asyncio.create_task(busy(SCOPE, client.receive, client.send))
        other = Client()
        await admission({**SCOPE, "path": "/health"}, other.receive, other.send)
        assert other.status == 200
        held.cancel()

    awaited(run())


def test_when_the_client_leaves_its_query_ends_at_its_next_look_at_the_time() -> None:
    ended, begun = Event(), Event()

    def query() -> None:
        budget = Budget(Limits())
        begun.set()
        try:
            while True:
                budget.check_time()
        except AbandonedError:
            ended.set()
            raise

    async def compute(*_: object) -> None:
        with suppress(AbandonedError):
            await to_thread.run_sync(query)

    async def run() -> None:
        client = Client()
        asked = asyncio.create_task(Abandoning(compute)(SCOPE, client.receive, client.send))
        await to_thread.run_sync(begun.wait)
        client.leave.set()
        await asyncio.wait_for(asked, 5)
        assert ended.is_set()
        assert client.sent == []

    awaited(run())


def test_one_that_leaves_while_it_waits_leaves_the_queue() -> None:
    async def run() -> None:
        computing = Computing()
        app = Abandoning(Admission(computing, running=1, waiting=1, seconds=60))
        first, second, third = Client(), Client(), Client()
        running = asyncio.create_task(app(SCOPE, first.receive, first.send))
        waiting = asyncio.create_task(app(SCOPE, second.receive, second.send))
        await asyncio.sleep(0.01)
        second.leave.set()
        await waiting
        next_one = asyncio.create_task(app(SCOPE, third.receive, third.send))
        await asyncio.sleep(0.01)
        computing.go.set()
        await asyncio.gather(running, next_one)
        assert (first.status, second.sent, third.status) == (200, [], 200)

    awaited(run())


def test_a_slow_asker_takes_nobodys_turn() -> None:
    class Slow(Client):
        def __init__(self) -> None:
            super().__init__()
            self._coming = [{**REQUEST, "more_body": True}]

    async def run() -> None:
        computing = Computing()
        computing.go.set()
        app = Abandoning(Admission(computing, running=1, waiting=0, seconds=60))
        slow, quick = Slow(), Client()
        asking = asyncio.create_task(app(SCOPE, slow.receive, slow.send))
        await asyncio.sleep(0)
        await app(SCOPE, quick.receive, quick.send)
        assert quick.status == 200
        slow.leave.set()
        await asking
        assert slow.sent == []

    awaited(run())


def test_faults_of_an_application_come_through() -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    async def run() -> None:
        client = Client()
        with pytest.raises(ZeroDivisionError):
            await Abandoning(fail)(SCOPE, client.receive, client.send)

    awaited(run())

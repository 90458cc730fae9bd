"""Retries, keys, servers that are not there; and the client whose answers are awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from api.app import create_app
from api.settings import Settings
from cube_server_client import AsyncClient, BusyError, Client, ConnectionFailedError, UnauthorizedError
from cube_server_client.transport import headers_of
from tests.api.serving import serving
from tests.awaiting import run as awaited

Handler = Callable[[httpx2.Request], httpx2.Response]


def server(*answers: httpx2.Response | Exception) -> tuple[httpx2.Client, list[httpx2.Request]]:
    """A server that gives these answers in turn, and what it was asked."""
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        given = answers[len(asked) - 1]
        if isinstance(given, Exception):
            raise given
        return given

    return httpx2.Client(base_url="http://cubes.example", transport=httpx2.MockTransport(answer)), asked


BUSY = httpx2.Response(503, headers={"retry-after": "0"}, json={"detail": "Later.", "code": "busy", "status": 503})
CUBES = httpx2.Response(200, json={"cubes": [{"name": "sales"}]})


def test_a_busy_server_is_asked_again() -> None:
    http, asked = server(BUSY, httpx2.ConnectError("no"), CUBES)
    assert Client(http=http).cubes() == ["sales"]
    assert len(asked) == 3


def test_it_gives_up_with_what_the_server_said() -> None:
    http, asked = server(BUSY, BUSY)
    with pytest.raises(BusyError, match="Later"):
        Client(http=http, retries=1).cubes()
    assert len(asked) == 2


def test_what_is_wrong_is_not_asked_again() -> None:
    http, asked = server(httpx2.Response(400, text="Wrong."))
    with pytest.raises(Exception, match=r"Wrong\."):
        Client(http=http).cubes()
    assert len(asked) == 1


def test_no_server_at_all() -> None:
    with pytest.raises(ConnectionFailedError, match=r"No answer from http://127\.0\.0\.1:1"):
        Client("http://127.0.0.1:1", retries=0).cubes()


def test_keys_travel_as_bearer(toy_paths: tuple[Path, Path]) -> None:
    with serving(toy_paths, api_key="secret-secret-secret") as http:
        with pytest.raises(UnauthorizedError):
            Client(http=http).cubes()
        http.headers.update(headers_of("secret-secret-secret", "en"))
        assert "sales" in Client(http=http).cubes()


def test_everything_can_be_awaited(toy_paths: tuple[Path, Path]) -> None:
    model, warehouse = toy_paths
    app = create_app(Settings(model=model, warehouse=warehouse))

    async def asked() -> None:
        transport = httpx2.ASGITransport(app)
        http = httpx2.AsyncClient(transport=transport, base_url="http://localhost")
        async with app.router.lifespan_context(app), AsyncClient(http=http) as client:
            assert "sales" in await client.cubes()
            sales = await client.cube("sales")
            question = sales.query("amount").rows("product.department").order("-amount")
            answers = await asyncio.gather(*(question.run() for _ in range(4)))
            assert {answer["amount"][0][0] for answer in answers} == {47.5}
            drilled = await answers[0].drill_down("product.department", "Food").run()
            assert drilled.row_levels == ("product.department", "product.category")
            assert [len(page.rows) async for page in question.pages(3)] == [3, 1]
            assert (await question.polars()).height == 4
            assert (await question.arrow()).num_rows == len(await question.pandas()) == 4
            assert (await sales.members("product.department")).total == 4
            assert (await question.facts()).total == 17
            assert (await question.file("csv")).startswith(b"product.department,")
            assert "product.department" in await question.explain()
            again = await sales.from_json(question.body).run()
            assert again.cells == answers[0].cells

    awaited(asked())

"""The client whose answers are awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx2

from cube_server_client.answer import Answer
from cube_server_client.building import Building, Name
from cube_server_client.frames import to_arrow, to_pandas, to_polars
from cube_server_client.lists import FactsPage, MembersPage, cube_call, cubes_call, facts_body, facts_call, members_call
from cube_server_client.model import CubeInfo
from cube_server_client.transport import AsyncTransport, headers_of

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class AsyncClient:
    """A cube server, asked without waiting; the arguments are those of `Client`.

    >>> async with AsyncClient("http://127.0.0.1:8000") as client:  # doctest: +SKIP
    ...     sales = await client.cube("sales")
    ...     answer = await sales.query("sales").run()
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        language: str = "en",
        timeout: float = 100.0,
        retries: int = 3,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        made = http or httpx2.AsyncClient(base_url=url, headers=headers_of(key, language), timeout=timeout)
        self.transport = AsyncTransport(made, retries)

    async def cubes(self) -> list[str]:
        """List the cubes by name."""
        return await self.transport.send(cubes_call())

    async def cube(self, name: str) -> AsyncCube:
        """Open a cube."""
        return AsyncCube(self.transport, await self.transport.send(cube_call(name)))

    async def close(self) -> None:
        """Close the connection."""
        await self.transport.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class AsyncCube:
    """A cube of a server; see `Cube`."""

    def __init__(self, transport: AsyncTransport, info: CubeInfo) -> None:
        self._transport = transport
        self.info, self.measures, self.dimensions = info, info.measures, info.dimensions

    def query(self, *measures: Name) -> AsyncQuery:
        """Begin a question for these measures; the cube's first one unless some are named."""
        question = AsyncQuery(self._transport, self.info)
        return question.measures(*measures) if measures else question

    def from_json(self, body: Mapping[str, Any]) -> AsyncQuery:
        """Take a question as the body of `POST /query`."""
        return AsyncQuery(self._transport, self.info, body)

    async def members(self, level: Name, *, search: str = "", limit: int = 200, offset: int = 0) -> MembersPage:
        """List members of a level."""
        return await self._transport.send(members_call(self.info.name, str(level), search, limit, offset))


class AsyncQuery(Building):
    """A question whose `run()` is awaited; see `Query`."""

    def __init__(self, transport: AsyncTransport, cube: CubeInfo, body: Mapping[str, Any] | None = None) -> None:
        super().__init__(cube, body)
        self._transport = transport

    def _again(self, body: Mapping[str, Any]) -> Self:
        return type(self)(self._transport, self.cube, body)

    async def run(self) -> Answer[Self]:
        """Ask for the cell set."""
        return await self._transport.send(self.answer_call())

    async def arrow(self) -> pyarrow.Table:
        """Ask for a flat table; needs pyarrow."""
        return to_arrow(await self._transport.send(self.arrow_call()))

    async def polars(self) -> polars.DataFrame:
        """Ask for the same as a polars frame."""
        return to_polars(await self._transport.send(self.arrow_call()))

    async def pandas(self) -> pandas.DataFrame:
        """Ask for the same as a pandas frame."""
        return to_pandas(await self._transport.send(self.arrow_call()))

    async def file(self, format: str, **options: str) -> bytes:
        """Ask for a file in one of the server's formats."""
        return await self._transport.send(self.bytes_call(format, **options))

    async def explain(self) -> str:
        """Ask what the question means and how it would be answered."""
        return await self._transport.send(self.explain_call())

    async def facts(self, *columns: str, limit: int | None = 1000, offset: int = 0) -> FactsPage:
        """Ask for the fact rows within the question's cuts."""
        return await self._transport.send(facts_call(self.cube.name, facts_body(self.body, columns, limit, offset)))

    async def pages(self, rows: int) -> AsyncIterator[Answer[Self]]:
        """Ask page by page, all of one snapshot."""
        question, start = self.limit(rows), 0
        while True:
            answer = await question.run()
            yield answer
            start += len(answer.rows)
            if not answer.rows or start >= answer.total:
                return
            question = answer.pinned().limit(rows, start)

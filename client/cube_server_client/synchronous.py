"""The client that waits for its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx2

from cube_server_client.answer import Answer
from cube_server_client.building import Building, Name
from cube_server_client.frames import to_arrow, to_pandas, to_polars
from cube_server_client.lists import FactsPage, MembersPage, cube_call, cubes_call, facts_body, facts_call, members_call
from cube_server_client.model import CubeInfo
from cube_server_client.transport import Transport, headers_of

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Client:
    """A cube server. Use it in a `with` block, or close it, where it does not live as long as the program.

    Args:
        url: The server's root, such as http://127.0.0.1:8000.
        key: An API key, where the server wants one.
        language: Of labels, such as `ko`.
        timeout: Seconds to wait for an answer.
        retries: How often to ask again where the server is busy or cannot be reached.
        http: A connection of your own, with a base address and headers: then all above but `retries` come from it.

    >>> with Client("http://127.0.0.1:8000") as client:  # doctest: +SKIP
    ...     client.cube("sales").query("sales").run().value
    4596039.58
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        language: str = "en",
        timeout: float = 100.0,
        retries: int = 3,
        http: httpx2.Client | None = None,
    ) -> None:
        made = http or httpx2.Client(base_url=url, headers=headers_of(key, language), timeout=timeout)
        self.transport = Transport(made, retries)

    def cubes(self) -> list[str]:
        """List the cubes by name."""
        return self.transport.send(cubes_call())

    def cube(self, name: str) -> Cube:
        """Open a cube."""
        return Cube(self.transport, self.transport.send(cube_call(name)))

    def close(self) -> None:
        """Close the connection."""
        self.transport.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Cube:
    """A cube of a server: its parts complete by name in notebooks.

    Attributes:
        info: Everything that a question can name.
        measures: Its measures: `cube.measures.sales`.
        dimensions: Its dimensions: `cube.dimensions.product.levels.category`.
    """

    def __init__(self, transport: Transport, info: CubeInfo) -> None:
        self._transport = transport
        self.info, self.measures, self.dimensions = info, info.measures, info.dimensions

    def query(self, *measures: Name) -> Query:
        """Begin a question for these measures; the cube's first one unless some are named."""
        question = Query(self._transport, self.info)
        return question.measures(*measures) if measures else question

    def from_json(self, body: Mapping[str, Any]) -> Query:
        """Take a question as the body of `POST /query`."""
        return Query(self._transport, self.info, body)

    def members(self, level: Name, *, search: str = "", limit: int = 200, offset: int = 0) -> MembersPage:
        """List members of a level."""
        return self._transport.send(members_call(self.info.name, str(level), search, limit, offset))

    def __repr__(self) -> str:
        return f"<Cube {self.info.name}: measures {self.measures}, dimensions {self.dimensions}>"


class Query(Building):
    """A question that is asked by `run()`; see `Building` for how it is built."""

    def __init__(self, transport: Transport, cube: CubeInfo, body: Mapping[str, Any] | None = None) -> None:
        super().__init__(cube, body)
        self._transport = transport

    def _again(self, body: Mapping[str, Any]) -> Self:
        return type(self)(self._transport, self.cube, body)

    def run(self) -> Answer[Self]:
        """Ask for the cell set."""
        return self._transport.send(self.answer_call())

    def arrow(self) -> pyarrow.Table:
        """Ask for a flat table, typed, with keys, captions and depths; needs pyarrow."""
        return to_arrow(self._transport.send(self.arrow_call()))

    def polars(self) -> polars.DataFrame:
        """Ask for the same as a polars frame."""
        return to_polars(self._transport.send(self.arrow_call()))

    def pandas(self) -> pandas.DataFrame:
        """Ask for the same as a pandas frame."""
        return to_pandas(self._transport.send(self.arrow_call()))

    def file(self, format: str, **options: str) -> bytes:
        """Ask for a file: `csv`, `tsv`, `xlsx`, `parquet`, `html`, `xml`, `json`, with the server's options."""
        return self._transport.send(self.bytes_call(format, **options))

    def explain(self) -> str:
        """Ask what the question means and how it would be answered."""
        return self._transport.send(self.explain_call())

    def facts(self, *columns: str, limit: int | None = 1000, offset: int = 0) -> FactsPage:
        """Ask for the fact rows within the question's cuts."""
        return self._transport.send(facts_call(self.cube.name, facts_body(self.body, columns, limit, offset)))

    def pages(self, rows: int) -> Iterator[Answer[Self]]:
        """Ask page by page, all of one snapshot.

        Args:
            rows: The row tuples of a page.
        """
        question, start = self.limit(rows), 0
        while True:
            answer = question.run()
            yield answer
            start += len(answer.rows)
            if not answer.rows or start >= answer.total:
                return
            question = answer.pinned().limit(rows, start)

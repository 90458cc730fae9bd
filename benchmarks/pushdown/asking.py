"""Asking a server over HTTP as a program does that keeps its connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.serving import running
from cube_server.query.request import QueryRequest

_SETTINGS = {"CUBE_ROLLUPS": "off", "CUBE_ANSWER_CACHE": "0", "CUBE_RESULT_CACHE": "0"}
"""Nothing is kept: each question is asked of the facts."""


class Asking:
    """A connection to a server.

    Args:
        connection: The connection.
    """

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection

    def answer(self, request: QueryRequest) -> bytes:
        """Ask a query; give the bytes of the answer.

        Raises:
            RuntimeError: It is none.
        """
        body = request.model_dump_json(by_alias=True, exclude_unset=True)
        self._connection.request("POST", f"/api/v1/cubes/{request.cube}/query", body, _JSON)
        response = self._connection.getresponse()
        found = response.read()
        if response.status != 200:
            raise RuntimeError(found.decode())
        return found


_JSON = {"Content-Type": "application/json"}


@contextmanager
def asking(model: Path, address: str, version: str) -> Iterator[Asking]:
    """Serve a model over a database, and connect.

    Args:
        model: The model.
        address: The URL of the database.
        version: The query that tells its states.
    """
    settings = {**_SETTINGS, "CUBE_DATABASE_VERSION": version}
    with running("serve", "--model", model, "--warehouse", address, "--port", 0, settings=settings) as server:
        url = urlsplit(server.address)
        connection = HTTPConnection(url.hostname or "", url.port, timeout=600)
        try:
            yield Asking(connection)
        finally:
            connection.close()

"""Asking a server over HTTP by bytes that are ready, and reading no more of an answer than where it ends.

Statements typed by hand are ready, too. What a library for HTTP does in its own process to write a request and to read
headers took 0.6 ms, which is none of the server's.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.serving import running
from cube_server.query.request import QueryRequest

_SETTINGS = {"CUBE_ROLLUPS": "off", "CUBE_ANSWER_CACHE": "0", "CUBE_RESULT_CACHE": "0"}
"""Nothing is kept: each question is asked of the facts."""


class Asking:
    """A connection to a server, kept open.

    Args:
        connection: The connection.
        host: The server's name, as it is asked for.

    Attributes:
        told: How many milliseconds each query took, as the server told with its answer: HTTP and JSON not counted.
    """

    def __init__(self, connection: socket.socket, host: str) -> None:
        self._connection, self._host = connection, host
        self.told: list[float] = []

    def ready(self, request: QueryRequest) -> bytes:
        """Write a query as it is sent."""
        body = request.model_dump_json(by_alias=True, exclude_unset=True).encode()
        head = f"POST /api/v1/cubes/{request.cube}/query HTTP/1.1\r\nHost: {self._host}\r\n"
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def answer(self, message: bytes) -> bytes:
        """Send what is ready; give the bytes of the answer.

        Raises:
            RuntimeError: It is none.
        """
        self._connection.sendall(message)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._received()
        head, _, body = received.partition(b"\r\n\r\n")
        length, told = _LENGTH.search(head), _TOLD.search(head)
        if not head.startswith(b"HTTP/1.1 200") or length is None or told is None:
            raise RuntimeError(received.decode())
        self.told.append(float(told[1]))
        while len(body) < int(length[1]):
            body += self._received()
        return body

    def _received(self) -> bytes:
        found = self._connection.recv(1 << 18)
        if not found:
            raise RuntimeError("The server has closed the connection.")
        return found


_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)")
_TOLD = re.compile(rb"\r\nserver-timing: query;dur=([\d.]+)")


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
        with socket.create_connection((url.hostname, url.port or 80), timeout=600) as connection:
            yield Asking(connection, url.netloc)

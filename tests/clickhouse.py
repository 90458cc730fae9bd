"""A ClickHouse that runs without being a service: its engine, chDB, behind its HTTP interface.

So the tests ask as users do, through clickhouse-connect, and the engine that answers is the real one. Run as a program
it serves a folder; it is a process of its own, as a server is. What it speaks is what clickhouse-connect's client says:
statements in the body or in a form, parameters as `param_x`, tables that travel as files of the form, all else settings
(https://clickhouse.com/docs/interfaces/http).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import local
from urllib.parse import parse_qsl, urlsplit

import pytest
from chdb.state.sqlitelike import Connection

_KILLED = re.compile(r"KILL QUERY WHERE query_id\s*=\s*'([^']+)'")
_CODE = re.compile(r"Code: (\d+)\.")
_FORMAT = re.compile(r"\s+FORMAT (\w+)\s*$")
_MADE = re.compile(r"CREATE TABLE .*?\sAS (?=SELECT\b)", re.DOTALL)
_NO_SETTINGS = frozenset(
    {
        "query",
        "query_id",
        "database",
        "default_format",
        "wait_end_of_query",
        "buffer_size",
        "client_protocol_version",
        "session_id",
    }
)


@contextmanager
def running_clickhouse() -> Iterator[str]:
    """Run a ClickHouse; give its URL, without a database."""
    if find_spec("chdb") is None and os.environ.get("CI") != "true":
        pytest.skip("chdb is not installed: make setup")
    with TemporaryDirectory() as folder:
        command = [sys.executable, __file__, folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                yield f"clickhouse://default@127.0.0.1:{int(server.stdout.readline())}"
            finally:
                server.kill()


class _Asked:
    """What a request asks for."""

    def __init__(self, target: str, content_type: str, body: bytes, folder: Path) -> None:
        self.values = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        self.tables: dict[str, Path] = {}
        if content_type.startswith("multipart/form-data"):
            head = f"Content-Type: {content_type}\r\n\r\n".encode()
            for part in BytesParser().parsebytes(head + body).walk():
                self._take(part, folder)
        elif body:
            self.values["query"] = body.decode()

    def statement(self) -> str:
        """Give the statement, the tables that travel put before it and the settings behind."""
        query, form = self.values["query"].strip(), ""
        if found := _FORMAT.search(query):
            query, form = query[: found.start()], found[0]
        made, query = _parted(query)
        if not query.upper().startswith("SELECT"):
            return made + query + form
        tables = ", ".join(f"{name} AS (SELECT * FROM {self._file(name)})" for name in self.tables)
        settings = ", ".join(f"{name} = '{value}'" for name, value in self._settings().items())
        return f"{made}{f'WITH {tables} ' if tables else ''}{query}{f' SETTINGS {settings}' if settings else ''}{form}"

    def parameters(self) -> dict[str, str]:
        """Give the parameters, unescaped as they come in an URL."""
        return {name[6:]: value for name, value in self.values.items() if name.startswith("param_")}

    def _settings(self) -> dict[str, str]:
        told = {f"{name}_{kind}" for name in self.tables for kind in ("format", "structure", "types")}
        names = self.values.keys() - told - _NO_SETTINGS
        settings = {name: self.values[name] for name in sorted(names) if not name.startswith("param_")}
        # Its small tables need no more than a thread, and other tests run beside it.
        settings["max_threads"] = "1"
        # The engine gives its statements ids of its own.
        return {**settings, "log_comment": self.values["query_id"]} if "query_id" in self.values else settings

    def _file(self, name: str) -> str:
        form, structure = self.values[f"{name}_format"], self.values[f"{name}_structure"].replace("'", "\\'")
        return f"file('{self.tables[name]}', '{form}', '{structure}')"

    def _take(self, part: Message[str, str], folder: Path) -> None:
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            return
        if part.get_filename() is None:
            self.values[name] = content.decode()
        else:
            self.tables[name] = folder / f"{os.urandom(8).hex()}.sent"
            self.tables[name].write_bytes(content)


def _parted(query: str) -> tuple[str, str]:
    """Part a statement from what it makes of it: `CREATE TABLE ... AS`."""
    found = _MADE.match(query)
    return (found[0], query[found.end() :]) if found else ("", query)


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, with one to the engine."""

    protocol_version = "HTTP/1.1"
    # An answer in two packets waits for the client's word between them.
    wbufsize = -1
    disable_nagle_algorithm = True
    folder: Path
    engines = local()

    def do_GET(self) -> None:
        """Say that the server lives."""
        self._answer(200, b"Ok.\n", {})

    def do_POST(self) -> None:
        """Run a statement."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = _Asked(self.path, self.headers.get("Content-Type", ""), body, self.folder)
        try:
            answer = self._run(asked)
        except Exception as error:
            code = _CODE.search(str(error))
            self._answer(500, str(error).encode(), {"X-ClickHouse-Exception-Code": code[1] if code else "1000"})
        else:
            self._answer(200, answer, {"X-ClickHouse-Format": asked.values.get("default_format", "TabSeparated")})
        finally:
            for file in asked.tables.values():
                file.unlink()

    def _run(self, asked: _Asked) -> bytes:
        engine, database = self._engine(), asked.values.get("database", "default")
        form = asked.values.get("default_format", "TabSeparated")
        statement = asked.statement()
        if killed := _KILLED.search(statement):
            running = f"SELECT query_id FROM system.processes WHERE Settings['log_comment'] = '{killed[1]}'"
            for id_ in bytes(engine.query(running, "TabSeparated").bytes()).decode().split():
                engine.query(f"KILL QUERY WHERE query_id = '{id_}' ASYNC", "Null")
            return b""
        engine.query(f"USE `{database}`", "Null")
        return bytes(engine.query(statement, form, params=asked.parameters()).bytes())

    def _engine(self) -> Connection:
        if not hasattr(self.engines, "one"):
            self.engines.one = Connection(str(self.folder / "engine"))
        engine: Connection = self.engines.one
        return engine

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main(folder: str) -> None:
    """Serve a folder on a free port, which is written out."""
    _Handler.folder = Path(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])

"""The image is built by commands that CI runs too, for there may be no container engine where tests run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from scripts.healthcheck import is_healthy

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


class Guarded(BaseHTTPRequestHandler):
    """A server that wants the key "right" on every route."""

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == "Bearer right"
        self.send_response(200 if allowed and self.path == "/health" else 401)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def serving() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Guarded) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield str(server.server_port)
        finally:
            server.shutdown()
            thread.join()


def test_ci_runs_every_make_target_of_the_image() -> None:
    targets = set(re.findall(r"^RUN make (\w+)", DOCKERFILE, flags=re.MULTILINE))
    assert targets
    assert targets <= set(re.findall(r"^make (\w+)", (ROOT / ".ci/run").read_text(), flags=re.MULTILINE))


def test_the_image_does_not_run_as_root_and_carries_no_key() -> None:
    last_stage = DOCKERFILE.split("\nFROM ")[-1]
    assert re.search(r"^USER (?!root)\w+", last_stage, flags=re.MULTILINE)
    assert not re.search(r"CUBE_API_KEY\s*=", DOCKERFILE)


def test_healthcheck_sends_the_key() -> None:
    with serving() as port:
        assert is_healthy(port, "right")
        assert not is_healthy(port, "wrong")


def test_healthcheck_fails_where_nothing_serves() -> None:
    with serving() as port:
        pass
    assert not is_healthy(port, "right")

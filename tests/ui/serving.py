"""Servers for the page: the real one as its own process, and a plain reverse proxy that puts it under a sub-path."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.sample import ROOT

_HOPS = frozenset({"connection", "transfer-encoding", "host", "content-length"})


@contextmanager
def serving(paths: tuple[Path, Path], **settings: str) -> Iterator[str]:
    """Serve a model and a warehouse; give the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model, warehouse = paths
    known = {"CUBE_MODEL": str(model), "CUBE_WAREHOUSE": str(warehouse), **settings}
    command = [sys.executable, "-m", "uvicorn", "api.app:create_app_from_environment", "--factory"]
    server = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning"], cwd=ROOT, env=os.environ | known
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/ready")
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(address: str, seconds: float = 60) -> None:
    """Wait until something answers, be it that a key is missing."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except urllib.error.HTTPError as error:
            if error.code == 401:
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise TimeoutError(address)
        time.sleep(0.1)


@contextmanager
def proxied(address: str, prefix: str) -> Iterator[str]:
    """Put a server under a sub-path of another, as a reverse proxy that strips the prefix does; give the address."""

    class Proxy(BaseHTTPRequestHandler):
        """Passes requests under the prefix on; there is nothing else."""

        def do_GET(self) -> None:
            """Pass a request on."""
            if not self.path.startswith(prefix):
                self.send_error(404)
                return
            length = int(self.headers.get("Content-Length", 0))
            kept = {name: value for name, value in self.headers.items() if name.lower() not in _HOPS}
            asked = urllib.request.Request(
                address + self.path.removeprefix(prefix),
                data=self.rfile.read(length) if length else None,
                headers=kept,
                method=self.command,
            )
            with urllib.request.urlopen(asked) as answer:
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in _HOPS:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

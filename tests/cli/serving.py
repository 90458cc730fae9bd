"""A server as a process of its own, for tests that must see its output and its end."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.request import urlopen

from .conftest import COMMAND, environment


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        process: Its process.
        url: The first line of its stdout.
    """

    process: subprocess.Popen[str]
    url: str

    def get(self, path: str) -> dict[str, Any]:
        """Read a JSON object, or the only record of a list."""
        with urlopen(self.url + path, timeout=30) as answer:
            found = json.load(answer)
        if isinstance(found, list):
            (found,) = found
        return dict(found)

    def stop(self) -> tuple[int, str, str]:
        """Press Ctrl-C; give the exit code and what else was written to stdout and stderr."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@contextmanager
def serving(*arguments: str | Path, **env: str) -> Iterator[Server]:
    """Run the program until it tells its address, and end it afterwards if the test did not."""
    command = [*COMMAND, *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment(**env)
    ) as process:
        try:
            yield Server(process, _first_line(process.stdout))
        finally:
            if process.poll() is None:
                process.kill()


def _first_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().rstrip("\n")

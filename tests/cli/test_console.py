from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from cube_server.cli.console import write


class Sluggish:
    """Takes three bytes at a time, as a pipe may that Python does not buffer."""

    def __init__(self) -> None:
        self.taken = b""

    def write(self, data: memoryview) -> int:
        self.taken += bytes(data[:3])
        return len(data[:3])


def test_all_is_written_however_little_a_write_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = Sluggish()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", SimpleNamespace(buffer=raw))
        write([b"no byte ", b"", b"is left out"])
    assert raw.taken == b"no byte is left out"

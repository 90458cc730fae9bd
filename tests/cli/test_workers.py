"""Several processes at one address: they share the work, change over together, and are begun anew when they die."""

from __future__ import annotations

import os
import signal
import time
from itertools import pairwise
from pathlib import Path
from urllib.request import urlopen

import pytest

from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load
from tests.toy.star import FOLDER, MODEL, toy_warehouse

from .serving import Server, serving

_CELL = "/api/v1/cubes/sales/cell?measure=lines"


def _snapshot(url: str) -> str:
    # urlopen makes a connection for each, so that any worker may be asked.
    with urlopen(url + _CELL, timeout=30) as answer:
        assert answer.read() == b"17"
        return str(answer.headers["x-cube-snapshot"])


def _workers(server: Server) -> list[int]:
    """List the processes that answer: not the one that Python starts to look after shared memory."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    return toy_warehouse(tmp_path)


def test_two_workers_answer_change_over_together_and_come_back(paths: tuple[Path, Path]) -> None:
    model, warehouse = paths
    options = ("--model", model, "--warehouse", warehouse, "--port", "0", "--workers", "2")
    with serving("serve", *options, CUBE_REFRESH_SECONDS="0.05") as server:
        assert {_snapshot(server.url) for _ in range(20)} == {"000001"}
        load(read_model(MODEL), str(FOLDER), warehouse, progress=SILENT)
        seen = _watched(server.url)
        assert seen[-1] == "000002"
        assert _returns(seen) == 0
        killed, kept = _workers(server)
        os.kill(killed, signal.SIGKILL)
        until = time.monotonic() + 30
        while killed in (now := _workers(server)) or len(now) < 2:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert _snapshot(server.url) == "000002"
        assert kept in now
        code, out, err = server.stop()
    assert out == ""
    assert "Traceback" not in err
    assert code == 0


def _watched(url: str) -> list[str]:
    """Ask until only the new snapshot has answered for a while."""
    seen: list[str] = []
    until = time.monotonic() + 20
    while seen[-20:] != ["000002"] * 20:
        assert time.monotonic() < until
        seen.append(_snapshot(url))
    return seen


def _returns(seen: list[str]) -> int:
    """Count how often an older snapshot answers after a newer one."""
    return sum(later < earlier for earlier, later in pairwise(seen))

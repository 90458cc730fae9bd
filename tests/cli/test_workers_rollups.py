"""Several processes with rollups: one makes them, all answer from them, and a load brings them up to date."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.loaders import days

from .serving import Server, serving

_LINES = 60_000
_BODY = {"measures": ["lines"], "cut": [{"level": "time.month", "members": ["2024-02"]}]}
_Answer = tuple[str, str, str]
"""A number, the snapshot that it is of, and what it was computed from."""


def _asked(server: Server) -> _Answer:
    # Nothing is kept, and urlopen makes a connection for each, so that any worker may be asked.
    address, headers = f"{server.url}/api/v1/cubes/sales/query.csv", {"Content-Type": "application/json"}
    with urlopen(Request(address, json.dumps(_BODY).encode(), headers), timeout=30) as answer:
        told = answer.headers
        return answer.read().decode().split()[-1], told["x-cube-snapshot"], told["x-cube-source"]


def _asked_until(server: Server, snapshot: str) -> list[_Answer]:
    """Ask until all answers of a while are of a snapshot, and from rollups."""
    seen: list[_Answer] = []
    until = time.monotonic() + 60
    while not (
        len(seen) >= 12 and all(snap == snapshot and source.startswith("sales:") for _, snap, source in seen[-12:])
    ):
        assert time.monotonic() < until, seen[-3:]
        seen.append(_asked(server))
        # Each answer is a line in a pipe that nobody reads until the end.
        time.sleep(0.2)
    return seen


@pytest.fixture
def place(tmp_path: Path) -> Path:
    sales = [(id, id % 7, days.DAYS[id % 91], 100) for id in range(_LINES)]
    source = days.write(tmp_path / "first", sales=sales, products={id: "ab"[id % 2] for id in range(7)}, days=days.DAYS)
    days.increment(source, tmp_path / "warehouse", "full")
    (tmp_path / "cubes.json").write_text(json.dumps(days.DOCUMENT), encoding="utf-8")
    return tmp_path


def test_one_makes_rollups_and_all_answer_from_them(place: Path) -> None:
    february = sum(days.DAYS[id % 91].startswith("2024-02") for id in range(_LINES))
    warehouse = place / "warehouse"
    options = ("--model", place / "cubes.json", "--warehouse", warehouse, "--port", "0", "--workers", "2")
    settings = {
        "CUBE_REFRESH_SECONDS": "0.05",
        "CUBE_ROLLUPS": "auto",
        "CUBE_RESULT_CACHE": "0",
        "CUBE_ANSWER_CACHE": "0",
    }
    with serving("serve", *options, **settings) as server:
        before = _asked_until(server, "000001")
        late = [(_LINES + id, 1, "2024-02-03", 100) for id in range(100)]
        days.increment(days.write(place / "late", sales=late), warehouse)
        after = _asked_until(server, "000002")
        _, _, err = server.stop()
    # Whatever answered and whenever: each answer is of its own snapshot.
    assert {(number, snapshot) for number, snapshot, _ in before} == {(f"{february}", "000001")}
    assert {number for number, snapshot, _ in after if snapshot == "000002"} == {f"{february + 100}"}
    snapshots = [snapshot for _, snapshot, _ in after]
    assert snapshots == sorted(snapshots)
    assert "Traceback" not in err
    made = Counter(re.findall(r"Made the rollup (\S+): ", err))
    refreshed = Counter(re.findall(r"Brought the rollup (\S+) up to date: 100 new facts", err))
    assert made
    assert set(made.values()) == {1}
    assert refreshed == made, err

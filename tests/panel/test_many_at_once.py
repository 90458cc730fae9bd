"""Many sessions at once on the real panel, with a load in the middle: no wrong cell, no failure, one snapshot each."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cube_server.model.read import read_model
from loaders.pipeline import load
from tests.api.serving import serving
from tests.sample import sample_star

SESSIONS, STEPS = 32, 6

DRILL = (
    "rows=product.department&columns=time.quarter&measures=sales,households,avg_basket&totals=true",
    "rows=product.category&cut=product.department:GROCERY&measures=sales,baskets&order=-sales&limit=20",
    "rows=time.month&measures=sales,sales_growth,sales_to_date",
    "rows=customer.segment&measures=households,avg_recency&totals=rows",
    "rows=region.area&columns=hour.daypart&measures=lines,stores",
    "rows=customer.age&cut=~product.category:CANDY%20-%20PACKAGED&measures=households,sales_per_household",
)


@pytest.fixture
def fresh(panel_paths: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """A warehouse of its own, since the test loads into it."""
    warehouse = tmp_path / "warehouse"
    load(read_model(panel_paths[0]), str(sample_star()), warehouse)
    return panel_paths[0], warehouse


def test_32_sessions_and_a_load_in_the_middle(fresh: tuple[Path, Path]) -> None:
    model, warehouse = fresh
    with serving(fresh) as client:
        expected = {step: _ask(client, step)[1] for step in DRILL}

        def session(number: int) -> list[tuple[str, str, object]]:
            steps = [DRILL[(number + step) % len(DRILL)] for step in range(STEPS)]
            return [(step, *_ask(client, step)) for step in steps]

        with ThreadPoolExecutor(SESSIONS) as pool:
            running = [pool.submit(session, number) for number in range(SESSIONS)]
            load(read_model(model), str(sample_star()), warehouse)
            answers = [answer for session in running for answer in session.result()]
        assert len(answers) == SESSIONS * STEPS
        for step, _, rows in answers:
            assert rows == expected[step], step
        assert {snapshot for _, snapshot, _ in answers} <= {"000001", "000002"}
        _taken_up(client, "000002")


def _ask(client: TestClient, step: str) -> tuple[str, object]:
    response = client.get(f"/api/v1/cubes/sales/query?{step}")
    assert response.status_code == 200, response.text
    return response.headers["X-Cube-Snapshot"], response.json()


def _taken_up(client: TestClient, snapshot: str, seconds: float = 4.0) -> None:
    """Wait until a snapshot is served; a fast machine needs a second or two, a busy one more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if _ask(client, DRILL[0])[0] == snapshot:
            return
        time.sleep(0.1)
    pytest.fail(f"{snapshot} was not taken up within {seconds} s")

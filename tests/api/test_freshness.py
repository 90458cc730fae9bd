"""A running server takes up what is new within two seconds, and survives what is bad."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from starlette.testclient import TestClient

from cube_server.model.read import read_model
from cube_server.progress import SILENT
from cube_server.warehouse.retention import Retention
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load
from loaders.retiring import retire_snapshots
from tests.api.serving import assert_error, serving
from tests.sql.sources import fill
from tests.toy.star import FOLDER, MODEL, toy_warehouse


def within_two_seconds(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 2
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def snapshot(client: TestClient) -> str:
    return str(client.get("/api/v1/cubes/sales/query").headers["x-cube-snapshot"])


def test_nothing_loaded_is_alive_but_not_ready_until_something_is(tmp_path: Path) -> None:
    with serving((MODEL, tmp_path / "warehouse")) as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert_error(client.get("/ready"), 503, "warehouse_unavailable")
        assert_error(client.get("/api/v1/cubes"), 503, "warehouse_unavailable")
        toy_warehouse(tmp_path)
        assert within_two_seconds(lambda: client.get("/ready").status_code == 200)


def test_who_is_ready_names_the_database(tmp_path: Path) -> None:
    address = fill("duckdb", read_model(MODEL), FOLDER, tmp_path)
    with serving((MODEL, tmp_path / "warehouse"), database=SecretStr(address)) as client:
        ready = client.get("/ready").json()
    assert ready["source"] == address
    assert ready["snapshot"].startswith("live-")


def test_a_newer_snapshot_is_taken_up_and_the_old_one_still_answers(tmp_path: Path) -> None:
    model, warehouse = toy_warehouse(tmp_path)
    source = tmp_path / "source"
    shutil.copytree(FOLDER, source)
    with serving((model, warehouse)) as client:
        assert snapshot(client) == "000001"
        facts = (source / "fact_sales.csv").read_text(encoding="utf-8").splitlines()
        (source / "fact_sales.csv").write_text("\n".join(facts[:-1]) + "\n", encoding="utf-8")
        load(read_model(MODEL), str(source), warehouse, progress=SILENT)
        assert within_two_seconds(lambda: snapshot(client) == "000002")
        lines = "/api/v1/cubes/sales/query?measures=lines"
        assert client.get(lines).json() == [{"lines": 16}]
        assert client.get(f"{lines}&as_of=000001").json() == [{"lines": 17}]
        assert_error(client.get(f"{lines}&as_of=000009"), 404, "not_found")


def test_a_date_means_the_newest_snapshot_by_then_and_its_tag_changes_with_it(tmp_path: Path) -> None:
    model, warehouse = toy_warehouse(tmp_path)
    lines = "/api/v1/cubes/sales/query?measures=lines&as_of=9999-12-31"
    with serving((model, warehouse)) as client:
        first = client.get(lines)
        assert first.headers["x-cube-snapshot"] == "000001"
        known = {"If-None-Match": first.headers["etag"]}
        assert client.get(lines, headers=known).status_code == 304
        load(read_model(MODEL), str(FOLDER), warehouse, progress=SILENT)
        assert client.get(lines, headers=known).headers["x-cube-snapshot"] == "000002"
        problem = client.get("/api/v1/cubes/sales/query?as_of=2001-01-01").json()
        assert problem["code"] == "not_found"
        assert "The oldest is 000001" in problem["hint"]


def test_a_retired_snapshot_is_not_found_and_the_newest_answers_on(tmp_path: Path) -> None:
    model, warehouse = toy_warehouse(tmp_path)
    with serving((model, warehouse)) as client:
        load(read_model(MODEL), str(FOLDER), warehouse, progress=SILENT)
        assert within_two_seconds(lambda: snapshot(client) == "000002")
        lines, path = "/api/v1/cubes/sales/query?measures=lines", "/api/v1/cubes/sales/query"
        body = {"measures": ["lines"], "as_of": "000001"}
        known = {"If-None-Match": client.get(f"{lines}&as_of=000001").headers["etag"]}
        for _ in range(2):
            assert client.get(f"{lines}&as_of=000001").json() == [{"lines": 17}]
            assert client.post(path, json=body).status_code == 200
        retire_snapshots(Warehouse(warehouse), Retention(newest=1, grace=timedelta(0)))
        # Though it was answered before, and the client has the answer.
        assert_error(client.get(f"{lines}&as_of=000001"), 404, "not_found")
        assert_error(client.get(f"{lines}&as_of=000001", headers=known), 404, "not_found")
        assert_error(client.post(path, json=body), 404, "not_found")
        assert client.get(f"{lines}&as_of=000002").json() == client.get(lines).json() == [{"lines": 17}]


def test_a_good_model_is_taken_up_and_a_bad_one_is_not(tmp_path: Path) -> None:
    _, warehouse = toy_warehouse(tmp_path)
    model = tmp_path / "cubes.json"
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    model.write_text(json.dumps(document), encoding="utf-8")
    with serving((model, warehouse)) as client:
        model.write_text("{", encoding="utf-8")
        time.sleep(1.5)
        assert client.get("/api/v1/cubes/sales").status_code == 200
        document["label"] = {"en": "Renamed"}
        model.write_text(json.dumps(document), encoding="utf-8")
        assert within_two_seconds(lambda: client.get("/api/v1/cubes").json()["label"] == "Renamed")

"""Short answers by address are kept until something else is served."""

from __future__ import annotations

import json
import time
from pathlib import Path

from starlette.testclient import TestClient

from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load
from tests.api.serving import serving
from tests.toy.star import FOLDER, MODEL, toy_warehouse

QUERY = "/api/v1/cubes/sales/query?rows=product.department&measures=amount"


def source(client: TestClient, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.headers["x-cube-source"]


def test_the_same_address_is_answered_again_without_a_query(client: TestClient) -> None:
    address = f"{QUERY},quantity"
    first, second = client.get(address), client.get(address)
    assert second.headers["x-cube-source"] == "cache" != first.headers["x-cube-source"]
    changing = {"x-cube-source", "server-timing", "date"}
    for answer in (first, second):
        assert len(answer.headers.get_list("x-content-type-options")) == 1
    assert second.content == first.content
    assert {k: v for k, v in second.headers.items() if k not in changing} == {
        k: v for k, v in first.headers.items() if k not in changing
    }


def test_an_answer_is_for_those_who_ask_in_the_same_way(client: TestClient) -> None:
    address = "/api/v1/cubes/sales/query.json?rows=product.department&measures=weight&meta=true"
    assert source(client, address, **{"accept-language": "en"}) == "scan"
    assert source(client, address, **{"accept-language": "ko"}) == "scan"
    assert source(client, address, accept="text/csv", **{"accept-language": "ko"}) == "scan"
    assert source(client, address, **{"accept-language": "ko"}) == "cache"


def test_the_client_that_has_it_is_told_so(client: TestClient) -> None:
    address = f"{QUERY},lines"
    tag = client.get(address).headers["etag"]
    assert source(client, address) == "cache"
    again = client.get(address, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_the_same_question_by_body_is_answered_again(client: TestClient) -> None:
    for path, body in (
        ("query", {"measures": ["amount"], "axes": {"rows": [{"level": "product.department"}]}}),
        ("query.csv", {"measures": ["amount"]}),
        ("facts?meta=true", {"limit": 3}),
    ):
        first, second = (client.post(f"/api/v1/cubes/sales/{path}", json=body) for _ in range(2))
        assert (second.status_code, second.content) == (200, first.content)
        assert second.headers["x-cube-source"] == "cache" != first.headers["x-cube-source"]
        other = client.post(f"/api/v1/cubes/sales/{path}", json={**body, "limit": 2})
        assert other.headers["x-cube-source"] != "cache"
        # Who may not ask may not hear what another was told: text is what a foreign page can make a browser post.
        assert client.post(f"/api/v1/cubes/sales/{path}", content=json.dumps(body)).status_code == 415


def test_a_question_of_the_served_snapshot_is_kept_and_one_of_a_day_is_not(client: TestClient) -> None:
    served = client.get(QUERY).headers["x-cube-snapshot"]
    for named, wanted in ((served, "cache"), ("9999-12-31", "scan"), (f"{served}&as_of=9999-12-31", None)):
        sources = [client.get(f"{QUERY},weight&as_of={named}").headers.get("x-cube-source") for _ in range(2)]
        assert sources[1] == wanted
        body = json.dumps({"measures": ["weight"], "as_of": named})
        kind = {"content-type": "application/json"}
        posted = [client.post("/api/v1/cubes/sales/query", content=body, headers=kind) for _ in range(2)]
        assert posted[1].headers.get("x-cube-source") == wanted


def test_mistakes_and_plans_are_not_kept(client: TestClient) -> None:
    for _ in range(2):
        assert client.get(f"{QUERY},nonsense").status_code == 400
        assert client.post("/api/v1/cubes/sales/query", json={"measures": ["nonsense"]}).status_code == 400
        posted = client.post("/api/v1/cubes/sales/explain", json={"measures": ["amount"]})
        assert (posted.status_code, posted.headers.get("x-cube-source")) == (200, None)


def test_a_new_snapshot_makes_all_of_them_old(tmp_path: Path) -> None:
    paths = toy_warehouse(tmp_path)
    with serving(paths, refresh_seconds=0.01) as client:
        assert [source(client, QUERY) for _ in range(2)] == ["scan", "cache"]
        load(read_model(MODEL), str(FOLDER), paths[1], progress=SILENT)
        until = time.monotonic() + 10
        while (answer := client.get(QUERY)).headers["x-cube-snapshot"] == "000001":
            assert time.monotonic() < until
            time.sleep(0.01)
        assert answer.headers["x-cube-source"] == "scan"


def test_the_longest_unused_goes_first_and_a_large_one_is_not_kept(toy_paths: tuple[Path, Path]) -> None:
    one = "/api/v1/cubes/sales/cell?measure=amount&cut=product.department:%s"
    with serving(toy_paths, answer_cache=100) as client:
        assert [source(client, QUERY) for _ in range(2)] == ["scan", "scan"]
        assert [source(client, one % "Food") for _ in range(2)] == ["scan", "cache"]
    with serving(toy_paths, answer_cache=0) as client:
        assert [source(client, QUERY) for _ in range(2)] == ["scan", "scan"]

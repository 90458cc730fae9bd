"""Mistakes get the shapes that clients know: a kind with a message, or an object with both."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.api.serving import serving

AGGREGATE = "/slicer/cube/shop/aggregate"


def test_unknown_names_of_an_address(shop: TestClient) -> None:
    found = shop.get("/slicer/cube/nope/model")
    assert (found.status_code, found.json()["error"]["type"]) == (404, "object_not_found")
    found = shop.get("/slicer/cube/nope/aggregate")
    assert (found.status_code, found.json()["error"], found.json()["object_type"]) == (404, "missing_object", "cube")
    found = shop.get("/slicer/nope")
    assert (found.status_code, found.json()["error"]["type"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("resource", "status", "kind"),
    [
        ("aggregate?cut=nope:a", 404, "missing_object"),
        ("aggregate?drilldown=nope", 404, "missing_object"),
        ("members/nope", 404, "missing_object"),
        ("aggregate?cut=item@nope:a", 400, "hierarchy"),
        ("aggregate?drilldown=item:nope", 400, "hierarchy"),
        ("aggregate?drilldown=item&cut=item:a,1", 400, "hierarchy"),
        ("aggregate?cut=item:a,b,c", 400, "hierarchy"),
        ("members/item?depth=3", 400, "hierarchy"),
        ("members/item?level=nope", 400, "hierarchy"),
        ("members/item?hierarchy=nope", 400, "hierarchy"),
        ("aggregate?cut=item", 400, "unknown_user_error"),
        ("aggregate?drilldown=", 400, "unknown_user_error"),
        ("aggregate?aggregates=nope", 400, "unknown_user_error"),
        ("aggregate?order=nope", 400, "unknown_user_error"),
        ("aggregate?drilldown=client&order=item.department", 400, "unknown_user_error"),
        ("aggregate?drilldown=client&order=client:down", 400, "unknown_user_error"),
        ("facts?fields=nope", 400, "unknown_user_error"),
        ("facts?order=nope", 400, "unknown_user_error"),
    ],
)
def test_mistakes_of_a_question(shop: TestClient, resource: str, status: int, kind: str) -> None:
    response = shop.get(f"/slicer/cube/shop/{resource}")
    assert (response.status_code, response.json()["error"]) == (status, kind)
    assert response.json()["message"]
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "resource",
    [
        "aggregate?page=x",
        "aggregate?pagesize=-1",
        "aggregate?format=xml",
        "aggregate?format=json_lines",
        "facts?header=both&format=csv",
        "members/item?depth=1&level=item",
        "members/item?depth=one",
        "aggregate?cut=%ff:a",
        "report",
    ],
)
def test_mistakes_of_a_request(shop: TestClient, resource: str) -> None:
    response = shop.get(f"/slicer/cube/shop/{resource}")
    assert (response.status_code, response.json()["error"]["type"]) == (400, "request")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"queries": []}', 400),
        (b'{"queries": {"a": 1}}', 400),
        (b'{"queries": {"a": {}}}', 400),
        (b'{"queries": {"a": {"query": "nope"}}}', 400),
        (b'{"queries": {"a": {"query": []}}}', 400),
        (b'{"queries": {}, "cell": [{"dimension": "item", "type": {}, "path": ["a"]}]}', 400),
        (b'{"queries": {}, "cell": {}}', 400),
        (b'{"queries": {}, "cell": [1]}', 400),
        (b'{"queries": {}, "cell": [{"dimension": "item", "type": "point"}]}', 400),
        (b'{"queries": {}, "cell": [{"dimension": "item", "type": "point", "path": [[1]]}]}', 400),
        (b'{"queries": {}, "cell": [{"dimension": "item", "type": "set", "paths": 1}]}', 400),
        (b'{"queries": {}, "cell": [{"dimension": "item", "type": "nope", "path": ["a"]}]}', 400),
        (b'{"queries": {}, "cell": [{"dimension": "item", "hierarchy": [], "path": ["a"]}]}', 400),
        (b'{"queries": {}, "cell": [{"dimension": "nope", "path": ["a"]}]}', 404),
        (b'{"queries": {"a": {"query": "aggregate", "drilldown": 1}}}', 400),
        (b'{"queries": {"a": {"query": "aggregate", "order": [1]}}}', 400),
        (b'{"queries": {"a": {"query": "aggregate", "page": true, "page_size": 2}}}', 400),
        (b'{"queries": {"a": {"query": "aggregate", "rollup": "item"}}}', 400),
        (b'{"queries": {"a": {"query": "members", "dimension": "item", "hierarchy": {}}}}', 400),
        (b'{"queries": {"a": {"query": "fact"}}}', 400),
        (b"[" * 100_000, 400),
    ],
)
def test_bodies_that_are_no_report(shop: TestClient, body: bytes, status: int) -> None:
    response = shop.post("/slicer/cube/shop/report", content=body)
    assert response.status_code == status, response.text
    assert response.json()["error"]


def test_a_function_that_nobody_knows_is_a_fault_of_the_model(shop: TestClient) -> None:
    response = shop.get("/slicer/cube/odd.shop/aggregate")
    assert (response.status_code, response.json()["error"]) == (500, "internal_server_error")
    assert shop.get("/slicer/cube/odd.shop/aggregate?aggregates=n").json()["summary"] == {"n": 17}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods(shop: TestClient, method: str) -> None:
    response = shop.request(method, AGGREGATE)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


def test_what_is_not_there(shop: TestClient, plain: TestClient) -> None:
    found = shop.get("/slicer/cube/shop/search")
    assert (found.status_code, found.json()["error"]["type"]) == (501, "not_implemented")
    found = plain.get("/slicer/visualizer/")
    assert (found.status_code, found.json()["error"]["type"]) == (404, "not_found")


def test_limits_of_the_server_hold(shop_paths: tuple[Path, Path]) -> None:
    with serving(shop_paths, max_rows=3) as client:
        found = client.get("/slicer/cube/shop/members/item")
        assert (found.status_code, found.json()["error"]) == (422, "limit_exceeded")


def test_nothing_is_loaded(shop_paths: tuple[Path, Path], tmp_path: Path) -> None:
    with serving((shop_paths[0], tmp_path / "none")) as client:
        found = client.get("/slicer/cubes")
        assert (found.status_code, found.json()["error"]) == (503, "warehouse_unavailable")
        assert found.json()["message"]

"""Around the API: other origins, keys, methods, and what the workspace tells of itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.settings import program_version
from tests.api.serving import serving

ORIGIN = {"Origin": "http://viewer.example"}


@pytest.fixture(scope="module")
def locked(shop_paths: tuple[Path, Path]) -> Iterator[TestClient]:
    """The workspace behind a key."""
    with serving(shop_paths, api_key="sesame") as client:
        yield client


@pytest.mark.parametrize("address", ["/slicer/cubes", "/slicer/cube/shop/aggregate?cut=x", "/slicer/nope"])
def test_pages_of_other_origins_may_read_every_answer(shop: TestClient, address: str) -> None:
    headers = shop.get(address, headers=ORIGIN).headers
    assert headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert headers["access-control-max-age"] == "1728000"
    assert "Origin" in headers["vary"]
    assert "access-control-allow-headers" not in headers
    assert shop.get(address).headers["access-control-allow-origin"] == "*"


def test_browsers_ask_before_they_ask(locked: TestClient) -> None:
    response = locked.options("/slicer/cubes", headers={**ORIGIN, "Access-Control-Request-Method": "GET"})
    assert response.status_code == 200
    assert response.headers["access-control-allow-headers"] == "X-Requested-With"
    assert response.headers["access-control-allow-origin"] == ORIGIN["Origin"]


def test_nobody_may_where_nothing_is_configured(plain: TestClient, shop: TestClient) -> None:
    for response in (plain.get("/slicer/cubes", headers=ORIGIN), shop.get("/api/v1/cubes", headers=ORIGIN)):
        assert response.status_code == 200
        assert not [name for name in response.headers if name.startswith("access-control")]
    options = plain.options("/slicer/cubes", headers=ORIGIN)
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


def test_the_key_is_wanted_here_too(locked: TestClient) -> None:
    refused = locked.get("/slicer/cubes", headers=ORIGIN)
    assert (refused.status_code, refused.json()["error"]["type"]) == (401, "not_authenticated")
    assert refused.headers["www-authenticate"] == 'Basic realm="Default"'
    assert refused.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert locked.get("/slicer/cubes", auth=("anybody", "sesame")).status_code == 200
    native = locked.get("/api/v1/cubes")
    assert native.headers["content-type"] == "application/problem+json"


def test_head(shop: TestClient) -> None:
    for address, status in (("/slicer/cubes", 200), ("/slicer/nope", 404), ("/slicer/cube/nope/aggregate", 404)):
        response = shop.head(address)
        assert (response.status_code, response.text) == (status, "")
        assert response.headers["content-type"] == "application/json"


def test_version(shop: TestClient) -> None:
    version = program_version()
    assert shop.get("/slicer/version").json() == {"version": version, "server_version": version, "api_version": 2}


def test_info(shop: TestClient, plain: TestClient, locked: TestClient) -> None:
    info = shop.get("/slicer/info").json()
    assert info["json_record_limit"] == 4
    assert (info["label"], info["name"], info["related"]) == ("Toys", None, None)
    assert "nonsense" not in info
    assert plain.get("/slicer/info").json() == {
        "json_record_limit": 1000,
        "cubes_version": program_version(),
        "timezone": "UTC",
        "first_weekday": 0,
        "api_version": 2,
        "authentication": {"type": "none"},
    }
    assert locked.get("/slicer/info", auth=("", "sesame")).json()["authentication"] == {"type": "http_basic"}


def test_cubes(shop: TestClient) -> None:
    cubes = shop.get("/slicer/cubes").json()
    assert cubes[0] == {"name": "shop", "label": "The shop", "category": "toys", "info": {"cv-view-params": {}}}
    assert [cube["name"] for cube in cubes] == ["shop", "odd.shop", "moved", "bridged", "visits", "pay", "plans"]
    assert cubes[1]["label"] == "odd.shop"
    assert shop.get("/slicer/cubes?lang=sk").json()[0]["label"] == "Obchod"
    model = shop.get("/slicer/cube/shop/model?lang=sk").json()
    assert model["dimensions"][0]["label"] == "Tovar"


def test_other_pages(shop: TestClient) -> None:
    page = shop.get("/slicer/")
    assert page.headers["content-type"].startswith("text/html")
    assert "The shop" in page.text
    assert shop.get("/slicer").status_code == 200
    assert shop.get("/slicer/logout").text == "logged out"
    for address in ("/slicer/visualizer/", "/slicer/visualizer/index.html"):
        response = shop.get(address, follow_redirects=False)
        assert (response.status_code, response.headers["location"]) == (302, "http://localhost/viewer/")


@pytest.mark.parametrize("word", ["true", "yes", "1", "on", "YES"])
def test_json_for_people(shop: TestClient, word: str) -> None:
    text = shop.get("/slicer/version", params={"prettyprint": word}).text
    assert text.startswith('{\n    "version"')
    assert "\n" not in shop.get("/slicer/version", params={"prettyprint": "no"}).text


def test_answers_name_their_snapshot(shop: TestClient) -> None:
    assert shop.get("/slicer/cube/shop/aggregate").headers["x-cube-snapshot"] == "000001"

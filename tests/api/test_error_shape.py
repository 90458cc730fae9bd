"""Whatever is wrong, the answer has one shape. Every route gets nonsense."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from pathlib import Path

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

import api.routes
from api.app import create_app
from api.settings import Settings
from tests.api.serving import SAVED, assert_error, serving

CUBES = "/api/v1/cubes"
REPORTS = "/api/v1/reports"
PREFIXES = {"health": "", "opened": "", "reports": REPORTS, "warehouse": "/api/v1/warehouse"}
NAMES = {
    "cube": "sales",
    "suffix": "json",
    "report": str(SAVED["slug"]),
    "slug": str(SAVED["slug"]),
    "version": "1",
    "token": "7502c766",
    "load": "1",
    "measure": "amount",
}
"""What stands for the names in paths; the client's server has the report."""


def every_route() -> list[tuple[str, str]]:
    """List path and method of every route for programs, with names filled in."""
    found = []
    for info in pkgutil.iter_modules(api.routes.__path__):
        if info.name == "page":
            continue
        module = importlib.import_module(f"api.routes.{info.name}")
        prefix = PREFIXES.get(info.name, CUBES)
        for route in module.router.routes if hasattr(module, "router") else ():
            assert isinstance(route, Route)
            path = prefix + route.path
            for name, value in NAMES.items():
                path = path.replace(f"{{{name}}}", value)
            found += [(path, method) for method in sorted(route.methods or ())]
    return found


ROUTES = every_route()
WITH_BODY = [(path, method) for path, method in ROUTES if method in ("POST", "PUT")]
GETS = [path for path, method in ROUTES if method == "GET"]
CELL = f"{CUBES}/sales/cell"
"""Its errors are plain text, for the cell of a sheet: see test_spreadsheet_cell.py."""
OF_A_CUBE = [(path, method) for path, method in ROUTES if "/cubes/sales" in path and path != CELL]
OF_THE_API = [path for path in GETS if path != CELL and not path.startswith(("/health", "/ready"))]


def test_the_walk_finds_the_routes() -> None:
    assert len(ROUTES) == 38
    assert (f"{CUBES}/sales/query", "POST") in ROUTES


@pytest.mark.parametrize("path", sorted({path for path, _ in ROUTES}))
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "NONSENSE"])
def test_other_methods(client: TestClient, path: str, method: str) -> None:
    if (path, method) in ROUTES:
        return
    response = client.request(method, path)
    assert_error(response, 405, "method_not_allowed")
    assert "OPTIONS" in response.headers["allow"]


@pytest.mark.parametrize(("path", "method"), OF_A_CUBE)
def test_unknown_cubes(client: TestClient, path: str, method: str) -> None:
    query = "?level=product.product" if "members" in path else ""
    body: dict[str, str] | None = {} if method == "POST" else None
    response = client.request(method, path.replace("/sales", "/salse") + query, json=body)
    assert assert_error(response, 404, "not_found")["hint"] == "Did you mean 'sales'?"


@pytest.mark.parametrize("path", OF_THE_API)
@pytest.mark.parametrize("name", ["mesures", "langg", "", "\x00", "a[b]"])
def test_unknown_parameters(client: TestClient, path: str, name: str) -> None:
    assert_error(client.get(path, params={name: "1"}), 400, "invalid_query")


@pytest.mark.parametrize("path", OF_THE_API)
def test_bytes_that_are_not_utf8(client: TestClient, path: str) -> None:
    assert_error(client.get(f"{path}?lang=%ff"), 400, "invalid_request")


@pytest.mark.parametrize("path", OF_THE_API)
def test_too_many_parameters(client: TestClient, path: str) -> None:
    assert_error(client.get(path + "?" + "cut=a&" * 1001), 400, "invalid_request")


@pytest.mark.parametrize(("path", "method"), WITH_BODY)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"nonsense": 1}', b"[" * 5000, b'{"limit": NaN}']
)
def test_bodies_that_are_no_request(client: TestClient, path: str, method: str, body: bytes) -> None:
    response = client.request(method, path, content=body, headers={"content-type": "application/json", "if-match": "*"})
    assert_error(response, 400, "invalid_request")


@pytest.mark.parametrize(("path", "method"), WITH_BODY)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_other_content_types(client: TestClient, path: str, method: str, kind: str) -> None:
    response = client.request(method, path, content=b"{}", headers={"content-type": kind, "if-match": "*"})
    assert_error(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(("path", "method"), WITH_BODY)
def test_too_large_bodies(client: TestClient, path: str, method: str) -> None:
    headers = {"content-type": "application/json", "if-match": "*"}
    response = client.request(method, path, content=b" " * (1 << 20) + b"{}", headers=headers)
    assert_error(response, 413, "body_too_large")


@pytest.mark.parametrize("path", ["/nope", "/api/v1", f"{CUBES}/", f"{CUBES}/sales/", f"{CUBES}/sales/nope", "//"])
def test_paths_that_do_not_exist(client: TestClient, path: str) -> None:
    assert_error(client.get(f"http://localhost{path}"), 404, "not_found")


@pytest.mark.parametrize("resource", ["query", "facts", "members"])
def test_formats_that_do_not_exist(client: TestClient, resource: str) -> None:
    assert_error(client.get(f"{CUBES}/sales/{resource}.xyz"), 404, "not_found")
    body = assert_error(client.get(f"{CUBES}/sales/{resource}?format=cvs"), 400, "invalid_query")
    assert body["issues"] == [{"place": "format", "message": "'cvs' is no format.", "hint": "Did you mean 'csv'?"}]
    response = client.get(f"{CUBES}/sales/{resource}", headers={"accept": "image/png"})
    assert_error(response, 406, "not_acceptable")


def test_mistakes_come_all_at_once_with_pointers_and_nearest_names(client: TestClient) -> None:
    asked = {"measures": ["amuont"], "axes": {"rows": ["product.categroy"]}, "cut": [{"level": "time.day"}]}
    body = assert_error(client.post(f"{CUBES}/sales/query", json=asked), 400, "invalid_query")
    assert [issue["place"] for issue in body["issues"]] == [  # type: ignore[attr-defined]
        "/measures/0",
        "/axes/rows/0/level",
        "/cut/0",
    ]
    assert "amount" in body["issues"][0]["hint"]  # type: ignore[index]


def test_limits_refuse_the_whole_answer(toy_paths: tuple[Path, Path]) -> None:
    with serving(toy_paths, max_rows=3) as client:
        response = client.get(f"{CUBES}/sales/query?rows=product.product")
        assert_error(response, 422, "limit_exceeded")
    with serving(toy_paths, max_seconds=1e-9) as client:
        response = client.get(f"{CUBES}/sales/query?rows=product.product")
        assert_error(response, 503, "busy")
        assert response.headers["retry-after"] == "5"


def test_faults_show_an_id_that_is_in_the_log_and_nothing_else(
    toy_paths: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(model=toy_paths[0], warehouse=toy_paths[1]))

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError("the secret")

    with TestClient(app, base_url="http://localhost") as client, caplog.at_level(logging.ERROR):
        response = client.get("/broken")
    body = assert_error(response, 500, "internal_error")
    assert "secret" not in response.text
    (record,) = caplog.records
    assert str(body["id"]) in record.getMessage()
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ZeroDivisionError)

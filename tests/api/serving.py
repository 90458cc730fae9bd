"""Clients of a running application, and the one shape that every failure has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from httpx2 import Response
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings

SAVED = {
    "name": "Amounts",
    "slug": "amounts",
    "queries": {"main": {"cube": "sales", "measures": ["amount"], "axes": {"rows": ["product.department"]}}},
}
"""A report of the toy star that the tests' common client has."""

SHAPE = {"type", "title", "status", "detail", "code", "instance", "hint", "issues"}


@contextmanager
def serving(paths: tuple[Path, Path], **settings: object) -> Iterator[TestClient]:
    """Run the application on a model and a warehouse."""
    model, warehouse = paths
    app = create_app(Settings(model=model, warehouse=warehouse, **settings))  # type: ignore[arg-type]
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def assert_error(response: Response, status: int, code: str) -> dict[str, object]:
    """Assert that a response is the one error body, with this status and code; give the body."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = response.json()
    assert set(body) - {"id"} == SHAPE
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"urn:cube-server:error:{code}"
    assert ("id" in body) == (status == 500)
    for issue in body["issues"]:  # type: ignore[attr-defined]
        assert set(issue) == {"place", "message", "hint"}
    return body

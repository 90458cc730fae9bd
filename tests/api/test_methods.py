"""HEAD is GET without its body; OPTIONS tells the methods; no header lets other origins in."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.api.test_error_shape import GETS, ROUTES


def asked(path: str) -> str:
    if path.startswith("/r/"):
        # A whole report says how long it took, in more or fewer digits.
        return f"{path}?query=main"
    return f"{path}?level=product.product" if "members" in path else path


@pytest.mark.parametrize("path", GETS)
def test_head(client: TestClient, path: str) -> None:
    got, head = client.get(asked(path)), client.head(asked(path))
    assert (head.status_code, head.content) == (200, b"")
    timing = {"server-timing"}
    assert set(head.headers) == set(got.headers)
    same = set(got.headers) - timing
    assert {name: head.headers[name] for name in same} == {name: got.headers[name] for name in same}


@pytest.mark.parametrize("path", sorted({path for path, _ in ROUTES}))
def test_options(client: TestClient, path: str) -> None:
    response = client.options(path, headers={"origin": "https://elsewhere.example"})
    methods = {method for other, method in ROUTES if other == path}
    assert (response.status_code, response.content) == (204, b"")
    head = {"HEAD"} if "GET" in methods else set()
    assert set(response.headers["allow"].split(", ")) == methods | head | {"OPTIONS"}
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_head_and_options_of_nothing(client: TestClient) -> None:
    assert client.head("/nope").status_code == 404
    assert client.options("/nope").status_code == 404

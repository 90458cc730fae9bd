"""Who may ask: the Host header, the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from tests.api.serving import assert_error, serving
from tests.api.test_error_shape import ROUTES

KEY = "clé-2017"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]", "[::1]:8000"])
def test_loopback_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "localhost:x", "[::1", "a b"]
)
@pytest.mark.parametrize("path", ["/health", "/api/v1/cubes", "/nope"])
def test_other_hosts_are_refused(client: TestClient, host: str, path: str) -> None:
    assert_error(client.get(path, headers={"host": host}), 400, "invalid_host")


def test_configured_hosts_are_answered_too(toy_paths: tuple[Path, Path]) -> None:
    with serving(toy_paths, allowed_hosts=("Cubes.Example",)) as client:
        assert client.get("/health", headers={"host": "cubes.example:80"}).status_code == 200
        assert client.get("/health").status_code == 200
        assert_error(client.get("/health", headers={"host": "other.example"}), 400, "invalid_host")


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_the_key_guards_every_route(toy_paths: tuple[Path, Path], path: str, method: str) -> None:
    with serving(toy_paths, api_key=SecretStr(KEY)) as client:
        for asked in (method, "OPTIONS", "HEAD"):
            response = client.request(asked, path)
            assert response.status_code == 401
        refused = client.request(method, path, headers={"x-api-key": "wrong"})
        assert_error(refused, 401, "unauthorized")
        assert refused.headers["www-authenticate"] == 'Basic realm="cube-server", charset="UTF-8"'


def test_three_ways_to_send_the_key(toy_paths: tuple[Path, Path]) -> None:
    with serving(toy_paths, api_key=SecretStr(KEY)) as client:
        raw = KEY.encode()
        assert client.get("/health", headers={b"x-api-key": raw}).status_code == 200
        assert client.get("/health", headers={b"authorization": b"Bearer " + raw}).status_code == 200
        assert client.get("/health", auth=("anyone", KEY)).status_code == 200
        assert client.get("/health", auth=("", KEY)).status_code == 200
        assert client.get("/health", auth=(KEY, "")).status_code == 401
        assert client.get("/health", headers={"authorization": "Basic !!"}).status_code == 401

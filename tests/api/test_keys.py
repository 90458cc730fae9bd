"""Keys of the metadata database: how they are sent, when they are wanted, when they end, where they never appear."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from cube_server.metadata.database import FILE, open_metadata
from cube_server.metadata.keys import KeyInfo, Keys
from tests.api.serving import assert_error, serving

CUBES = "/api/v1/cubes"
HANGUL = "clé-2017"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """The keys of a server whose metadata lies in the test's folder."""
    return Keys(open_metadata(None, tmp_path))


@pytest.fixture
def paths(toy_paths: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """The toy star in a warehouse of the test's own."""
    (tmp_path / "snapshots").symlink_to(toy_paths[1] / "snapshots")
    (tmp_path / "data").symlink_to(toy_paths[1] / "data")
    return toy_paths[0], tmp_path


@pytest.fixture
def guarded(paths: tuple[Path, Path], keys: Keys) -> Iterator[tuple[TestClient, str]]:
    """A server that has a key, and the key."""
    _, key = keys.add("ann")
    with serving(paths) as client:
        yield client, key


def test_three_ways_to_send_a_key(guarded: tuple[TestClient, str]) -> None:
    client, key = guarded
    assert client.get(CUBES, headers={"x-api-key": key}).status_code == 200
    assert client.get(CUBES, headers={"authorization": f"Bearer {key}"}).status_code == 200
    assert client.get(CUBES, headers={"authorization": f"bearer {key}"}).status_code == 200
    assert client.get(CUBES, auth=("anyone", key)).status_code == 200
    assert client.get(CUBES, auth=("", key)).status_code == 200


@pytest.mark.parametrize("path", [CUBES, "/health", "/", "/assets/x.js", "/nope", f"{CUBES}/sales/query.csv"])
def test_without_one_nothing_is_answered_nor_redirected(guarded: tuple[TestClient, str], path: str) -> None:
    client, key = guarded
    for headers in ({}, {"x-api-key": key[:-1]}, {"authorization": "Basic !!"}, {"authorization": f"Basic {key}"}):
        response = client.get(path, headers={**headers, "accept": "text/html"}, follow_redirects=False)
        assert_error(response, 401, "unauthorized")
        assert response.headers["www-authenticate"] == 'Basic realm="cube-server", charset="UTF-8"'


def test_a_key_is_wanted_as_soon_as_one_is_made_and_ever_after(paths: tuple[Path, Path], keys: Keys) -> None:
    with serving(paths) as client:
        assert client.get(CUBES).status_code == 200
        _, key = keys.add("ann")
        end = time.monotonic() + 2
        while client.get(CUBES).status_code == 200:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert client.get(CUBES).status_code == 401
        assert client.get(CUBES, headers={"x-api-key": key}).status_code == 200
    keys.revoke("ann")
    with serving(paths) as client:
        assert client.get(CUBES).status_code == 401


def test_where_no_key_was_made_others_passwords_do_no_harm(paths: tuple[Path, Path]) -> None:
    # Behind a proxy that asks for a password of its own, the header arrives here.
    with serving(paths) as client:
        assert client.get(CUBES, auth=("ann", "the proxy's")).status_code == 200
    assert not (paths[1] / FILE).exists()


def test_a_revoked_key_ends_within_two_seconds(guarded: tuple[TestClient, str], keys: Keys) -> None:
    client, key = guarded
    assert client.get(CUBES, headers={"x-api-key": key}).status_code == 200
    keys.revoke("ann")
    end = time.monotonic() + 2
    while client.get(CUBES, headers={"x-api-key": key}).status_code == 200:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_no_request_waits_for_a_look_at_keys(guarded: tuple[TestClient, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known of a key is looked up again beside the request, and believed till then."""
    client, key = guarded
    assert client.get(CUBES, headers={"x-api-key": key}).status_code == 200
    looking, go_on = threading.Event(), threading.Event()
    find = Keys.find

    def slowly(keys: Keys, text: str) -> KeyInfo | None:
        looking.set()
        assert go_on.wait(60)
        return find(keys, text)

    monkeypatch.setattr(Keys, "find", slowly)
    time.sleep(1.1)
    assert client.get(CUBES, headers={"x-api-key": key}).status_code == 200
    assert looking.wait(60)
    go_on.set()


def test_without_keys_no_request_looks_whether_there_are_some(
    paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(paths) as client:
        assert client.get(CUBES).status_code == 200
        looking, go_on = threading.Event(), threading.Event()

        def slowly(_: Keys) -> bool:
            looking.set()
            return not go_on.wait(60)

        monkeypatch.setattr(Keys, "ever", slowly)
        # A look is on its way all by itself.
        assert looking.wait(60)
        assert client.get(CUBES).status_code == 200
        go_on.set()


def test_a_key_that_can_no_longer_be_looked_up_is_not_believed(guarded: tuple[TestClient, str], tmp_path: Path) -> None:
    client, key = guarded
    assert client.get(CUBES, headers={"x-api-key": key}).status_code == 200
    (tmp_path / FILE).write_bytes(b"no database " * 100)
    end = time.monotonic() + 2
    while (response := client.get(CUBES, headers={"x-api-key": key})).status_code == 200:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert_error(response, 503, "metadata_unavailable")


def test_an_expired_key_ends(guarded: tuple[TestClient, str], keys: Keys) -> None:
    client, _ = guarded
    _, key = keys.add("short", dt.timedelta(seconds=1))
    assert client.get(CUBES, headers={"x-api-key": key}).status_code == 200
    time.sleep(2)
    assert client.get(CUBES, headers={"x-api-key": key}).status_code == 401


def test_the_last_use_is_noted(guarded: tuple[TestClient, str], keys: Keys) -> None:
    client, key = guarded
    assert keys.all()[0].last_used is None
    client.get(CUBES, headers={"x-api-key": key})
    assert keys.all()[0].last_used is not None


def test_the_key_of_the_environment_is_one_more(paths: tuple[Path, Path], keys: Keys) -> None:
    _, key = keys.add("ann")
    with serving(paths, api_key=SecretStr(HANGUL)) as client:
        assert client.get(CUBES, headers={b"x-api-key": HANGUL.encode()}).status_code == 200
        assert client.get(CUBES, headers={"x-api-key": key}).status_code == 200
        assert client.get(CUBES).status_code == 401


def test_keys_and_tokens_are_in_no_log_and_no_answer(
    guarded: tuple[TestClient, str], caplog: pytest.LogCaptureFixture
) -> None:
    client, key = guarded
    wrong, token = f"{key[:-4]}beef", "cubet_0123456789_01234567_1_abc"
    told = ""
    with caplog.at_level(logging.DEBUG):
        for path in (CUBES, f"{CUBES}/sales/query?rows=nonsense", f"{CUBES}/sales/query?q={{", "/nope", "/health"):
            for given in (key, wrong):
                told += client.get(path, headers={"x-api-key": given}).text
                told += client.get(path, auth=(given, given)).text
            address = f"{path}{'&' if '?' in path else '?'}token={token}"
            response = client.get(address, headers={"x-api-key": key})
            assert response.status_code == 401
            told += response.text + str(response.headers)
    assert "GET /nope 404" in caplog.text
    for secret in (key, wrong, token):
        assert secret not in told
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("api", "cube_server"))]
    for secret in (key, wrong, token, key.rpartition("_")[2]):
        assert secret not in "\n".join(ours)


def test_a_database_that_is_broken_lets_nobody_in(paths: tuple[Path, Path], keys: Keys) -> None:
    _, key = keys.add("ann")
    with serving(paths) as client:
        (paths[1] / FILE).write_bytes(b"no database " * 100)
        response = client.get(CUBES, headers={"x-api-key": key})
        assert_error(response, 503, "metadata_unavailable")
        assert response.headers["retry-after"] == "5"
        assert key not in response.text


def test_a_warehouse_without_keys_that_cannot_be_written_is_served(paths: tuple[Path, Path]) -> None:
    address = SecretStr("sqlite:////proc/no/such/place.sqlite")
    with serving(paths, metadata=address) as client:
        assert client.get(CUBES).status_code == 200


ORIGIN = {"origin": "https://intra.example"}


def test_pages_of_named_origins_may_read_with_a_key(paths: tuple[Path, Path], keys: Keys) -> None:
    _, key = keys.add("ann")
    with serving(paths, cors_origins=("https://intra.example",)) as client:
        asked = {**ORIGIN, "access-control-request-method": "PUT", "access-control-request-headers": "X-API-Key"}
        preflight = client.options(CUBES, headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == ORIGIN["origin"]
        assert "PUT" in preflight.headers["access-control-allow-methods"]
        answer = client.get(CUBES, headers={**ORIGIN, "x-api-key": key})
        assert answer.headers["access-control-allow-origin"] == ORIGIN["origin"]
        assert "X-Cube-Snapshot" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers
        refused = client.get(CUBES, headers=ORIGIN)
        assert_error(refused, 401, "unauthorized")
        assert refused.headers["access-control-allow-origin"] == ORIGIN["origin"]
        other = {**asked, "origin": "https://other.example"}
        assert client.options(CUBES, headers=other).status_code == 400
        for response in (client.options(CUBES, headers=other), client.get(CUBES, headers={**other, "x-api-key": key})):
            assert "access-control-allow-origin" not in response.headers


def test_by_default_no_page_may(paths: tuple[Path, Path]) -> None:
    with serving(paths) as client:
        for response in (client.get(CUBES, headers=ORIGIN), client.options(CUBES, headers=ORIGIN)):
            assert not [name for name in response.headers if name.startswith("access-control")]

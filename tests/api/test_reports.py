"""Saving reports: versions, editors who are slower, mistakes, models that change, tokens."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from cube_server.metadata.database import open_metadata
from cube_server.metadata.keys import Keys
from tests.api.serving import assert_error, serving
from tests.toy.star import MODEL

REPORTS = "/api/v1/reports"

REPORT: dict[str, Any] = {
    "name": "Amounts of a year",
    "description": "By department and by quarter.",
    "queries": {
        "departments": {
            "cube": "sales",
            "measures": ["amount", "lines"],
            "axes": {"rows": ["product.department"]},
            "cut": [{"level": "time.year", "members": [{"parameter": "year"}]}],
            "totals": ["rows"],
        },
        "visits": {"cube": "visits", "measures": ["visits"]},
    },
    "parameters": {"year": {"level": "time.year", "default": 2024, "label": {"en": "Year", "ko": "연도"}}},
    "layout": "records",
    "chart": {"kind": "bar"},
    "view": {"cube": "sales", "rows": [{"levels": ["product.department"]}]},
}


@pytest.fixture
def reports(toy_paths: tuple[Path, Path], tmp_path: Path) -> Iterator[TestClient]:
    """A server of the toy star without reports."""
    with serving(toy_paths, metadata=SecretStr(f"sqlite:///{tmp_path / 'metadata.sqlite'}")) as client:
        yield client


def test_a_report_is_saved_and_read_as_it_was(reports: TestClient) -> None:
    made = reports.post(REPORTS, json=REPORT)
    assert made.status_code == 201, made.text
    body = made.json()
    assert body["report"] == {**REPORT, "slug": "amounts-of-a-year"}
    assert (body["version"], body["owner"], body["archived"], body["issues"]) == (1, "", None, [])
    assert body["address"] == "/r/amounts-of-a-year"
    assert made.headers["etag"] == '"1"'
    assert made.headers["location"] == f"{REPORTS}/amounts-of-a-year"
    for name in (body["id"], body["slug"]):
        got = reports.get(f"{REPORTS}/{name}")
        assert (got.json(), got.headers["etag"]) == (body, '"1"')
    (listed,) = reports.get(REPORTS).json()["reports"]
    assert listed == {name: value for name, value in body.items() if name != "report"}


def test_a_put_adds_a_version(reports: TestClient) -> None:
    reports.post(REPORTS, json=REPORT)
    address = f"{REPORTS}/amounts-of-a-year"
    changed = {**REPORT, "name": "Other name"}
    saved = reports.put(address, json=changed, headers={"if-match": '"1"'})
    assert (saved.status_code, saved.headers["etag"]) == (200, '"2"')
    assert saved.json()["slug"] == "amounts-of-a-year"
    versions = reports.get(f"{address}/versions").json()["versions"]
    assert [(each["version"], each["name"]) for each in versions] == [(2, "Other name"), (1, REPORT["name"])]
    assert reports.get(f"{address}/versions/1").json()["report"]["name"] == REPORT["name"]
    assert_error(reports.get(f"{address}/versions/3"), 404, "not_found")


def test_an_editor_who_was_slower_is_told(reports: TestClient) -> None:
    reports.post(REPORTS, json=REPORT)
    address = f"{REPORTS}/amounts-of-a-year"
    assert_error(reports.put(address, json=REPORT), 428, "version_required")
    assert reports.put(address, json=REPORT, headers={"if-match": '"1"'}).status_code == 200
    refused = assert_error(reports.put(address, json=REPORT, headers={"if-match": '"1"'}), 412, "stale")
    assert "has version 2 by now, not 1" in str(refused["detail"])
    assert_error(reports.delete(address, headers={"if-match": '"1"'}), 412, "stale")
    assert_error(reports.put(address, json=REPORT, headers={"if-match": "x"}), 400, "invalid_request")
    assert reports.put(address, json=REPORT, headers={"if-match": "*"}).json()["version"] == 3


def test_of_two_editors_at_once_one_wins(reports: TestClient) -> None:
    reports.post(REPORTS, json=REPORT)

    def put(number: int) -> int:
        body = {**REPORT, "description": str(number)}
        return reports.put(f"{REPORTS}/amounts-of-a-year", json=body, headers={"if-match": '"1"'}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(put, range(4))) == [200, 412, 412, 412]
    assert len(reports.get(f"{REPORTS}/amounts-of-a-year/versions").json()["versions"]) == 2


def test_what_is_deleted_is_archived_and_can_be_restored(reports: TestClient) -> None:
    reports.post(REPORTS, json=REPORT)
    address = f"{REPORTS}/amounts-of-a-year"
    deleted = reports.delete(address)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert reports.get(REPORTS).json() == {"reports": []}
    (archived,) = reports.get(f"{REPORTS}?archived=true").json()["reports"]
    assert archived["archived"] is not None
    refused = assert_error(reports.get("/r/amounts-of-a-year.json"), 404, "not_found")
    assert "archived" in str(refused["detail"])
    restored = reports.post(f"{address}/versions", json={"version": 1})
    assert (restored.status_code, restored.json()["version"], restored.json()["archived"]) == (201, 2, None)
    assert restored.json()["report"] == {**REPORT, "slug": "amounts-of-a-year"}
    assert reports.get("/r/amounts-of-a-year.json").status_code == 200


def test_slugs(reports: TestClient) -> None:
    first, second = (reports.post(REPORTS, json=REPORT).json() for _ in range(2))
    assert (first["slug"], second["slug"]) == ("amounts-of-a-year", "amounts-of-a-year-2")
    named = {**REPORT, "name": "연도별 매출", "slug": "by-year"}
    assert reports.post(REPORTS, json=named).json()["slug"] == "by-year"
    assert_error(reports.post(REPORTS, json=named), 409, "conflict")
    moved = {**named, "slug": "elsewhere"}
    body = assert_error(
        reports.put(f"{REPORTS}/by-year", json=moved, headers={"if-match": "*"}), 400, "invalid_request"
    )
    assert body["issues"][0]["place"] == "/slug"  # type: ignore[index]
    assert reports.post(REPORTS, json={**REPORT, "name": "매출"}).json()["slug"] == "report"
    for wrong in ("By-Year", "a.b", "-a", "a--b", "", "é", "a/b"):
        assert_error(reports.post(REPORTS, json={**REPORT, "slug": wrong}), 400, "invalid_request")


def test_every_mistake_is_told_at_once_with_its_place(reports: TestClient) -> None:
    wrong = {
        "name": "Wrong",
        "queries": {
            "one": {
                "cube": "sales",
                "measures": ["amuont"],
                "axes": {"rows": ["product.categroy"]},
                "cut": [
                    {"level": "time.year", "members": [{"parameter": "year"}, "soon"]},
                    {"level": "time.quarter", "members": [{"parameter": "yaer"}, {"parameter": "year"}]},
                    {"level": "time.year", "ranges": [{"from": {"parameter": "many"}}]},
                ],
            },
            "two": {"cube": "salse"},
            "three": {"cube": "sales", "mesures": []},
            "ONE": {"cube": "sales", "as_of": "000001"},
            "About": {"cube": "sales"},
        },
        "parameters": {
            "year": {"level": "time.year", "default": "never"},
            "many": {"level": "time.year", "many": True},
            "format": {"type": "int"},
            "both": {"type": "int", "level": "time.year", "default": "x"},
        },
    }
    body = assert_error(reports.post(REPORTS, json=wrong), 400, "invalid_report")
    found = {issue["place"]: f"{issue['message']} {issue['hint']}" for issue in body["issues"]}  # type: ignore[attr-defined]
    assert {place: found[place] for place in sorted(found)}.keys() == {
        "/parameters/both",
        "/parameters/both/default",
        "/parameters/format",
        "/parameters/year/default",
        "/queries/About",
        "/queries/ONE",
        "/queries/ONE/as_of",
        "/queries/one/axes/rows/0/level",
        "/queries/one/cut/0/members/1",
        "/queries/one/cut/1/members/0",
        "/queries/one/cut/1/members/1",
        "/queries/one/cut/2/ranges/0/from",
        "/queries/one/measures/0",
        "/queries/three/mesures",
        "/queries/two/cube",
    }
    assert "Did you mean 'year'?" in found["/queries/one/cut/1/members/0"]
    assert "Did you mean 'amount' or " in found["/queries/one/measures/0"]
    assert "Did you mean 'sales'?" in found["/queries/two/cube"]
    assert reports.get(REPORTS).json() == {"reports": []}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"queries": {}}, "/queries"),
        ({"queries": {"a b": {"cube": "sales"}}}, "/queries"),
        ({"queries": {"q" * 32: {"cube": "sales"}}}, "/queries"),
        ({"name": ""}, "/name"),
        ({"view": {"big": "x" * 300_000}}, "/view"),
        ({"chart": []}, "/chart"),
        ({"layout": "sideways"}, "/layout"),
        ({"parameters": {"year": {"level": "time.year", "typ": "int"}}}, "/parameters/year/typ"),
        ({"parameters": {"year": {"type": "integer"}}}, "/parameters/year/type"),
        ({"wiew": {}}, "/wiew"),
    ],
)
def test_shapes(reports: TestClient, change: dict[str, Any], place: str) -> None:
    body = assert_error(reports.post(REPORTS, json={**REPORT, **change}), 400, "invalid_request")
    assert [issue["place"].startswith(place) for issue in body["issues"]] == [True]  # type: ignore[attr-defined]


def test_a_report_that_a_later_model_does_not_fit_says_what_is_gone(
    toy_paths: tuple[Path, Path], tmp_path: Path
) -> None:
    model = tmp_path / "cubes.json"
    model.write_bytes(MODEL.read_bytes())
    metadata = SecretStr(f"sqlite:///{tmp_path / 'metadata.sqlite'}")
    with serving((model, toy_paths[1]), metadata=metadata, refresh_seconds=0.1) as client:
        client.post(REPORTS, json={**REPORT, "slug": "gone"})
        text = re.sub(r'"lines": \{', '"rows_of_facts": {', MODEL.read_text(encoding="utf-8"))
        assert text != MODEL.read_text(encoding="utf-8")
        json.loads(text)
        model.write_text(text, encoding="utf-8")
        end = time.monotonic() + 5
        while not client.get(f"{REPORTS}/gone").json()["issues"]:
            assert time.monotonic() < end
            time.sleep(0.1)
        (listed,) = client.get(REPORTS).json()["reports"]
        (issue,) = listed["issues"]
        assert issue["place"] == "/queries/departments/measures/1"
        assert "no measure 'lines'" in issue["message"]
        refused = assert_error(client.get("/r/gone.json"), 400, "invalid_query")
        assert refused["issues"] == [issue]
        assert client.get("/r/gone.csv?query=visits").status_code == 200


def test_reports_are_listed_while_nothing_is_loaded(tmp_path: Path, toy_paths: tuple[Path, Path]) -> None:
    metadata = SecretStr(f"sqlite:///{tmp_path / 'metadata.sqlite'}")
    with serving(toy_paths, metadata=metadata) as client:
        client.post(REPORTS, json={**REPORT, "slug": "one"})
    with serving((MODEL, tmp_path / "nothing"), metadata=metadata) as client:
        assert [each["issues"] for each in client.get(REPORTS).json()["reports"]] == [None]
        assert_error(client.post(REPORTS, json=REPORT), 503, "warehouse_unavailable")
        assert_error(client.get("/r/one.json"), 503, "warehouse_unavailable")


def test_a_database_that_cannot_be_written_is_told_when_something_is_saved(toy_paths: tuple[Path, Path]) -> None:
    with serving(toy_paths, metadata=SecretStr("sqlite:////proc/no/such.sqlite")) as client:
        assert client.get(REPORTS).json() == {"reports": []}
        body = assert_error(client.post(REPORTS, json=REPORT), 503, "metadata_unavailable")
        assert "CUBE_METADATA" in str(body["hint"])


@pytest.fixture
def shared(toy_paths: tuple[Path, Path], tmp_path: Path) -> Iterator[TestClient]:
    """A server with a key, whose client sends it, and two reports."""
    address = f"sqlite:///{tmp_path / 'metadata.sqlite'}"
    _, key = Keys(open_metadata(address, tmp_path)).add("ann")
    with serving(toy_paths, metadata=SecretStr(address)) as client:
        client.headers["x-api-key"] = key
        for slug in ("one", "two"):
            client.post(REPORTS, json={**REPORT, "slug": slug})
        yield client


def test_the_owner_is_the_key(shared: TestClient) -> None:
    assert {each["owner"] for each in shared.get(REPORTS).json()["reports"]} == {"ann"}


def test_a_token_opens_one_report_and_nothing_else(shared: TestClient) -> None:
    made = shared.post(f"{REPORTS}/one/tokens", json={"expires": "7d"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    address, token = made.json()["address"], made.json()["token"]
    assert address == f"/r/one?token={token}"
    # Some spreadsheets have a field for an address' key, which they call so.
    assert shared.get(f"/r/one.csv?query=departments&api_key={token}&year=2023", headers={"x-api-key": ""}).is_success
    del shared.headers["x-api-key"]
    for suffix in ("json", "csv", "xlsx", "html"):
        response = shared.get(f"/r/one.{suffix}?query=departments&token={token}&year=2023")
        assert response.status_code == 200
        assert token not in response.text
        assert token not in str(response.headers)
    shown = shared.get(
        address + "&query=departments", headers={"accept": "text/html,*/*;q=0.8"}, follow_redirects=False
    )
    assert (shown.status_code, shown.headers["referrer-policy"]) == (200, "no-referrer")
    assert "<table" in shown.text
    for path in ("/r/two.json", "/r/nope.json"):
        assert_error(shared.get(f"{path}?token={token}"), 403, "forbidden")
    for path in ("/", "/health", REPORTS, f"{REPORTS}/one", "/api/v1/cubes/sales/query", "/nope"):
        assert_error(shared.get(f"{path}?token={token}"), 403, "forbidden")
    assert_error(shared.post(f"{REPORTS}/one/tokens?token={token}", json={}), 403, "forbidden")
    assert_error(shared.get(f"/r/one.json?token={token[:-1]}"), 401, "unauthorized")
    assert_error(shared.get("/r/one.json?token="), 401, "unauthorized")
    assert_error(shared.get("/r/one.json"), 401, "unauthorized")


def test_a_token_is_revoked_within_two_seconds(shared: TestClient) -> None:
    made = shared.post(f"{REPORTS}/one/tokens", json={}).json()
    opened = f"/r/one.json?token={made['token']}"
    assert shared.get(opened).status_code == 200
    (listed,) = shared.get(f"{REPORTS}/one/tokens").json()["tokens"]
    assert listed == {name: value for name, value in made.items() if name not in ("token", "address")}
    assert shared.delete(f"{REPORTS}/two/tokens/{made['id']}").status_code == 404
    assert shared.delete(f"{REPORTS}/one/tokens/{made['id']}").status_code == 204
    end = time.monotonic() + 2
    while shared.get(opened).status_code == 200:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert_error(shared.get(opened), 401, "unauthorized")


@pytest.mark.parametrize("span", ["", "soon", "-1d", "0d", 7])
def test_a_token_needs_an_end(shared: TestClient, span: object) -> None:
    assert_error(shared.post(f"{REPORTS}/one/tokens", json={"expires": span}), 400, "invalid_request")


def test_a_token_works_on_a_server_without_keys_too(reports: TestClient) -> None:
    reports.post(REPORTS, json={**REPORT, "slug": "one"})
    token = reports.post(f"{REPORTS}/one/tokens", json={}).json()["token"]
    assert reports.get(f"/r/one.json?token={token}").status_code == 200
    assert_error(reports.get(f"/api/v1/cubes?token={token}"), 403, "forbidden")

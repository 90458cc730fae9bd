"""ETag and If-None-Match: an answer that the client has is not computed again."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load
from tests.api.serving import serving
from tests.toy.star import FOLDER, MODEL, toy_warehouse

CUBE = "/api/v1/cubes/sales"
ASKED = f"{CUBE}/query.csv?rows=product.department"


def tag(client: TestClient, path: str, **headers: str) -> str:
    return client.get(path, headers=headers).headers["etag"]


@pytest.mark.parametrize(
    "path", [ASKED, f"{CUBE}/cell", f"{CUBE}/facts.html", f"{CUBE}/members.xml?level=store.store", f"{ASKED}&limit=1"]
)
def test_the_same_again_is_304_without_a_body(client: TestClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    known = first.headers["etag"]
    for method in ("GET", "HEAD"):
        again = client.request(method, path, headers={"if-none-match": f'"other", {known}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == known
        assert again.headers["cache-control"] == "private, no-cache"
        assert "server-timing" not in again.headers
    strong = known.removeprefix("W/")
    assert client.get(path, headers={"if-none-match": strong}).status_code == 304
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_what_differs_in_an_answer_differs_in_its_tag(client: TestClient) -> None:
    tags = [
        tag(client, ASKED),
        tag(client, f"{ASKED}&measures=lines"),
        tag(client, f"{ASKED}&guard=off"),
        tag(client, f"{ASKED}&lang=ko"),
        tag(client, ASKED.replace("csv", "xlsx")),
        tag(client, f"{CUBE}/query?rows=product.department", accept="text/html"),
        tag(client, f"{CUBE}/query?rows=product.department", accept="text/csv"),
    ]
    assert len(set(tags)) == len(tags)


def test_one_question_written_in_two_ways_has_one_tag(client: TestClient) -> None:
    both = f"{CUBE}/query.csv?measures=lines&cut=time.year:2024;product.department:Food"
    assert tag(client, both) == tag(client, both.replace(";", "&cut="))
    assert tag(client, ASKED) == tag(client, f"{ASKED}&as_of=000001")


def test_a_wrong_question_is_wrong_whatever_the_client_has(client: TestClient) -> None:
    known = tag(client, ASKED)
    assert client.get(f"{ASKED}&measures=nothing", headers={"if-none-match": known}).status_code == 400
    assert "etag" not in client.post(f"{CUBE}/query", json={}, headers={"if-none-match": known}).headers


def test_a_newer_snapshot_has_another_tag(tmp_path: Path) -> None:
    model, warehouse = toy_warehouse(tmp_path)
    source = tmp_path / "source"
    shutil.copytree(FOLDER, source)
    with serving((model, warehouse)) as client:
        known = tag(client, ASKED)
        load(read_model(MODEL), str(source), warehouse, progress=SILENT)
        end = time.monotonic() + 5
        while client.get(f"{CUBE}/query").headers["x-cube-snapshot"] == "000001" and time.monotonic() < end:
            time.sleep(0.05)
        assert client.get(ASKED, headers={"if-none-match": known}).status_code == 200
        assert client.get(f"{ASKED}&as_of=000001", headers={"if-none-match": known}).status_code == 304


def test_text_is_compressed_for_those_who_ask(client: TestClient) -> None:
    path = f"{CUBE}/facts.html"
    plain = client.get(path, headers={"accept-encoding": "identity"})
    packed = client.get(path, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.content == plain.content
    assert "content-encoding" not in client.get(f"{CUBE}/facts.parquet").headers
    assert "content-encoding" not in client.get(ASKED).headers

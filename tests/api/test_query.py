"""Queries over HTTP. Expected numbers are those that tests/toy/README.md adds up by hand."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from api.wire.options import Format

QUERY = "/api/v1/cubes/sales/query"


def test_a_header_and_one_row_measures_in_the_order_asked(client: TestClient) -> None:
    response = client.get(f"{QUERY}?measures=quantity,amount,baskets&format=csv")
    assert response.text == "quantity,amount,baskets\r\n26,65.94,11\r\n"


def test_every_format_has_the_headers(client: TestClient) -> None:
    for format in Format:
        headers = client.get(f"{QUERY}.{format}?rows=product.department&limit=3").headers
        assert headers["x-cube-snapshot"] == "000001"
        assert headers["x-total-rows"] == "4"
        assert headers["x-truncated"] == "true"
        assert headers["x-cube-source"] == "scan"
        assert headers["server-timing"].startswith("query;dur=")
        assert "format;dur=" in headers["server-timing"]
        assert headers["link"] == (
            f'<{QUERY}.{format}?rows=product.department&limit=3&offset=3&as_of=000001>; rel="next"'
        )


def test_the_format_is_the_suffix_then_the_parameter_then_accept(client: TestClient) -> None:
    csv, tsv, json_type = "text/csv", "text/tab-separated-values", "application/json"

    def kind(path: str, accept: str) -> str:
        return client.get(path, headers={"accept": accept}).headers["content-type"].partition(";")[0]

    assert kind(f"{QUERY}.csv?format=tsv", json_type) == csv
    assert kind(f"{QUERY}?format=tsv", csv) == tsv
    assert kind(QUERY, "text/csv;q=0.5, text/tab-separated-values") == tsv
    assert kind(QUERY, "text/html, application/xhtml+xml, */*;q=0.8") == "text/html"
    assert kind(QUERY, "*/*") == json_type
    assert kind(QUERY, "text/csv;q=0, */*") == json_type


def test_records_mark_unknown_members_and_depths(client: TestClient) -> None:
    rows = client.get(f"{QUERY}?measures=amount&rows=product.department&totals=rows").json()
    assert [(row["product.department"], row["product.depth"], row["amount"]) for row in rows] == [
        (None, 0, 65.94),
        ("Food", 1, 47.5),
        ("Home", 1, 20.94),
        ({"unknown": True}, 1, 2.5),
        (None, 1, -5.0),
    ]


def test_records_in_an_object(client: TestClient) -> None:
    body = client.get(f"{QUERY}?measures=amount&rows=time.month&limit=2&meta=true").json()
    assert body["data"] == [
        {"time.year": 2023, "time.quarter": "Q4", "time.month": "2023-12", "time.depth": 3, "amount": 12.5},
        {"time.year": 2024, "time.quarter": "Q1", "time.month": "2024-01", "time.depth": 3, "amount": 69.99},
    ]
    assert body["meta"] | {"milliseconds": 0} == {
        "snapshot": "000001",
        "data_date": "2024-12-31",
        "total_rows": 5,
        "truncated": True,
        "source": "scan",
        "notes": [],
        "milliseconds": 0,
    }
    assert (
        body["next"]
        == f"{QUERY}?rows=time.month&measures=amount&limit=2".replace(
            "rows=time.month&measures=amount", "measures=amount&rows=time.month"
        )
        + "&offset=2&as_of=000001&meta=true"
    )


def test_post_answers_a_cell_set(client: TestClient) -> None:
    asked = {"measures": ["amount", "lines"], "axes": {"rows": ["product.department"], "columns": ["time.year"]}}
    body = client.post(QUERY, json=asked).json()
    assert body["cube"] == "sales"
    assert [measure["name"] for measure in body["measures"]] == ["amount", "lines"]
    assert body["axes"]["columns"]["tuples"] == [
        [{"key": [2023], "caption": "2023"}],
        [{"key": [2024], "caption": "2024"}],
    ]
    rows = body["axes"]["rows"]
    assert rows["levels"] == [{"name": "product.department", "hierarchy": "product", "depth": 1, "label": "Department"}]
    assert (rows["total"], rows["offset"]) == (4, 0)
    assert rows["tuples"][0] == [{"key": ["Food"], "caption": "Food"}]
    assert rows["tuples"][2] == [{"key": [{"unknown": True}], "caption": None, "unknown": True}]
    # Food in 2023 is lines 1 to 3; Home has no sale then.
    assert body["cells"]["amount"][:2] == [[12.5, 35.0], [None, 20.94]]
    assert body["cells"]["lines"][:2] == [[3, 6], [None, 5]]


def test_totals_are_null_members_in_tuples(client: TestClient) -> None:
    body = client.get(f"{QUERY}?measures=amount&rows=product.department,time.year&totals=rows&layout=cellset").json()
    assert body["axes"]["rows"]["tuples"][0] == [None, None]
    assert body["cells"]["amount"][0] == [65.94]


def test_get_has_the_power_of_post(client: TestClient) -> None:
    asked = {"measures": ["amount"], "axes": {"rows": [{"level": "product.category", "alone": True}]}}
    posted = client.post(QUERY, params={"layout": "records"}, json=asked)
    by_text = client.get(QUERY, params={"measures": "amount", "rows": "~product.category"})
    by_json = client.get(QUERY, params={"q": json.dumps(asked)})
    assert posted.json() == by_text.json() == by_json.json()


def test_pages_concatenate_to_the_whole(client: TestClient) -> None:
    whole = client.get(f"{QUERY}?measures=amount&rows=product.product&order=-amount").json()
    address: str | None = f"{QUERY}?measures=amount&rows=product.product&order=-amount&limit=3&meta=true"
    pages = []
    while address:
        body = client.get(address).json()
        pages += body["data"]
        address = body["next"]
    assert pages == whole
    assert len(whole) == 10


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (5, 100), (100, 0)])
def test_there_is_no_page_after_the_last(client: TestClient, limit: int, offset: int) -> None:
    response = client.get(f"{QUERY}?rows=product.product&limit={limit}&offset={offset}")
    assert "link" not in response.headers
    assert response.headers["x-truncated"] == str(limit < 10 or offset > 0).lower()


def test_the_next_page_of_a_post_is_a_get(client: TestClient) -> None:
    asked = {"axes": {"rows": ["time.month"]}, "cut": [{"level": "time.year", "members": [2024]}], "limit": 3}
    first = client.post(QUERY, json=asked).json()
    second = client.get(first["next"]).json()
    assert second["axes"]["rows"]["offset"] == 3
    assert [row[0]["key"][2] for row in second["axes"]["rows"]["tuples"]] == ["2024-12"]


def test_labels_are_in_the_language_asked(client: TestClient) -> None:
    assert client.get("/api/v1/cubes?lang=ko").json()["label"] == "장난감 가게"
    assert client.get("/api/v1/cubes", headers={"accept-language": "de, ko-KR;q=0.8"}).json()["language"] == "ko"
    assert client.get("/api/v1/cubes").json()["label"] == "Toy shop"


def test_csv_may_begin_with_a_mark(client: TestClient) -> None:
    assert client.get(f"{QUERY}.csv?bom=true").content.startswith(b"\xef\xbb\xbfamount\r\n")


def test_explain_shows_spec_and_plan(client: TestClient) -> None:
    response = client.get("/api/v1/cubes/sales/explain?rows=product.department&measures=amount")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert "sum(amount)" in response.text
    assert client.get(response.url.raw_path.decode(), headers={"accept": "text/plain"}).text == response.text
    posted = client.post(
        "/api/v1/cubes/sales/explain", json={"measures": ["amount"], "axes": {"rows": ["product.department"]}}
    )
    assert posted.text == response.text

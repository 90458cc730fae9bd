"""Answers too long for one piece are sent in chunks, and are whole."""

from __future__ import annotations

import csv
import io

import pyarrow.ipc
import pytest
from starlette.testclient import TestClient

QUERY = "/api/v1/cubes/sales/query"
PRODUCTS = "rows=product.product&measures=sales,lines"
LINES = 1_469_307
"""The published number of sales lines."""


def test_every_format_gives_all_rows(panel: TestClient) -> None:
    records = panel.get(f"{QUERY}.json?{PRODUCTS}")
    text = panel.get(f"{QUERY}.csv?{PRODUCTS}").text
    arrow = pyarrow.ipc.open_stream(panel.get(f"{QUERY}.arrow?{PRODUCTS}").content).read_all()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert "content-length" not in records.headers
    assert len(rows) == len(records.json()) == arrow.num_rows == int(records.headers["x-total-rows"])
    assert sum(int(row["lines"]) for row in rows) == LINES
    assert sum(row["lines"] for row in records.json()) == sum(arrow["lines"].to_pylist()) == LINES


def test_a_cell_set_gives_all_cells(panel: TestClient) -> None:
    body = panel.get(f"{QUERY}?{PRODUCTS}&layout=cellset").json()
    assert sum(row[0] for row in body["cells"]["lines"]) == LINES
    assert len(body["cells"]["sales"]) == body["axes"]["rows"]["total"]


@pytest.mark.parametrize("cube", ["sales", "contacts"])
def test_the_grand_total_is_the_published_one(panel: TestClient, cube: str) -> None:
    published = {"sales": "sales\r\n4596039.58\r\n", "contacts": "contacts\r\n6589\r\n"}
    assert panel.get(f"/api/v1/cubes/{cube}/query.csv").text == published[cube]

"""HTML, XML, Parquet and the kinds of CSV: what each says beside the numbers, and what it refuses."""

from __future__ import annotations

import io
from urllib.parse import unquote
from xml.etree import ElementTree

import polars as pl
import pyarrow.parquet
import pytest
from starlette.testclient import TestClient

from api.errors import NotAcceptableError
from api.formats.html import write_html
from api.formats.table import Table
from api.formats.xml import write_xml
from api.wire.options import MEDIA_TYPES
from tests.api.reading import READERS, read_csv
from tests.api.serving import assert_error
from tests.api.test_spreadsheet_xlsx import ABOUT

QUERY = "/api/v1/cubes/sales/query"
FOOD = "rows=product.department&measures=amount&cut=product.department:Food"
NASTY = '<script>alert("1")</script> & "é" 가나다'


def test_html_is_one_table_with_an_id_and_says_what_is_left_out(client: TestClient) -> None:
    response = client.get(f"{QUERY}.html?rows=product.department&totals=rows&limit=2&lang=ko")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert response.text.count("<table") == 1
    assert '<html lang="ko">' in response.text
    assert '<table id="sales">\n<thead><tr><th scope="col">product.department</th>' in response.text
    assert '<tr class="total"><td></td><td>0</td><td>false</td><td>65.94</td></tr>' in response.text
    assert "A page: 2 of 5 rows." in response.text


def test_names_in_html_are_text(client: TestClient) -> None:
    del client
    page = b"".join(write_html(Table(rows=pl.DataFrame({NASTY: [NASTY]})), ABOUT))
    assert b"<script" not in page
    assert READERS["html"](page) == ([NASTY], [[NASTY]])


def test_xml_is_a_rowset_for_xpath(client: TestClient) -> None:
    rows = ElementTree.fromstring(client.get(f"{QUERY}.xml?rows=product.department&measures=amount").content)
    assert rows.tag == "rows"
    assert (rows.get("cube"), rows.get("snapshot"), rows.get("total")) == ("sales", "000001", "4")
    assert [cell.text for cell in rows.findall("./row/amount")] == ["47.5", "20.94", "2.5", "-5"]
    assert [cell.text for cell in rows.findall("./row/product.department")] == ["Food", "Home", None, None]


def test_any_name_and_any_text_survives_xml_or_is_refused() -> None:
    names = [NASTY, "xml", "2017/Q1 | sales", "매출", "a b"]
    texts = [NASTY, "a\r\nb", "", " x ", None]
    frame = pl.DataFrame({name: [text] for name, text in zip(names, texts, strict=True)})
    assert READERS["xml"](b"".join(write_xml(Table(rows=frame), ABOUT))) == (names, [texts])
    for broken in ({"a": ["x\x01"]}, {"a\x01": ["x"]}):
        with pytest.raises(NotAcceptableError):
            next(write_xml(Table(rows=pl.DataFrame(broken)), ABOUT))


def test_parquet_has_types_and_says_where_it_comes_from(client: TestClient) -> None:
    file = pyarrow.parquet.ParquetFile(io.BytesIO(client.get(f"{QUERY}.parquet?{FOOD}").content))
    assert file.read().to_pylist() == [
        {"product.department": "Food", "product.depth": 1, "product.unknown": False, "amount": 47.5}
    ]
    known = file.metadata.metadata
    assert (known[b"cube"], known[b"snapshot"]) == (b"sales", b"000001")
    assert known[b"query"].decode().startswith(f"{QUERY}.parquet?measures=amount")


def test_csv_for_places_with_a_decimal_comma(client: TestClient) -> None:
    text = client.get(f"{QUERY}.csv?{FOOD}&delimiter=;&decimal=,").text
    assert text == "product.department;product.depth;product.unknown;amount\r\nFood;1;false;47,5\r\n"
    for delimiter in (";", "|", "%09"):
        found = client.get(f"{QUERY}.csv?{FOOD}&delimiter={delimiter}").content
        assert read_csv(found, unquote(delimiter))[1] == [["Food", "1", "false", "47.5"]]
    assert client.get(f"{QUERY}.tsv?{FOOD}&decimal=,").text.endswith("\t47,5\r\n")


@pytest.mark.parametrize(
    ("asked", "place"),
    [("decimal=,", "decimal"), ("decimal=x", "decimal"), ("delimiter=x", "delimiter"), ("guard=maybe", "guard")],
)
def test_wrong_choices_are_named(client: TestClient, asked: str, place: str) -> None:
    body = assert_error(client.post(f"{QUERY}.csv?{asked}", json={}), 400, "invalid_query")
    assert body["issues"][0]["place"] == place  # type: ignore[index]


def test_the_next_page_is_given_in_the_same_way(client: TestClient) -> None:
    asked = "rows=product.department&measures=amount&delimiter=;&decimal=,&guard=off"
    link = client.get(f"{QUERY}.csv?{asked}&limit=3").headers["link"].partition(">")[0].removeprefix("<")
    assert client.get(link).text.splitlines()[1] == ";1;false;-5"


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("query.csv?measures=amout", "Cube 'sales' has no measure 'amout'. Did you mean 'amount'"),
        ("query.tsv?decimal=x", "'x' is no decimal. Valid: ., ,"),
        ("facts?format=csv&limit=x", "'x'"),
        ("members.csv?level=product.kind", "No level 'product.kind'"),
    ],
)
def test_errors_of_csv_are_one_line_of_text(client: TestClient, asked: str, line: str) -> None:
    response = client.get(f"/api/v1/cubes/sales/{asked}")
    assert (response.status_code, response.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert line in response.text
    assert "\n" not in response.text


def test_errors_are_text_too_where_csv_is_asked_by_a_header(client: TestClient) -> None:
    response = client.get(f"{QUERY}?measures=amout", headers={"accept": "text/csv"})
    assert response.headers["content-type"].startswith("text/plain")
    assert_error(client.get(f"{QUERY}.html?measures=amout", headers={"accept": "text/csv"}), 400, "invalid_query")


@pytest.mark.parametrize("resource", ["query", "facts", "members"])
def test_openapi_lists_every_format(client: TestClient, resource: str) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    told = paths[f"/api/v1/cubes/{{cube}}/{resource}"]["get"]
    assert set(told["responses"]["200"]["content"]) == set(MEDIA_TYPES.values())
    assert {"guard", "delimiter", "decimal"} <= {parameter["name"] for parameter in told["parameters"]}
    assert "/api/v1/cubes/{cube}/cell" in paths

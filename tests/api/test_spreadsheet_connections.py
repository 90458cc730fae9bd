"""Files that open in Excel and ask the server again. There is no Excel here: their form is what is tested."""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree

import polars as pl
import pytest
from starlette.testclient import TestClient

from api.formats.connections import power_query
from tests.api.serving import assert_error

CUBE = "/api/v1/cubes/sales"
ASKED = "rows=product.department&measures=amount,lines&cut=product.department:Food"
MASHUP = "{http://schemas.microsoft.com/DataMashup}"


def test_a_web_query_names_the_address_of_the_html_table(client: TestClient) -> None:
    response = client.get(f"{CUBE}/connection.iqy?{ASKED}")
    assert response.headers["content-type"] == "text/x-ms-iqy; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="sales.iqy"'
    web, version, address, *rest = response.text.split("\r\n")
    assert (web, version, rest[0]) == ("WEB", "1", "")
    assert address == f"http://localhost{CUBE}/query.html?{ASKED}"
    assert "<td>47.5</td>" in client.get(address).text


def formula(text: str) -> str:
    """Take the Power Query out of a connection file."""
    found = re.search(r"<odc:PowerQueryMashupData>(.*?)</odc:PowerQueryMashupData>", text, re.DOTALL)
    assert found is not None
    mashup = ElementTree.fromstring(unescape(found.group(1)))
    query = mashup.find(f"{MASHUP}Items/{MASHUP}Query/{MASHUP}Formula")
    assert query is not None
    assert query.text is not None
    return query.text


def test_a_connection_holds_a_power_query_with_types(client: TestClient) -> None:
    response = client.get(f"{CUBE}/connection.odc?{ASKED}")
    assert response.headers["content-type"] == "text/x-ms-odc; charset=utf-8"
    text = formula(response.text)
    address = f"http://localhost{CUBE}/query.csv?{ASKED}"
    assert f'Web.Contents("{address}")' in text
    assert '{"product.department", type text}' in text
    assert '{"amount", type number}, {"lines", Int64.Type}' in text
    assert client.get(address).text.splitlines()[0].split(",") == re.findall(r'\{"([^"]+)", ', text)


def test_headings_and_layout_are_those_of_the_table(client: TestClient) -> None:
    asked = "rows=product.department&columns=time.year&measures=amount&layout=pivot&headers=captions&lang=ko"
    text = formula(client.get(f"{CUBE}/connection.odc?{asked}").text)
    header = client.get(f"{CUBE}/query.csv?{asked}").text.splitlines()[0]
    assert header.split(",") == re.findall(r'\{"([^"]+)", ', text)


@pytest.mark.parametrize("suffix", ["iqy", "odc"])
def test_a_wrong_question_fails_here_and_not_in_excel(client: TestClient, suffix: str) -> None:
    assert_error(client.get(f"{CUBE}/connection.{suffix}?measures=amout"), 400, "invalid_query")


def test_texts_of_m_are_escaped() -> None:
    schema = pl.Schema({'a "b" #(c)': pl.String(), "d": pl.Date(), "t": pl.Datetime(), "f": pl.Boolean()})
    text = power_query('http://x/?q="a"', schema)
    assert 'Web.Contents("http://x/?q=""a""")' in text
    assert '{"a ""b"" #(#)(c)", type text}, {"d", type date}, {"t", type datetime}, {"f", type logical}' in text

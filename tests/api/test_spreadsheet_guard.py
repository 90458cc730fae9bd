"""Members with names like formulas: harmless in spreadsheets, unchanged for machines."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator

import openpyxl
import pytest
from starlette.testclient import TestClient

from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load
from tests.api.reading import READERS
from tests.api.serving import serving
from tests.toy.star import FOLDER, MODEL

CUBE = "/api/v1/cubes/sales"
BRANDS = {"Fresh": '=HYPERLINK("http://evil.example","x")', "House": "-2+3", "Glow": "@SUM(1)"}
ASKED = "rows=product.brand&measures=amount"


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The toy star whose brands look like formulas."""
    folder = tmp_path_factory.mktemp("nasty")
    shutil.copytree(FOLDER, folder / "source")
    products = folder / "source" / "dim_product.csv"
    text = products.read_text(encoding="utf-8")
    for brand, name in BRANDS.items():
        quoted = '"' + name.replace('"', '""') + '"'
        text = text.replace(f",{brand}\n", f",{quoted}\n")
    products.write_text(text, encoding="utf-8")
    load(read_model(MODEL), str(folder / "source"), folder / "warehouse", progress=SILENT)
    with serving((MODEL, folder / "warehouse")) as client:
        yield client


def brands(client: TestClient, format: str, *, more: str = "") -> set[object]:
    names, rows = READERS[format](client.get(f"{CUBE}/query.{format}?{ASKED}{more}").content)
    return {row[names.index("product.brand")] for row in rows} - {None}


@pytest.mark.parametrize("format", ["csv", "tsv", "html"])
def test_text_that_looks_like_a_formula_gets_an_apostrophe(nasty: TestClient, format: str) -> None:
    assert brands(nasty, format) == {f"'{name}" for name in BRANDS.values()}


@pytest.mark.parametrize("format", READERS)
def test_without_the_guard_every_name_is_itself(nasty: TestClient, format: str) -> None:
    assert brands(nasty, format, more="&guard=off") == set(BRANDS.values())


@pytest.mark.parametrize("format", ["xml", "xlsx", "parquet", "arrow"])
def test_formats_that_know_what_is_text_need_no_guard(nasty: TestClient, format: str) -> None:
    assert brands(nasty, format) == set(BRANDS.values())


def test_a_workbook_has_no_formula_and_marks_such_texts(nasty: TestClient) -> None:
    for more, marked in (("", True), ("&guard=off", False)):
        sheet = openpyxl.load_workbook(io.BytesIO(nasty.get(f"{CUBE}/query.xlsx?{ASKED}{more}").content))["Data"]
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value in BRANDS.values()]
        assert len(cells) == 3
        assert {(cell.data_type, cell.quotePrefix) for cell in cells} <= {("s", marked), ("inlineStr", marked)}


def test_numbers_are_never_guarded(nasty: TestClient) -> None:
    text = nasty.get(f"{CUBE}/query.csv?rows=product.department&measures=amount").text
    assert "\r\n,1,false,-5\r\n" in text


def test_headers_are_guarded_too(nasty: TestClient) -> None:
    asked = f"{CUBE}/query.csv?columns=product.brand&measures=lines&layout=pivot"
    names = READERS["csv"](nasty.get(asked).content)[0]
    assert "'-2+3 | lines" in names
    assert "-2+3 | lines" in READERS["csv"](nasty.get(f"{asked}&guard=off").content)[0]


def test_a_member_comes_back_by_the_cut_that_is_given_out(nasty: TestClient) -> None:
    for member in nasty.get(f"{CUBE}/members?level=product.brand").json():
        rows = nasty.get(f"{CUBE}/query", params={"rows": "product.brand", "cut": member["cut"]}).json()
        assert [row["product.brand"] for row in rows] == member["key"]
    assert {member["caption"] for member in nasty.get(f"{CUBE}/members?level=product.brand").json()} >= set(
        BRANDS.values()
    )

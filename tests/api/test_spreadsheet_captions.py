"""Column headings as people call them: labels of the sample's model in English and Korean."""

from __future__ import annotations

import csv
import io

from starlette.testclient import TestClient

from tests.api.serving import assert_error
from tests.api.test_spreadsheet_xlsx import opened

SALES = "/api/v1/cubes/sales"
ASKED = "rows=product.department&measures=sales,households&limit=1&order=-sales"


def lines(client: TestClient, address: str) -> list[list[str]]:
    response = client.get(address)
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.text)))


def test_levels_and_measures_by_label(panel: TestClient) -> None:
    names, first = lines(panel, f"{SALES}/query.csv?{ASKED}")
    captions, same = lines(panel, f"{SALES}/query.csv?{ASKED}&headers=captions")
    assert names == ["product.department", "product.depth", "product.unknown", "sales", "households"]
    assert captions == ["Department", "Product (depth)", "Product (unknown)", "Sales", "Households"]
    assert first == same


def test_in_korean(panel: TestClient) -> None:
    captions, first = lines(panel, f"{SALES}/query.csv?{ASKED}&headers=captions&lang=ko")
    assert captions == ["부문", "상품 (깊이)", "상품 (미상)", "매출액", "가구 수"]
    assert first[0] == "GROCERY"


def test_columns_of_facts_by_label(panel: TestClient) -> None:
    asked = f"{SALES}/facts.csv?columns=basket_id,ts,time.day,region.store,sales_value&limit=1"
    names, first = lines(panel, asked)
    captions, same = lines(panel, f"{asked}&headers=captions&lang=ko")
    assert names == ["basket_id", "ts", "time.day", "region.store", "region.store.caption", "sales_value"]
    assert captions == ["장바구니", "거래 시각", "일", "매장 (키)", "매장", "매출액"]
    assert first == same


def test_the_model_tells_the_labels_of_facts(panel: TestClient) -> None:
    told = panel.get(f"{SALES}?lang=en").json()["drillthrough"]
    assert told[0] == {"name": "basket_id", "label": "Basket", "type": "int"}
    assert told[2] == {"name": "time.day", "label": "Day", "type": "date"}


def test_a_pivot_names_members_by_caption(panel: TestClient) -> None:
    asked = "columns=time.quarter&measures=sales&totals=columns&layout=pivot&headers=captions"
    assert lines(panel, f"{SALES}/query.csv?{asked}&lang=ko")[0] == [
        "매출액",
        *(f"2017 / Q{quarter} | 매출액" for quarter in (1, 2, 3, 4)),
    ]


def test_no_two_columns_are_called_alike(panel: TestClient) -> None:
    asked = "rows=product.category,~product.category&measures=sales&headers=captions&limit=1"
    header = lines(panel, f"{SALES}/query.csv?{asked}")[0]
    assert len(set(header)) == len(header)
    assert header[:3] == ["Department", "Category (product.category)", "Category (~product.category)"]


def test_workbooks_keep_number_formats_under_captions(panel: TestClient) -> None:
    sheet = opened(panel.get(f"{SALES}/query.xlsx?{ASKED}&headers=captions").content)["Data"]
    assert [cell.value for cell in sheet[1]][-2:] == ["Sales", "Households"]
    assert sheet[2][3].number_format == "#,##0.00"


def test_programs_go_by_names(panel: TestClient) -> None:
    for kind in ("json", "arrow", "parquet"):
        body = assert_error(panel.get(f"{SALES}/query.{kind}?headers=captions"), 400, "invalid_query")
        assert body["issues"][0]["place"] == "headers"  # type: ignore[index]


def test_the_next_page_has_captions_too(panel: TestClient) -> None:
    link = panel.get(f"{SALES}/query.csv?{ASKED}&headers=captions").headers["link"]
    assert "headers=captions" in link

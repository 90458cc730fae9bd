"""Workbooks, read back by openpyxl. Expected numbers are those that tests/toy/README.md adds up by hand."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import polars as pl
import pytest
from openpyxl.utils.escape import unescape
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from starlette.testclient import TestClient

from api.formats.about import About
from api.formats.sheets import LONGEST_TEXT, MOST_COLUMNS, MOST_ROWS, check_fits
from api.formats.table import Table
from api.formats.xlsx import write_xlsx
from cube_server.budget import Budget, Limits
from cube_server.errors import LimitError

CUBE = "/api/v1/cubes/sales"
ABOUT = About(
    cube="sales",
    query="/query",
    language="en",
    snapshot="000001",
    model_hash="abc",
    data_date="2024-12-31",
    program="cube-server 1",
    total=1,
    shown=1,
)


def opened(body: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(body))


def written(table: Table, *, guard: bool = True) -> Worksheet:
    return opened(b"".join(write_xlsx(table, ABOUT, Budget(Limits()), guard=guard)))["Data"]


def test_numbers_have_the_models_formats_and_totals_are_bold(panel: TestClient) -> None:
    asked = "rows=product.department&measures=sales,discount_rate&totals=rows&limit=3"
    sheet = opened(panel.get(f"{CUBE}/query.xlsx?{asked}").content)["Data"]
    names = [cell.value for cell in sheet[1]]
    sales, rate = (sheet.cell(2, names.index(name) + 1) for name in ("sales", "discount_rate"))
    assert (sales.number_format, rate.number_format) == ("#,##0.00", "0.0%")
    assert isinstance(sales.value, float)
    assert [sheet.cell(row, 1).font.bold for row in (1, 3, 4)] == [True, False, False]
    assert sheet.cell(2, names.index("sales") + 1).font.bold
    assert sheet.freeze_panes == "A2"
    assert sheet.merged_cells.ranges == set()


def test_a_sheet_says_where_the_numbers_come_from(client: TestClient) -> None:
    book = opened(client.get(f"{CUBE}/query.xlsx?rows=product.department&limit=2").content)
    assert book.sheetnames == ["Data", "About"]
    said = {row[0]: row[1] for row in book["About"].iter_rows(values_only=True)}
    written = dt.datetime.fromisoformat(str(said.pop("Written")))
    assert abs(dt.datetime.now(dt.UTC) - written) < dt.timedelta(minutes=5)
    assert str(said.pop("Program")).startswith("cube-server ")
    assert said.pop("Model")
    assert said == {
        "Cube": "sales",
        "Query": f"{CUBE}/query.xlsx?rows=product.department&limit=2",
        "Snapshot": "000001",
        "Data date": "2024-12-31",
        "Rows": "2",
        "Rows in all": "4",
        "A page": "yes",
    }


def test_dates_numbers_truths_and_texts_are_cells_of_their_types(client: TestClient) -> None:
    asked = "cut=product.department:Food&columns=line_id,time.day,product.product,quantity,amount&limit=1"
    names, values = opened(client.get(f"{CUBE}/facts.xlsx?{asked}").content)["Data"].iter_rows(values_only=True)
    row = dict(zip(names, values, strict=True))
    assert row["time.day"] == dt.datetime(2023, 12, 30)
    assert (row["line_id"], row["quantity"], row["amount"]) == (1, 2, 4)


def test_every_value_survives_to_the_last_digit() -> None:
    values: dict[str, list[object]] = {
        "float": [0.1 + 0.2, 1e300, -1.5],
        "whole": [2**53, 2**53 + 1, -7],
        "exact": [Decimal("12345678901234567.89"), Decimal("0.10"), None],
        "text": ["가나다 배", "_x0041_", "🍐 & <b>"],
        "day": [dt.date(2017, 12, 31), dt.date(1850, 1, 1), None],
        "flag": [True, False, None],
    }
    frame = pl.DataFrame({name: pl.Series(column, strict=False) for name, column in values.items()})
    sheet = written(Table(rows=frame))
    columns = {str(column[0]): list(column[1:]) for column in sheet.iter_cols(values_only=True)}
    columns["text"] = list(map(unescape, columns["text"]))
    assert columns == {
        "float": [0.1 + 0.2, 1e300, -1.5],
        "whole": [2**53, str(2**53 + 1), -7],
        "exact": ["12345678901234567.89", 0.1, None],
        "text": ["가나다 배", "_x0041_", "🍐 & <b>"],
        "day": [dt.datetime(2017, 12, 31), "1850-01-01", None],
        "flag": [True, False, None],
    }
    assert sheet["E2"].number_format == "yyyy-mm-dd"
    assert sheet["C3"].number_format == "0.00"


def test_hangul_has_room(client: TestClient) -> None:
    del client
    sheet = written(Table(rows=pl.DataFrame({"a": ["가나다라마바사아자차"], "b": ["abcdefghij"]})))
    assert (sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width) == pytest.approx((22, 12), abs=1)


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": pl.repeat(1, MOST_ROWS, eager=True)}),
        pl.DataFrame({f"c{place}": [1] for place in range(MOST_COLUMNS + 1)}),
        pl.DataFrame({"a": ["x" * (LONGEST_TEXT + 1)]}),
        pl.DataFrame({"a": ["🍐" * (LONGEST_TEXT // 2 + 1)]}),
        pl.DataFrame({"x" * (LONGEST_TEXT + 1): [1]}),
    ],
    ids=["rows", "columns", "text", "signs beyond 16 bits", "name"],
)
def test_what_a_sheet_cannot_hold_is_refused_whole(frame: pl.DataFrame) -> None:
    with pytest.raises(LimitError):
        next(write_xlsx(Table(rows=frame), ABOUT, Budget(Limits())))


def test_what_a_sheet_can_just_hold_fits() -> None:
    check_fits(pl.DataFrame({"a": pl.repeat(1, MOST_ROWS - 1, eager=True)}))
    check_fits(pl.DataFrame({f"c{place}": [1] for place in range(MOST_COLUMNS)}))
    assert written(Table(rows=pl.DataFrame({"a": ["x" * LONGEST_TEXT]})))["A2"].value == "x" * LONGEST_TEXT


def test_an_empty_table_has_its_header() -> None:
    sheet = written(Table(rows=pl.DataFrame({"a": []}, schema={"a": pl.String})))
    assert list(sheet.iter_rows(values_only=True)) == [("a",)]

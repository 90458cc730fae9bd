"""The numbers on the page are those of the API, totals too."""
# ruff: noqa: RUF001 - the page writes paths and ranges with typographic signs

from __future__ import annotations

import csv
import io
import re
import urllib.request
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from .pivot import Pivot, cells

MEASURES = ["sales", "avg_basket", "households"]


def rounded(values: list[float | None]) -> list[float | None]:
    return [None if value is None else round(value, 2) for value in values]


def test_the_page_opens_on_sales_average_basket_and_households_by_department_and_quarter(pivot: Pivot) -> None:
    question = {
        "measures": MEASURES,
        "axes": {"rows": ["product.department"], "columns": ["time.quarter"]},
        "totals": True,
    }
    wanted = cells(pivot.ask("query?layout=cellset", question))
    for caption, member in (("Total", ""), ("GROCERY", "GROCERY"), ("MEAT", "MEAT")):
        shown = pivot.numbers(caption)
        expected = [wanted[member, quarter, measure] for quarter in ("", "Q1", "Q2") for measure in MEASURES]
        assert len(shown) >= 6
        assert shown == pytest.approx(rounded(expected)[: len(shown)], abs=0.006)


def test_a_total_of_distinct_customers_is_not_the_sum_of_its_parts(pivot: Pivot) -> None:
    departments = [name for name in pivot.captions() if name != "Total"]
    total = pivot.numbers("Total")[2]
    parts = [pivot.numbers(name)[2] or 0 for name in departments]
    assert total == pivot.ask("query", {"measures": ["households"], "axes": {}})["cells"]["households"][0][0]
    assert sum(parts) > (total or 0)


def test_the_ratio_of_a_total_is_the_ratio_of_the_totals(pivot: Pivot) -> None:
    answer = pivot.ask("query", {"measures": ["sales", "baskets"], "axes": {}})
    ratio = answer["cells"]["sales"][0][0] / answer["cells"]["baskets"][0][0]
    assert pivot.numbers("Total")[1] == pytest.approx(ratio, abs=0.006)


def test_facts_behind_a_cell_add_up_to_it(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    pivot.row("SMOKED MEATS").locator(".value").nth(3).dblclick()
    panel = pivot.page.get_by_label("Facts").first
    panel.locator("tbody tr").first.wait_for()
    cut = "product.category:MEAT/SMOKED MEATS;time.quarter:2017/Q1".replace(" ", "%20")
    wanted = pivot.ask(f"query?measures=lines,sales&cut={cut}")[0]
    assert panel.locator(".fact-count").inner_text() == f"{wanted['lines']:,} facts"
    assert panel.locator("thead th").all_inner_texts()[:4] == ["Basket", "Time", "Day", "Hour"]
    address = panel.get_by_role("link", name="Download CSV").get_attribute("href")
    with urllib.request.urlopen(f"{pivot.address}{address}") as answer:
        facts = list(csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"))))
    assert len(facts) == wanted["lines"]
    shown = pivot.numbers("SMOKED MEATS")[3]
    assert sum(float(fact["sales_value"]) for fact in facts) == pytest.approx(shown, abs=0.005)


def test_facts_are_paged(pivot: Pivot) -> None:
    pivot.row("Total").locator(".value").first.dblclick()
    panel = pivot.page.get_by_label("Facts").first
    first = panel.locator("tbody tr").first
    first.wait_for()
    before = first.inner_text()
    panel.get_by_role("button", name="Next").click()
    panel.get_by_text("101–200").wait_for()
    panel.locator("tbody tr").first.wait_for()
    assert panel.locator("tbody tr").first.inner_text() != before


def test_the_csv_of_the_view_has_its_numbers(pivot: Pivot) -> None:
    pivot.page.get_by_role("button", name="Export").click()
    address = pivot.page.get_by_role("menuitem", name="CSV, flat data").get_attribute("href")
    with urllib.request.urlopen(f"{pivot.address}{address}") as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"))))
    total = next(row for row in rows if row["product.depth"] == "0" and row["time.depth"] == "0")
    assert float(total["sales"]) == pytest.approx(pivot.numbers("Total")[0], abs=0.006)
    order = [row["product.department"] for row in rows if row["product.depth"] == "1" and row["time.depth"] == "0"]
    assert order[:5] == pivot.captions()[1:6]


def test_the_spreadsheet_of_the_view_has_its_numbers_as_numbers(pivot: Pivot) -> None:
    pivot.page.get_by_role("button", name="Export").click()
    address = pivot.page.get_by_role("menuitem", name="Excel (XLSX) of this view").get_attribute("href")
    with urllib.request.urlopen(f"{pivot.address}{address}") as answer, ZipFile(io.BytesIO(answer.read())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    numbers = {round(float(text), 2) for text in re.findall(r"<v>([-0-9.eE]+)</v>", sheet)}
    shown = [*pivot.numbers("Total"), *pivot.numbers("MEAT")]
    assert {value for value in shown if value is not None} <= numbers


def test_where_a_number_comes_from(pivot: Pivot) -> None:
    pivot.row("MEAT").locator(".value").nth(4).click(button="right")
    pivot.page.get_by_role("menuitem", name="Where does this number come from?").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_text("baskets = distinct(basket_id)").wait_for()
    text = dialog.inner_text()
    assert "sales / baskets" in text
    assert "MEAT" in text
    assert "2017 › Q1" in text


def test_an_empty_cell_is_empty_and_zero_is_zero(pivot: Pivot) -> None:
    pivot.open(
        {
            "cube": "sales",
            "rows": [{"levels": ["product.department"]}],
            "columns": [{"levels": ["time.month"]}],
            "measures": ["sales", "coupon_discount"],
        }
    )
    shown = pivot.numbers("CHEF SHOPPE")
    question = {
        "measures": ["sales", "coupon_discount"],
        "axes": {"rows": ["product.department"], "columns": ["time.month"]},
        "totals": True,
    }
    wanted = cells(pivot.ask("query?layout=cellset", question))
    months = sorted({column for _, column, _ in wanted if column})
    expected = [wanted["CHEF SHOPPE", month, name] for month in ("", *months) for name in ("sales", "coupon_discount")]
    assert shown == pytest.approx(rounded(expected)[: len(shown)], abs=0.006)
    assert None in shown
    assert 0 in shown


def test_what_an_answer_notes_stands_below_the_table(pivot: Pivot) -> None:
    """Sales know nothing of displays: the server says why they are empty there, and so does the page."""
    pivot.open(
        {"cube": "promotions", "rows": [{"levels": ["display.display"]}], "measures": ["promoted_items", "sales"]}
    )
    asked = {"measures": ["promoted_items", "sales"], "axes": {"rows": ["display.display"]}}
    response = pivot.page.request.post(f"{pivot.address}api/v1/cubes/promotions/query?layout=cellset", data=asked)
    (note,) = response.json()["meta"]["notes"]
    assert "display" in note
    expect(pivot.page.locator(".status")).to_contain_text(note)

"""Totals behind their parts: rows at the bottom, columns to the right; seen, in files, copied, on paper."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .pivot import Json, Pivot

MEAT: Json = {"level": "product.department", "key": ["MEAT"]}
Q4: Json = {"level": "time.quarter", "key": [2017, "Q4"]}
VIEW: Json = {
    "cube": "sales",
    "rows": [{"levels": ["product.department", "product.category"]}],
    "columns": [{"levels": ["time.quarter", "time.month"]}],
    "measures": ["households"],
    "open": {"rows": [[MEAT]], "columns": [[Q4]]},
}
COLUMNS = ["Q1", "Q2", "Q3", "2017-10", "2017-11", "2017-12", "Q4 total", "Total"]
COLOUR = "element => getComputedStyle(element).backgroundColor"


@pytest.fixture
def last(pivot: Pivot) -> Pivot:
    """The view with totals last; households do not add up, so no sum of parts passes for a total."""
    pivot.page.set_viewport_size({"width": 1600, "height": 1500})
    pivot.open(VIEW)
    pivot.choose("Display", "Totals last")
    pivot.settle()
    return pivot


def households(pivot: Pivot, *cut: Json) -> float:
    """Ask the server for one place by its own cut."""
    answer = pivot.ask("query?layout=cellset", {"measures": ["households"], "cut": list(cut), "axes": {}})
    found: float = answer["cells"]["households"][0][0]
    return found


def test_an_open_member_has_its_total_behind_its_parts(last: Pivot) -> None:
    captions = last.captions()
    meat, total = captions.index("MEAT"), captions.index("MEAT total")
    levels = [row.get_attribute("aria-level") for row in last.page.locator(".grid .body .row").all()]
    assert levels[meat : total + 1] == ["1", *["2"] * (total - meat - 1), "1"]
    assert captions[-1] == "Total"
    assert set(last.numbers("MEAT")) == {None}
    quarter: Json = {"level": "time.quarter", "members": [[2017, "Q4"]]}
    department: Json = {"level": "product.department", "members": [["MEAT"]]}
    for caption, cut in (("MEAT total", [department]), ("Total", [])):
        assert last.numbers(caption)[6:] == [households(last, *cut, quarter), households(last, *cut)]
    assert sum(number or 0 for number in last.numbers("MEAT total")[3:6]) > (last.numbers("MEAT total")[6] or 0)
    # A subtotal looks like neither a member nor the grand total.
    rows = [last.row(caption).locator(".value").first.evaluate(COLOUR) for caption in ("BEEF", "MEAT total", "Total")]
    columns = [last.row("BEEF").locator(".value").nth(at).evaluate(COLOUR) for at in (0, 6, 7)]
    assert rows == columns
    assert len(set(rows)) == 3


def test_a_subtotal_leads_to_its_member_and_its_facts(last: Pivot) -> None:
    last.row("MEAT total").locator('[role="rowheader"]').click()
    last.press("ArrowLeft")
    expect(last.active()).to_have_text("MEAT")
    last.row("MEAT total").locator(".value").last.dblclick()
    department: Json = {"level": "product.department", "members": [["MEAT"]]}
    lines = last.ask("query?layout=cellset", {"measures": ["lines"], "cut": [department], "axes": {}})
    expect(last.page.locator(".fact-count")).to_have_text(f"{lines['cells']['lines'][0][0]:,} facts")


def test_subtotals_are_in_files_copies_and_on_paper(last: Pivot) -> None:
    numbers = last.numbers("MEAT total")
    last.page.get_by_role("button", name="Export").click()
    with last.page.expect_download() as found:
        last.page.get_by_role("menuitem", name="CSV, as seen").click()
    rows = list(csv.reader(io.StringIO(Path(found.value.path()).read_text(encoding="utf-8-sig"))))
    assert rows[1][1:] == COLUMNS
    assert [row[0] for row in rows[3:]] == last.captions()
    subtotal = next(row for row in rows if row[0] == "MEAT total")
    assert [float(text) for text in subtotal[1:]] == numbers
    last.row("MEAT total").locator(".value").nth(6).click()
    last.press("Shift+ArrowRight", "Control+c")
    last.page.wait_for_timeout(200)
    copied = last.page.evaluate("navigator.clipboard.readText()").split("\n")
    assert copied[-1].split("\t") == ["MEAT total", *(f"{number:.0f}" for number in numbers[6:] if number)]
    last.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    last.page.emulate_media(media="print")
    expect(last.row("MEAT total")).to_be_visible()
    last.page.emulate_media(media="screen")


def test_subtotals_are_korean_and_off_by_level(last: Pivot) -> None:
    last.page.get_by_role("button", name="한국어").click()
    expect(last.row("MEAT 소계")).to_be_visible()
    expect(last.header("Q4 소계")).to_be_visible()
    last.page.get_by_role("button", name="English").click()
    off = {level: {"subtotals": False} for level in ("product.department", "time.quarter")}
    last.open({**VIEW, "totalsAt": "last", "levels": off})
    assert "MEAT total" not in last.captions()
    assert last.page.locator(".header.subtotal").count() == 0
    assert last.captions()[-1] == "Total"


def test_with_measures_on_rows_a_subtotal_has_one_row_each(last: Pivot) -> None:
    only: Json = {"level": "product.department", "members": [["MEAT"], ["DELI"]], "exclude": False}
    on_rows = {"measures": ["sales", "households"], "measuresOn": "rows", "filters": [only]}
    last.open({**VIEW, **on_rows, "totalsAt": "last"})
    rows = last.page.locator(".row")
    shown = rows.filter(has=last.page.get_by_text("MEAT", exact=True)).locator('[role="rowheader"]')
    assert shown.all_inner_texts() == ["MEAT"]
    totals = rows.filter(has=last.page.get_by_text("MEAT total", exact=True))
    assert totals.locator(".of").all_inner_texts() == ["Sales", "Households"]

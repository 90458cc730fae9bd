"""Layouts: measures on rows, labels in columns; on paper, zoomed, on a small laptop."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from .pivot import Json, Pivot

VIEW: Json = {
    "cube": "sales",
    "rows": [{"levels": ["product.department", "product.category"]}],
    "columns": [{"levels": ["time.quarter"]}],
    "measures": ["sales", "households"],
    "sort": {"by": "sales", "desc": True, "at": []},
    "open": {"rows": [[{"level": "product.department", "key": ["MEAT"]}]], "columns": []},
}


def test_measures_stand_on_rows(pivot: Pivot) -> None:
    pivot.open(VIEW)
    rows = int(pivot.grid.get_attribute("aria-rowcount") or 0)
    columns = int(pivot.grid.get_attribute("aria-colcount") or 0)
    meat, beef = pivot.numbers("MEAT"), pivot.numbers("BEEF")
    pivot.choose("Display", "Measures on rows")
    pivot.settle()
    assert int(pivot.grid.get_attribute("aria-rowcount") or 0) == 2 * (rows - 2) + 1
    assert int(pivot.grid.get_attribute("aria-colcount") or 0) == (columns - 1) // 2 + 1
    for caption, wanted in (("MEAT", meat), ("BEEF", beef)):
        both = pivot.page.locator(".row").filter(
            has=pivot.page.locator('[role="rowheader"]').filter(has=pivot.page.get_by_text(caption, exact=True))
        )
        assert both.locator(".of").all_inner_texts() == ["Sales", "Households"]
        for at in (0, 1):
            texts = both.nth(at).locator(".value").all_inner_texts()
            numbers = [float(text.replace(",", "")) for text in texts]
            assert numbers[: len(wanted[at::2])] == wanted[at::2]
    pivot.toggle_row("MEAT")
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "false")


def test_labels_stand_in_columns_and_are_repeated(pivot: Pivot) -> None:
    pivot.open({**VIEW, "layout": "table"})
    header = pivot.page.locator('[role="rowheader"]').filter(has=pivot.page.get_by_text("BEEF", exact=True))
    assert [text for text in header.locator("span").all_inner_texts() if text] == ["MEAT", "BEEF"]
    pivot.page.get_by_role("button", name="Export").click()
    with pivot.page.expect_download() as found:
        pivot.page.get_by_role("menuitem", name="CSV, as seen").click()
    rows = list(csv.reader(io.StringIO(Path(found.value.path()).read_text(encoding="utf-8-sig"))))
    assert rows[1][:4] == ["Department", "Category", "Sales", "Households"]
    beef = next(row for row in rows if row[1] == "BEEF")
    assert beef[0] == "MEAT"
    assert float(beef[2]) == pytest.approx(pivot.numbers("BEEF")[0], abs=0.006)


def test_all_rows_are_printed_and_nothing_else(pivot: Pivot) -> None:
    pivot.open({**VIEW, "open": {"rows": [], "columns": []}})
    pivot.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    pivot.page.emulate_media(media="print")
    assert pivot.page.locator(".grid .row").count() == 32
    expect(pivot.page.locator(".toolbar")).to_be_hidden()
    last = pivot.page.locator(".grid .row").last.bounding_box()
    page = pivot.page.evaluate("document.documentElement.scrollHeight")
    assert last is not None
    assert page >= last["y"] + last["height"] - 1
    pivot.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    pivot.page.emulate_media(media="screen")
    expect(pivot.page.locator(".toolbar")).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (768, 1024)])
def test_the_table_is_usable_on_small_screens_and_zoomed(browser: Browser, address: str, size: tuple[int, int]) -> None:
    # 640 x 360 is what a laptop's 1280 x 720 leaves at a zoom of 200 %.
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="en-US")
    pivot = Pivot(context.new_page(), address)
    pivot.open()
    box = pivot.grid.bounding_box()
    assert box is not None
    assert box["height"] >= 190
    assert box["y"] + box["height"] <= size[1] + 1
    assert pivot.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    pivot.toggle_row("MEAT")
    expect(pivot.row("BEEF")).to_be_attached()
    context.close()


DIALOGS = [
    ("Export", "Share: spreadsheets"),
    ("Options: Sales", "Show as"),
    ("Options: Quarter", "Filter…"),
    ("Options: Quarter", "Top, condition, order…: Quarter"),
    ("Options: Quarter", "Calculated member…: Quarter"),
    ("Options: Department", "Top, condition, subtotals…: Department"),
    ("Calculated measure", ""),
    ("Set…", ""),
    ("Reports", ""),
    ("Report:", "Save as"),
]


def test_axe_finds_nothing_serious_in_dialogs(pivot: Pivot) -> None:
    dialog = pivot.page.get_by_role("dialog")
    for button, item in DIALOGS:
        pivot.page.get_by_role("button", name=button).first.click()
        if item:
            pivot.page.get_by_role("menuitem", name=item).click()
        expect(dialog.get_by_role("heading").first).to_be_visible()
        assert (button, item, pivot.serious("[role=dialog]")) == (button, item, [])
        pivot.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def test_axe_finds_nothing_serious_at_a_cell(pivot: Pivot) -> None:
    """Where a number comes from, splitting a row, facts, charts."""
    dialog = pivot.page.get_by_role("dialog")
    for place, item in ((".value", "Where does this number come from?"), ('[role="rowheader"]', "Split this by…")):
        pivot.row("MEAT").locator(place).first.click(button="right")
        pivot.page.get_by_role("menuitem", name=item).click()
        expect(dialog.get_by_role("heading").first).to_be_visible()
        assert (item, pivot.serious("[role=dialog]")) == (item, [])
        pivot.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    pivot.row("MEAT").locator(".value").first.dblclick()
    pivot.page.locator(".facts tbody tr").first.wait_for()
    pivot.choose("Chart", "Bars", exact=True)
    pivot.page.locator(".chart canvas").first.wait_for()
    assert pivot.serious(".stage") == []


def test_the_window_fits_between_scroll_bars(chromium: str, address: str, browser: Browser) -> None:
    """With bars that take room a table that fits has none it does not need, and a larger window is full at once."""
    other = browser.browser_type.launch(
        executable_path=chromium, args=["--no-sandbox", "--disable-gpu"], ignore_default_args=["--hide-scrollbars"]
    )
    page = other.new_page(viewport={"width": 1280, "height": 1100}, locale="en-US")
    pivot = Pivot(page, address)
    pivot.open()
    bars = "(grid) => [grid.offsetWidth - grid.clientWidth > 4, grid.offsetHeight - grid.clientHeight > 4]"
    assert pivot.grid.evaluate(bars) == [False, True]  # 32 rows fit; the columns do not
    page.set_viewport_size({"width": 1280, "height": 500})
    page.evaluate(
        """() => {
          window.empty = [];
          const grid = document.querySelector(".grid");
          // Observers are told just before a frame is painted, this one after the page's own.
          new ResizeObserver(() => {
            const rows = [...grid.querySelectorAll(".row")];
            const [last, edge] = [rows.at(-1), grid].map((element) => element.getBoundingClientRect().bottom);
            window.empty.push(rows.length < 32 && last < edge);
          }).observe(grid);
        }"""
    )
    page.set_viewport_size({"width": 1280, "height": 1100})
    expect(page.locator(".grid .row")).to_have_count(32)
    assert page.evaluate("window.empty.includes(true)") is False
    other.close()

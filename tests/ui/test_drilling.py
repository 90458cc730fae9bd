"""Opening and closing members, on both axes; sorting; large tables."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .pivot import Pivot, cells


def test_a_row_opens_with_one_request_and_shows_only_its_children(pivot: Pivot) -> None:
    before = len(pivot.questions)
    pivot.toggle_row("MEAT")
    assert len(pivot.questions) == before + 1
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "true")
    listed = pivot.ask("members?level=product.category&parent=MEAT&meta=true")
    captions = pivot.captions()
    children = captions[captions.index("MEAT") + 1 :]
    assert children[0] in {member["caption"] for member in listed["data"]}
    pivot.toggle_row("MEAT")
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "false")
    assert len(pivot.questions) == before + 1


def test_a_column_opens_with_one_request(pivot: Pivot) -> None:
    before = len(pivot.questions)
    pivot.toggle_column("Q1")
    assert len(pivot.questions) == before + 1
    expect(pivot.header("Q1")).to_have_attribute("aria-expanded", "true")
    expect(pivot.header("2017-01")).to_be_visible()
    question = {
        "measures": ["sales"],
        "axes": {"rows": ["product.department"], "columns": ["time.month"]},
        "totals": True,
    }
    wanted = cells(pivot.ask("query?layout=cellset", question))
    pivot.press("Control+Home", *["ArrowRight"] * 7)
    assert pivot.active().inner_text() == f"{wanted['', '2017-01', 'sales']:,.2f}"


def test_an_open_row_under_an_open_column_has_its_own_cells(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    pivot.toggle_column("Q1")
    pivot.page.get_by_label("Show fields").click()
    pivot.settle()
    question = {
        "measures": ["sales"],
        "cut": [{"level": "product.department", "members": ["MEAT"]}],
        "axes": {"rows": ["product.category"], "columns": ["time.month"]},
    }
    wanted = cells(pivot.ask("query?layout=cellset", question))
    assert pivot.numbers("SMOKED MEATS")[6] == round(wanted["SMOKED MEATS", "2017-01", "sales"] or 0, 2)


def test_rows_are_sorted_inside_each_parent(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    header = pivot.page.locator(".header.measure").filter(has_text="Households").first
    header.click()
    pivot.settle()
    expect(header).to_have_attribute("aria-sort", "descending")
    rows = pivot.page.locator(".row.member").all()
    levels = [row.get_attribute("aria-level") for row in rows]
    values = [float(row.locator(".value").nth(2).inner_text().replace(",", "")) for row in rows]
    for level in ("1", "2"):
        group = [value for value, its in zip(values, levels, strict=True) if its == level]
        assert group == sorted(group, reverse=True)
    assert "1" not in levels[levels.index("2") : len(levels) - levels[::-1].index("2")]  # all under their parent


def test_rows_are_sorted_at_a_column(pivot: Pivot) -> None:
    header = pivot.page.locator(".header.measure").filter(has_text="Sales").nth(1)
    header.click()
    pivot.settle()
    header.click()
    pivot.settle()
    expect(header).to_have_attribute("aria-sort", "ascending")
    values = [pivot.numbers(name)[3] for name in pivot.captions()[1:]]
    known = [value for value in values if value is not None]
    assert known == sorted(known)


def test_all_rows_open_to_a_level_with_one_query(pivot: Pivot) -> None:
    before = len(pivot.questions)
    pivot.choose("Expand rows to", "Category")
    expect(pivot.row("SOFT DRINKS")).to_be_visible(timeout=20_000)
    pivot.settle()
    asked = pivot.questions[before:]
    assert [question.get("limit") for question in asked] == [0, None]  # the count for the guard, and the rows
    expect(pivot.page.locator(".status")).to_contain_text("371 rows")
    alone = {"measures": ["sales"], "axes": {"rows": ["product.category"]}, "cut": [member("GROCERY")]}
    wanted = cells(pivot.ask("query?layout=cellset", alone))
    assert pivot.numbers("SOFT DRINKS")[0] == round(wanted["SOFT DRINKS", "", "sales"] or 0, 2)


def test_members_of_one_name_under_different_parents_stay_apart(pivot: Pivot) -> None:
    rows = [{"level": "product.department"}, {"level": "product.category"}]
    answer = pivot.ask("query?layout=cellset", {"measures": ["sales"], "axes": {"rows": rows}})
    values = {
        (str(department["key"][-1]), str(category["key"][-1])): row[0]
        for (department, category), row in zip(answer["axes"]["rows"]["tuples"], answer["cells"]["sales"], strict=True)
    }
    first, second = [key for key in values if key[1] == "COUPON" and key[0] != "COUPON" and values[key]][:2]
    opened = [[{"level": "product.department", "key": [key[0]]}] for key in (first, second)]
    pivot.open(
        {
            "cube": "sales",
            "rows": [{"levels": ["product.department", "product.category"]}],
            "measures": ["sales"],
            "filters": [{"level": "product.department", "members": [[first[0]], [second[0]]], "exclude": False}],
            "open": {"rows": opened, "columns": []},
        }
    )
    for key in (first, second):
        start = pivot.captions().index(str(key[0]))
        at = pivot.captions().index("COUPON", start)
        text = pivot.page.locator(".grid .row").nth(at).locator(".value").first.inner_text()
        assert float(text.replace(",", "")) == round(values[key], 2)


def test_many_rows_are_not_opened_without_asking(pivot: Pivot) -> None:
    pivot.open(
        {"cube": "sales", "rows": [{"levels": ["product.department", "product.product"]}], "measures": ["sales"]},
    )
    pivot.choose("Expand rows to", "Product")
    dialog = pivot.page.get_by_role("alertdialog")
    dialog.wait_for()
    assert re.search(r"\b68,\d{3} rows", dialog.inner_text())
    assert pivot.serious("[role=alertdialog]") == []
    pivot.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    pivot.choose("Expand rows to", "Product")
    expect(dialog).to_be_visible()
    pivot.tab_to("Cancel")
    pivot.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(pivot.page.locator(".status")).to_contain_text("31 rows")
    pivot.choose("Expand rows to", "Product")
    expect(dialog).to_be_visible()
    pivot.tab_to("Continue")
    pivot.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(pivot.page.locator(".status")).to_contain_text(re.compile(r"68,\d{3} rows"), timeout=60_000)


def test_open_members_stay_open(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    pivot.field("Lines").get_by_role("button", name="Move to: Lines").click()
    pivot.page.get_by_role("menuitem", name="Move to: Values").click()
    pivot.settle()
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "true")
    pivot.page.get_by_label("Swap rows and columns").click()
    pivot.settle()
    pivot.page.get_by_label("Swap rows and columns").click()
    pivot.settle()
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "true")


def test_a_long_and_wide_table_stays_small_in_the_browser(pivot: Pivot) -> None:
    pivot.open(
        {
            "cube": "sales",
            "rows": [{"levels": ["product.product"]}],
            "columns": [{"levels": ["time.week"]}],
            "measures": ["sales"],
        }
    )
    rows = int(pivot.grid.get_attribute("aria-rowcount") or 0)
    assert rows > 20_000
    assert pivot.page.evaluate("document.querySelectorAll('*').length") < 5_000
    pivot.press("Control+End")
    pivot.settle()
    assert pivot.page.evaluate("document.querySelectorAll('*').length") < 5_000
    expect(pivot.active()).to_be_visible()
    last = pivot.page.locator('.grid [role="row"]').last
    assert int(last.get_attribute("aria-rowindex") or 0) == rows
    expect(pivot.page.locator(".corner")).to_be_in_viewport()


def test_headers_stay_while_cells_scroll(pivot: Pivot) -> None:
    pivot.toggle_column("Q1")
    pivot.grid.evaluate("box => box.scrollTo(500, 150)")
    pivot.settle()
    expect(pivot.page.locator(".corner")).to_be_in_viewport()
    expect(pivot.header("Q1").locator(".text")).to_be_in_viewport()
    box = pivot.header("Q1").locator(".text").bounding_box()
    corner = pivot.page.locator(".corner").bounding_box()
    assert box is not None
    assert corner is not None
    assert box["x"] >= corner["x"] + corner["width"] - 1
    expect(pivot.page.locator('.grid [role="rowheader"]').nth(3)).to_be_in_viewport()


def member(department: str) -> dict[str, object]:
    return {"level": "product.department", "members": [department]}

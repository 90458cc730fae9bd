"""Calculated members: defined, edited, used beside others, explained, taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from .pivot import Json, Pivot

VIEW: Json = {
    "cube": "sales",
    "rows": [{"levels": ["product.department", "product.category"]}],
    "columns": [{"levels": ["time.quarter"]}],
    "measures": ["sales", "avg_basket"],
    "open": {"rows": [[{"level": "product.department", "key": ["MEAT"]}]], "columns": []},
    "formats": {"sales": {"colour": "heat"}},
}
RISE = 'time.quarter[2017, "Q4"] - time.quarter[2017, "Q3"]'
RISE_BY = 'time.quarter[2017, "Q4"] / time.quarter[2017, "Q3"] - 1'


def define(pivot: Pivot, item: str) -> Locator:
    pivot.page.get_by_role("button", name="Options: Quarter").click()
    pivot.page.get_by_role("menuitem", name=item).click()
    return pivot.page.get_by_role("dialog")


def apply(pivot: Pivot, dialog: Locator, button: str = "Apply") -> None:
    dialog.get_by_role("button", name=button).click()
    expect(dialog).to_have_count(0)
    pivot.settle()


def quarters(pivot: Pivot, caption: str) -> list[float]:
    """Ask for sales and average basket of each quarter at a row."""
    level = {"Total": [], "BEEF": [{"level": "product.category", "members": [["MEAT", "BEEF"]]}]}[caption]
    body = {"measures": ["sales", "avg_basket"], "axes": {"rows": ["time.quarter"]}, "cut": level}
    cells = pivot.ask("query?layout=cellset", body)["cells"]
    return [row[0] for pair in zip(cells["sales"], cells["avg_basket"], strict=True) for row in pair]


def test_a_calculated_member_stands_beside_the_others(pivot: Pivot) -> None:
    pivot.page.set_viewport_size({"width": 2000, "height": 900})
    pivot.open(VIEW)
    before = {caption: pivot.numbers(caption) for caption in ("Total", "BEEF")}
    dialog = define(pivot, "Calculated member…: Quarter")
    dialog.get_by_label("Name").fill("Rise")
    dialog.get_by_label("Put a member into the formula").select_option(label="Q4")
    formula = dialog.get_by_role("combobox", name="Formula", exact=True)
    expect(formula).to_have_value('time.quarter[2017, "Q4"]')
    formula.fill(RISE)
    apply(pivot, dialog)
    assert pivot.page.locator(".header.member .text").all_inner_texts() == ["Q1", "Q2", "Q3", "Q4", "Rise"]
    for caption, old in before.items():
        numbers = pivot.numbers(caption)
        assert numbers[:10] == old
        third, fourth = quarters(pivot, caption)[4:6], quarters(pivot, caption)[6:8]
        wanted = [round(new - old, 2) for new, old in zip(fourth, third, strict=True)]
        assert numbers[10:] == pytest.approx(wanted, abs=0.006)
    rise = pivot.row("BEEF").locator(".value").nth(10)
    expect(rise).not_to_have_class(re.compile("heat"))  # a difference is no part of the scale
    rise.dblclick()
    told = pivot.page.get_by_role("dialog")
    expect(told).to_contain_text(RISE)
    expect(told).not_to_contain_text("Facts")
    told.get_by_role("button", name="Close").click()
    expect(pivot.page.locator(".left-out")).to_contain_text("calculated members stand among chosen ones")


def test_a_calculated_member_is_edited_filtered_shared_and_removed(pivot: Pivot) -> None:
    members = [[2017, "Q3"], [2017, "Q4"], {"calculated": "rise"}]
    own = {"rise": {"of": "time", "formula": RISE, "format": "", "label": {"en": "Rise", "ko": "증가"}}}
    pivot.page.set_viewport_size({"width": 2000, "height": 900})
    pivot.open({**VIEW, "members": own, "levels": {"time.quarter": {"members": members}}})
    assert pivot.page.locator(".header.member .text").all_inner_texts() == ["Q3", "Q4", "Rise"]
    pivot.page.get_by_role("button", name="한국어").click()
    expect(pivot.page.locator(".header.member .text").last).to_have_text("증가")
    pivot.page.get_by_role("button", name="English").click()
    dialog = define(pivot, "Edit calculated member: Rise")
    dialog.get_by_role("combobox", name="Formula", exact=True).fill(RISE_BY)
    dialog.get_by_label("Format").select_option("0.0%")
    apply(pivot, dialog)
    third, fourth = quarters(pivot, "BEEF")[4], quarters(pivot, "BEEF")[6]
    assert pivot.row("BEEF").locator(".value").nth(6).inner_text() == f"{fourth / third - 1:.1%}"
    link = pivot.page.url
    pivot.page.goto("about:blank")
    pivot.page.goto(link)
    pivot.settle()
    assert pivot.row("BEEF").locator(".value").nth(6).inner_text() == f"{fourth / third - 1:.1%}"
    pivot.header("Q3").click(button="right")
    pivot.page.get_by_role("menuitem", name="Leave this out").click()
    pivot.settle()
    assert pivot.page.locator(".header.member .text").all_inner_texts() == ["Q4", "Rise"]
    pivot.page.get_by_label("Undo").click()
    apply(pivot, define(pivot, "Edit calculated member: Rise"), "Remove")
    assert pivot.page.locator(".header.member .text").all_inner_texts() == ["Q1", "Q2", "Q3", "Q4"]


def test_levels_behind_calculated_members_do_not_open(pivot: Pivot) -> None:
    """There is no caret where nothing opens, nor an entry of a menu, nor a key; levels of other hierarchies open."""
    of: Json = {"of": "time", "formula": RISE, "format": "", "label": {"en": "Rise", "ko": "증가"}}
    chosen: Json = {"time.quarter": {"members": [[2017, "Q4"], {"calculated": "rise"}]}}
    levels = ["time.quarter", "time.month"]
    view: Json = {"cube": "sales", "measures": ["sales"], "members": {"rise": of}, "levels": chosen}
    pivot.open({**view, "rows": [{"levels": ["product.department"]}], "columns": [{"levels": levels}]})
    assert pivot.page.locator(".header.member .text").all_inner_texts() == ["Q4", "Rise"]
    assert pivot.page.locator(".header .caret").count() == 0
    assert pivot.page.locator(".header[aria-expanded]").count() == 0
    pivot.open({**view, "rows": [{"levels": levels}, {"levels": ["product.department"]}]})
    assert pivot.captions() == ["Total", "Q4", "Rise"]
    assert pivot.page.locator(".grid .caret:not(.none)").count() == 0
    pivot.page.get_by_role("button", name="Expand rows to").click()
    expect(pivot.page.get_by_role("menuitem")).to_have_text(["Quarter"])
    pivot.page.keyboard.press("Escape")
    pivot.open({**view, "rows": [{"levels": ["time.quarter"]}, {"levels": ["product.department"]}]})
    assert pivot.page.locator(".grid .caret:not(.none)").count() == 1
    pivot.row("Rise").locator('[role="rowheader"]').click()
    pivot.press("ArrowRight")
    assert pivot.row("Rise").get_attribute("aria-expanded") is None
    pivot.toggle_row("Q4")
    assert "GROCERY" in pivot.captions()


def test_a_wrong_member_is_told_at_its_character(pivot: Pivot) -> None:
    dialog = define(pivot, "Calculated member…: Quarter")
    dialog.get_by_label("Name").fill("x")
    dialog.get_by_role("combobox", name="Formula", exact=True).fill('time.quarter[2017, "Q9"] - 1')
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog.get_by_role("alert").first).to_contain_text("Q9")
    pivot.complaints.clear()  # the browser logs the refused request

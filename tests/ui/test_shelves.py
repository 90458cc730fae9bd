"""Moving fields, filters, undo, links, languages."""
# ruff: noqa: RUF001 - the page writes paths and ranges with typographic signs

from __future__ import annotations

import re

from playwright.sync_api import expect

from .pivot import Pivot


def test_a_field_is_dragged_to_rows_by_mouse(pivot: Pivot) -> None:
    pivot.field("Age").drag_to(pivot.shelf("rows").locator(".chips"))
    pivot.settle()
    assert pivot.chips("rows")[-1] == "Age" or pivot.chips("rows")[0] == "Age"


def test_a_field_is_dragged_to_columns_by_keyboard(pivot: Pivot) -> None:
    pivot.field("Age").locator(".handle").focus()
    pivot.page.keyboard.press("Enter")
    for _ in range(12):
        if pivot.page.evaluate("document.activeElement.closest('[data-shelf]')?.dataset.shelf") == "columns":
            break
        pivot.page.keyboard.press("Tab")
    pivot.page.keyboard.press("Enter")
    pivot.settle()
    assert "Age" in pivot.chips("columns")


def test_a_field_is_moved_by_menu_and_removed(pivot: Pivot) -> None:
    pivot.page.get_by_role("button", name="Options: Department › Category").click()
    pivot.page.get_by_role("menuitem", name="Move to: Columns").click()
    pivot.settle()
    assert pivot.chips("rows") == []
    assert pivot.chips("columns") == ["Quarter › Month", "Department › Category"]
    pivot.page.get_by_role("button", name="Remove: Department › Category").click()
    pivot.settle()
    assert pivot.chips("columns") == ["Quarter › Month"]


def test_undo_redo_and_reset(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    pivot.page.get_by_label("Swap rows and columns").click()
    pivot.settle()
    assert pivot.chips("rows") == ["Quarter › Month"]
    pivot.page.get_by_label("Undo").click()
    pivot.settle()
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "true")
    pivot.page.get_by_label("Undo").click()
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "false")
    pivot.page.get_by_label("Redo").click()
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "true")
    pivot.page.get_by_role("button", name="Reset").click()
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "false")


def test_a_filter_is_chosen_from_the_servers_list(pivot: Pivot) -> None:
    pivot.page.get_by_role("button", name="Options: Department › Category").click()
    pivot.page.get_by_role("menuitem", name="Filter…").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Expand MEAT", exact=True).click()
    dialog.get_by_text("SMOKED MEATS").click()
    assert dialog.get_by_role("checkbox", name="MEAT", exact=True).evaluate("box => box.indeterminate")
    dialog.get_by_role("searchbox").fill("candy")
    dialog.get_by_text("CANDY - PACKAGED").first.click()
    dialog.get_by_role("button", name="Apply").click()
    pivot.settle()
    assert pivot.chips("filters") == ["Category: SMOKED MEATS, CANDY - PACKAGED"]
    cut = "product.category:MEAT/SMOKED%20MEATS,DRUG%20GM/CANDY%20-%20PACKAGED"
    wanted = pivot.ask(f"query?measures=sales,households&cut={cut}")[0]
    assert pivot.numbers("Total")[0] == round(wanted["sales"], 2)
    assert pivot.numbers("Total")[2] == wanted["households"]


def test_a_child_leaves_a_chosen_parent(pivot: Pivot) -> None:
    pivot.page.get_by_role("button", name="Options: Department › Category").click()
    pivot.page.get_by_role("menuitem", name="Filter…").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_text("MEAT", exact=True).click()
    dialog.get_by_role("button", name="Expand MEAT", exact=True).click()
    dialog.get_by_text("SMOKED MEATS").click()
    dialog.get_by_role("button", name="Apply").click()
    pivot.settle()
    cut = "product.department:MEAT;product.category:!MEAT/SMOKED%20MEATS"
    wanted = pivot.ask(f"query?measures=sales&cut={cut}")[0]
    assert pivot.numbers("Total")[0] == round(wanted["sales"], 2)


def test_a_link_opens_the_same_view_and_back_goes_back(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    numbers = pivot.numbers("SMOKED MEATS")
    link = pivot.page.url
    pivot.page.go_back()
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "false")
    pivot.page.go_forward()
    expect(pivot.row("MEAT")).to_have_attribute("aria-expanded", "true")
    pivot.page.goto("about:blank")
    pivot.page.goto(link)
    pivot.settle()
    assert pivot.numbers("SMOKED MEATS") == numbers


def test_the_language_changes_without_reload(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    numbers = pivot.numbers("MEAT")
    link = pivot.page.url
    pivot.page.evaluate("window.isSamePage = true")
    pivot.page.get_by_role("button", name="한국어").click()
    expect(pivot.page.locator(".header.measure").first).to_contain_text("매출액")
    expect(pivot.page.locator('[role="rowheader"]').first).to_have_text("총계")
    assert pivot.page.evaluate("window.isSamePage") is True
    assert pivot.page.evaluate("document.documentElement.lang") == "ko"
    assert pivot.page.url == link
    assert pivot.numbers("MEAT") == numbers


def test_what_a_top_leaves_out_is_said(pivot: Pivot) -> None:
    total = pivot.numbers("Total")
    pivot.choose("Display", "Top 10")
    pivot.settle()
    assert len(pivot.captions()) == 11
    expect(pivot.page.locator(".left-out")).to_contain_text("Only the top 10")
    assert pivot.numbers("Total") == total


def test_a_member_is_kept_or_left_out_by_its_menu(pivot: Pivot) -> None:
    pivot.row("GROCERY").locator('[role="rowheader"]').click(button="right")
    pivot.page.get_by_role("menuitem", name="Leave this out").click()
    pivot.settle()
    assert "GROCERY" not in pivot.captions()
    assert pivot.chips("filters") == ["Department: ≠ GROCERY"]


def test_every_ready_report_shows_numbers(pivot: Pivot) -> None:
    pivot.page.get_by_role("button", name="Reports", exact=True).click()
    pivot.page.locator(".card").first.wait_for()
    names = pivot.page.locator(".card strong").all_inner_texts()
    pivot.page.keyboard.press("Escape")
    assert len(names) >= 6
    for name in names:
        pivot.ready(name)
        assert pivot.numbers("Total")[0]


def test_what_grew_most_is_what_the_server_says(pivot: Pivot) -> None:
    pivot.ready("What grew most")
    grown = {
        "q3": {"formula": 'coalesce((sales, time.quarter[2017, "Q3"]), 0)'},
        "change": {"formula": 'coalesce((sales, time.quarter[2017, "Q4"]), 0) - q3'},
    }
    departments = [["FUEL"], ["MISCELLANEOUS"], ["COUPON"], [{"unknown": True}]]
    by_change = {"by": "change", "desc": True}
    row = {"level": "~product.category", "order": by_change, "having": "q3 >= 1000", "top": {"n": 10, "by": "change"}}
    question = {
        "measures": ["change"],
        "with": {"measures": grown},
        "cut": [{"level": "product.department", "members": departments, "exclude": True}],
        "axes": {"rows": [row]},
    }
    answer = pivot.ask("query?layout=cellset", question)
    assert pivot.captions()[1:] == [members[0]["caption"] for members in answer["axes"]["rows"]["tuples"]]
    expect(pivot.page.locator(".left-out")).to_contain_text("Sales in Q3 >= 1000")


def test_a_chart_of_the_view_is_drawn_and_drills_down(pivot: Pivot) -> None:
    assert not [url for url in pivot.requested if "/engine" in url]
    pivot.choose("Chart", "Treemap")
    canvas = pivot.page.get_by_role("img", name="Sales · Department › Category")
    expect(canvas.locator("canvas")).to_be_visible()
    expect(canvas).to_have_attribute("aria-label", re.compile("GROCERY 2,316,393.89"))
    box = canvas.bounding_box()
    assert box is not None
    pivot.page.mouse.click(box["x"] + 60, box["y"] + 60)
    pivot.settle()
    expect(pivot.row("GROCERY")).to_have_attribute("aria-expanded", "true")
    expect(canvas).to_have_attribute("aria-label", re.compile("SOFT DRINKS 182,126.30"))
    pivot.page.get_by_label("Chart", exact=True).get_by_role("button", name="All").click()
    expect(pivot.row("GROCERY")).to_have_attribute("aria-expanded", "false")


def test_a_colour_scale_goes_by_the_whole_slice(pivot: Pivot) -> None:
    view = {
        "cube": "sales",
        "rows": [{"levels": ["~product.type"]}],
        "measures": ["sales"],
        "sort": {"by": "sales", "desc": False, "at": []},
        "formats": {"sales": {"colour": "heat"}},
    }
    pivot.open(view)
    smallest = pivot.page.locator(".row.member .value").first
    expect(smallest).to_have_class(re.compile("heat-0"))
    pivot.press("Control+End")
    pivot.settle()
    expect(pivot.page.locator(".row.member .value").last).to_have_class(re.compile("heat-10"))
    assert len(pivot.page.locator(".heat-10").all()) == 1

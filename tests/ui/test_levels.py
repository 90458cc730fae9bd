"""What is asked of the levels on columns, sets of chosen members, periods that facts do not cover."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from .pivot import Json, Pivot

MEAT: Json = {"level": "product.department", "key": ["MEAT"]}


def apply(pivot: Pivot, dialog: Locator) -> None:
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    pivot.settle()


def test_columns_are_chosen_and_sorted_by_the_total_row_in_opened_rows_too(pivot: Pivot) -> None:
    pivot.open(
        {
            "cube": "sales",
            "rows": [{"levels": ["product.department", "product.category"]}],
            "columns": [{"levels": ["time.month"]}],
            "measures": ["sales"],
            "open": {"rows": [[MEAT]], "columns": []},
        }
    )
    pivot.page.get_by_role("button", name="Options: Month").click()
    pivot.page.get_by_role("menuitem", name="Top, condition, order…: Month").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Show", exact=True).select_option("n")
    dialog.get_by_role("spinbutton").fill("3")
    dialog.get_by_label("Order").select_option("sales")
    apply(pivot, dialog)
    answer = pivot.ask("query?layout=cellset", {"measures": ["sales"], "axes": {"rows": ["time.month"]}})
    values = [row[0] for row in answer["cells"]["sales"]]
    months = [row[0]["key"] for row in answer["axes"]["rows"]["tuples"]]
    best = [month for _, month in sorted(zip(values, months, strict=True), reverse=True)[:3]]
    assert pivot.page.locator(".header.member").all_inner_texts() == [month[-1] for month in best]
    for caption, member in (("MEAT", ["MEAT"]), ("BEEF", ["MEAT", "BEEF"])):
        level = "product.category" if len(member) > 1 else "product.department"
        cuts = [[{"level": level, "members": [member]}, {"level": "time.month", "members": [month]}] for month in best]
        asked = ({"measures": ["sales"], "cut": cut, "axes": {}} for cut in cuts)
        wanted = [pivot.ask("query?layout=cellset", body)["cells"]["sales"][0][0] for body in asked]
        assert pivot.numbers(caption)[1:] == pytest.approx([round(value, 2) for value in wanted], abs=0.006)
    expect(pivot.page.locator(".left-out")).to_contain_text("Only the top 3 of Month; totals are of all")


def test_chosen_members_are_kept_as_a_set(pivot: Pivot) -> None:
    pivot.page.get_by_role("button", name="Options: Department › Category").click()  # noqa: RUF001 - the page's sign
    pivot.page.get_by_role("menuitem", name="Filter…").click()
    dialog = pivot.page.get_by_role("dialog")
    for name in ("MEAT", "DELI"):
        dialog.get_by_role("searchbox").fill("")
        dialog.locator(".node").filter(has=pivot.page.get_by_text(name, exact=True)).locator("label").click()
    dialog.get_by_text("Save the chosen as a set").click()
    dialog.get_by_label("Name of the set").fill("Fresh counter")
    dialog.get_by_role("button", name="Add").last.click()
    expect(dialog).to_have_count(0)
    expect(pivot.page.locator(".notice-bar")).to_contain_text("Fresh counter")
    pivot.field("Fresh counter").get_by_role("button", name="Move to: Fresh counter").click()
    pivot.page.get_by_role("menuitem", name="Move to: Filters").click()
    dialog.get_by_text("true").click()
    apply(pivot, dialog)
    assert sorted(pivot.captions()) == ["DELI", "MEAT", "Total"]
    cut = [{"level": "product.department", "members": [["MEAT"], ["DELI"]]}]
    answer = pivot.ask("query?layout=cellset", {"measures": ["sales"], "cut": cut, "axes": {}})
    assert pivot.numbers("Total")[0] == round(answer["cells"]["sales"][0][0], 2)


def test_a_period_that_facts_do_not_cover_is_marked(pivot: Pivot) -> None:
    view = {"cube": "contacts", "rows": [{"levels": ["campaign.type"]}], "measures": ["contacts"]}
    pivot.open({**view, "columns": [{"levels": ["time.quarter"]}]})
    answer = pivot.ask("query?layout=cellset", {"axes": {"columns": ["time.quarter"]}}, cube="contacts")
    late = [tuple_[0]["caption"] for tuple_ in answer["axes"]["columns"]["tuples"] if tuple_[0].get("incomplete")]
    assert late
    assert pivot.page.locator(".header.incomplete .text").all_inner_texts() == late
    day = answer["meta"]["incomplete"][0]["covered_to"]
    expect(pivot.page.locator(".header.incomplete")).to_have_attribute("title", re.compile(day))
    expect(pivot.page.locator(".left-out")).to_contain_text(f"facts reach to {day}")

"""What is asked of the levels on columns: conditions, others, values of their own; facts and files of these."""

from __future__ import annotations

import csv
import io
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from .pivot import Json, Pivot

MEAT: Json = {"level": "product.department", "key": ["MEAT"]}
Q4: Json = {"level": "time.quarter", "key": [2017, "Q4"]}
CONDITION = "sales > 1130000 and households > 2000"
VIEW: Json = {
    "cube": "sales",
    "rows": [{"levels": ["product.department", "product.category"]}],
    "columns": [{"levels": ["time.quarter", "time.month"]}],
    "measures": ["sales", "households"],
    "open": {"rows": [[MEAT]], "columns": []},
}


def level_dialog(pivot: Pivot) -> Locator:
    pivot.page.get_by_role("button", name="Options: Quarter").click()
    pivot.page.get_by_role("menuitem", name="Top, condition, order…: Quarter").click()
    return pivot.page.get_by_role("dialog")


def apply(pivot: Pivot, dialog: Locator) -> None:
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    pivot.settle()


def value(pivot: Pivot, cut: list[Json], measure: str = "sales") -> float:
    """Ask the server for one place by its own cut."""
    answer = pivot.ask("query?layout=cellset", {"measures": [measure], "cut": cut, "axes": {}})
    found: float = answer["cells"][measure][0][0]
    return round(found, 2)


def test_columns_are_kept_by_a_condition_on_the_total_row(pivot: Pivot) -> None:
    pivot.page.set_viewport_size({"width": 2000, "height": 900})
    pivot.open(VIEW)
    total, beef = pivot.numbers("Total"), pivot.numbers("BEEF")
    dialog = level_dialog(pivot)
    dialog.get_by_role("combobox", name="Only columns where").fill(CONDITION)
    apply(pivot, dialog)
    asked = {"measures": ["sales"], "axes": {"rows": [{"level": "time.quarter", "having": CONDITION}]}}
    kept = [row[0]["caption"] for row in pivot.ask("query?layout=cellset", asked)["axes"]["rows"]["tuples"]]
    assert 0 < len(kept) < 4
    assert pivot.page.locator(".header.member .text").all_inner_texts() == kept
    # An opened row has the same columns, with the numbers that they had before.
    places = [2 + 2 * (int(name[1]) - 1) for name in kept]
    for caption, before in (("Total", total), ("BEEF", beef)):
        assert pivot.numbers(caption) == before[:2] + [number for at in places for number in before[at : at + 2]]
    expect(pivot.page.locator(".left-out")).to_contain_text(f"Only columns where {CONDITION}")


def test_a_condition_that_cannot_be_asked_is_told_in_the_dialog(pivot: Pivot) -> None:
    dialog = level_dialog(pivot)
    dialog.get_by_role("combobox", name="Only columns where").fill("sale > 1")
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog.get_by_role("alert")).to_contain_text("at character 1: ►sale > 1")
    pivot.complaints.clear()  # the browser logs the refused request


def test_others_on_columns_are_what_the_shown_leave(pivot: Pivot) -> None:
    pivot.page.set_viewport_size({"width": 2000, "height": 900})
    pivot.open(VIEW)
    dialog = level_dialog(pivot)
    dialog.get_by_role("combobox", name="Show", exact=True).select_option("n")
    dialog.get_by_role("spinbutton").fill("1")
    dialog.get_by_label("All that is left out as one column").check()
    apply(pivot, dialog)
    assert pivot.page.locator(".header.member .text").all_inner_texts() == ["Q4", "Others"]
    assert pivot.page.locator(".header.member").last.locator(".caret").count() == 0
    rest: Json = {"level": "time.quarter", "members": [[2017, "Q4"]], "exclude": True}
    meat = {"level": "product.department", "members": [["MEAT"]]}
    beef = {"level": "product.category", "members": [["MEAT", "BEEF"]]}
    cuts: dict[str, list[Json]] = {"Total": [rest], "MEAT": [rest, meat], "BEEF": [rest, beef]}
    for caption, cut in cuts.items():
        wanted = [value(pivot, cut, measure) for measure in ("sales", "households")]
        assert pivot.numbers(caption)[4:6] == wanted
    pivot.row("BEEF").locator(".value").nth(4).dblclick()
    answer = pivot.ask("query?layout=cellset", {"measures": ["lines"], "cut": [rest, beef], "axes": {}})
    expect(pivot.page.locator(".fact-count")).to_have_text(f"{answer['cells']['lines'][0][0]:,} facts")
    pivot.page.get_by_role("button", name="Export").click()
    link = pivot.page.get_by_role("menuitem", name="CSV, flat data").evaluate("link => link.href")
    with urllib.request.urlopen(link) as found:
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(found.read().decode("utf-8-sig"))))
    others = [row for row in rows if row["time.others"] == "true" and row["product.depth"] == "0"]
    assert [round(float(row["sales"]), 2) for row in others] == [value(pivot, [rest])]


def test_an_open_column_hides_its_own_values(pivot: Pivot) -> None:
    pivot.page.set_viewport_size({"width": 2000, "height": 900})
    pivot.open({**VIEW, "measures": ["sales"], "open": {"rows": [], "columns": [[Q4]]}})
    before = pivot.numbers("MEAT")
    dialog = level_dialog(pivot)
    dialog.get_by_label("Show values of open columns").uncheck()
    apply(pivot, dialog)
    assert pivot.header("Q4").get_attribute("aria-expanded") == "true"
    assert pivot.page.locator(".header.own").count() == 0
    assert pivot.numbers("MEAT") == before[:4] + before[5:]
    months = [[2017, "Q4", f"2017-{month}"] for month in (10, 11, 12)]
    meat = {"level": "product.department", "members": [["MEAT"]]}
    wanted = [value(pivot, [meat, {"level": "time.month", "members": [month]}]) for month in months]
    assert pivot.numbers("MEAT")[4:] == pytest.approx(wanted)

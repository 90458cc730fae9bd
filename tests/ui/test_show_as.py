"""Measures shown as shares, differences, ranks: formulas of the server, right in opened rows and columns too."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .pivot import Json, Pivot, cells

MEAT: Json = {"level": "product.department", "key": ["MEAT"]}
Q1: Json = {"level": "time.quarter", "key": [2017, "Q1"]}


def view(show_as: str, **more: Any) -> Json:  # noqa: ANN401 - parts of a view
    return {
        "cube": "sales",
        "rows": [{"levels": ["product.department", "product.category"]}],
        "columns": [{"levels": ["time.quarter", "time.month"]}],
        "measures": ["sales"],
        "formats": {"sales": {"showAs": show_as}},
        "sort": {"by": "sales", "desc": True, "at": []},
        "open": {"rows": [[MEAT]], "columns": [[Q1]]},
        **more,
    }


def sales(pivot: Pivot) -> dict[tuple[str, str, str], float | None]:
    """Ask for sales of all departments and categories by quarter and month, with totals."""
    rows = [{"level": "product.department", "subtotals": True}, "product.category"]
    columns = [{"level": "time.quarter", "subtotals": True}, "time.month"]
    asked = {"measures": ["sales"], "axes": {"rows": rows, "columns": columns}, "totals": True}
    answer = pivot.ask("query?layout=cellset", asked)

    def name(members: list[Json | None]) -> str:
        return "/".join(str(member["key"][-1]) for member in members if member)

    names = [[name(members) for members in answer["axes"][axis]["tuples"]] for axis in ("rows", "columns")]
    values = answer["cells"]["sales"]
    return {
        (row, column, "sales"): values[at][across]
        for at, row in enumerate(names[0])
        for across, column in enumerate(names[1])
    }


COLUMNS = ["", "Q1", "Q1/2017-01", "Q1/2017-02", "Q1/2017-03", "Q2"]
PARENTS = {"": "", "Q1": "", "Q1/2017-01": "Q1", "Q1/2017-02": "Q1", "Q1/2017-03": "Q1", "Q2": ""}


@pytest.mark.parametrize("show_as", ["row", "column", "grand", "parent", "parent_column", "index"])
def test_shares_are_right_at_every_depth(pivot: Pivot, show_as: str) -> None:
    value = {place[:2]: number or 0 for place, number in sales(pivot).items()}
    pivot.open(view(show_as))
    for row, caption, above in (("MEAT", "MEAT", ""), ("MEAT/BEEF", "BEEF", "MEAT"), ("", "Total", "")):
        for at, column in enumerate(COLUMNS):
            x = value[row, column]
            wanted = {
                "row": x / value[row, ""],
                "column": x / value["", column],
                "grand": x / value["", ""],
                "parent": x / value[above, column],
                "parent_column": x / value[row, PARENTS[column]],
                "index": x * value["", ""] / (value[row, ""] * value["", column]),
            }[show_as]
            shown = pivot.row(caption).locator(".value").nth(at).inner_text()
            assert shown == (f"{wanted:.2f}" if show_as == "index" else f"{wanted:.1%}"), (caption, column)


@pytest.mark.parametrize("show_as", ["difference", "growth", "running_across", "to_date"])
def test_periods_are_compared_by_the_calendar(pivot: Pivot, show_as: str) -> None:
    value = {place[:2]: number or 0 for place, number in sales(pivot).items()}
    pivot.open(view(show_as))
    january, february = value["MEAT/BEEF", "Q1/2017-01"], value["MEAT/BEEF", "Q1/2017-02"]
    wanted = {
        "difference": f"{february - january:,.2f}",
        "growth": f"{february / january - 1:+.1%}",
        "running_across": f"{february + january:,.2f}",
        "to_date": f"{february + january:,.2f}",
    }[show_as]
    assert pivot.row("BEEF").locator(".value").nth(3).inner_text() == wanted
    if show_as == "difference":
        assert pivot.row("BEEF").locator(".value").nth(2).inner_text() == ""  # nothing before January


def test_ranks_and_running_totals_go_down_inside_each_parent(pivot: Pivot) -> None:
    pivot.open(view("rank"))
    captions = pivot.captions()
    at = captions.index("MEAT")
    assert [pivot.numbers(name)[0] for name in captions[at + 1 : at + 4]] == [1, 2, 3]
    value = {place[:2]: number or 0 for place, number in sales(pivot).items()}
    january = sorted(
        (value[place] for place in value if place[0].startswith("MEAT/") and place[1] == "Q1/2017-01"), reverse=True
    )
    first = captions[at + 1]
    assert pivot.numbers(first)[2] == january.index(value[f"MEAT/{first}", "Q1/2017-01"]) + 1
    pivot.open(view("running"))
    first, second = captions[at + 1], captions[at + 2]
    wanted = value[f"MEAT/{first}", "Q1/2017-01"] + value[f"MEAT/{second}", "Q1/2017-01"]
    assert pivot.numbers(second)[2] == pytest.approx(wanted, abs=0.006)


def test_the_look_of_a_measure_is_chosen_in_its_dialog(pivot: Pivot) -> None:
    pivot.page.get_by_role("button", name="Options: Sales").click()
    pivot.page.get_by_role("menuitem", name="Show as, format, colours…").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_label("Show as").select_option(label="% of column total")
    dialog.get_by_label("Colours").select_option(label="Data bars")
    dialog.get_by_role("button", name="Apply").click()
    pivot.settle()
    question = {"measures": ["sales"], "axes": {"rows": ["product.department"]}, "totals": True}
    wanted = cells(pivot.ask("query?layout=cellset", question))
    share = (wanted["MEAT", "", "sales"] or 0) / (wanted["", "", "sales"] or 1)
    assert pivot.row("MEAT").locator(".value").first.inner_text() == f"{share:.1%}"
    assert pivot.row("GROCERY").locator(".value").nth(3).locator(".bar").get_attribute("style") == "width: 100%;"
    expect(pivot.row("Total").locator(".bar")).to_have_count(0)
    assert pivot.chips("measures")[0] == "Sales · % of column total"


def test_a_rule_marks_cells(pivot: Pivot) -> None:
    pivot.open(view("value", formats={"sales": {"colour": "rule", "rule": {"is": ">=", "value": 300_000}}}))
    departments = [name for name in pivot.captions() if pivot.row(name).get_attribute("aria-level") == "1"]
    marked = [name for name in departments if pivot.row(name).locator(".value.ruled").count() > 0]
    assert marked == ["GROCERY"]  # in a quarter; totals are not marked

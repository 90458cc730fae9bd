"""Colour scales: of the whole slice, a row, a column, a parent; what the legend says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .pivot import Json, Pivot, cells

Q1: Json = {"level": "time.quarter", "key": [2017, "Q1"]}
OPEN = [[{"level": "product.department", "key": [name]}] for name in ("MEAT", "DELI")]
VIEW: Json = {
    "cube": "sales",
    "rows": [{"levels": ["product.department", "product.category"]}],
    "columns": [{"levels": ["time.quarter"]}],
    "measures": ["sales"],
    "sort": {"by": "sales", "desc": True, "at": []},
    "open": {"rows": OPEN, "columns": []},
    "formats": {"sales": {"colour": "heat"}},
}
PLACES = [("DELI", "DELI MEATS"), ("MEAT", "BEEF"), ("MEAT", "PORK")]


def degrees(pivot: Pivot, caption: str) -> list[int]:
    """Read the colours of a row's quarters, 0 the least and 10 the most."""
    classes = [cell.get_attribute("class") or "" for cell in pivot.row(caption).locator(".value").all()][1:5]
    return [int(found[1]) if (found := re.search(r"heat-(\d+)", name)) else -1 for name in classes]


def wanted(values: dict[tuple[str, str], float], row: str, scope: list[tuple[str, str]]) -> list[int]:
    """Work out the colours by hand."""
    span = [values[place] for place in scope if values.get(place) is not None]
    least, most = min(span), max(span)
    # JavaScript rounds halves up.
    return [int(10 * (values[row, f"Q{at}"] - least) / (most - least) + 0.5) for at in (1, 2, 3, 4)]


def all_cells(pivot: Pivot) -> dict[str, dict[tuple[str, str], float]]:
    """Ask for the categories of each department by quarter."""
    found: dict[str, dict[tuple[str, str], float]] = {}
    body: dict[str, Any] = {"measures": ["sales"], "axes": {"rows": ["product.department"]}}
    for row in pivot.ask("query?layout=cellset", body)["axes"]["rows"]["tuples"]:
        if row[0].get("unknown"):
            continue
        cut = [{"level": "product.department", "members": [row[0]["key"]]}]
        axes = {"rows": ["product.category"], "columns": ["time.quarter"]}
        answer = cells(pivot.ask("query?layout=cellset", {"measures": ["sales"], "cut": cut, "axes": axes}))
        values = {(name, quarter): value for (name, quarter, _), value in answer.items() if value is not None}
        found[row[0]["caption"]] = values
    return found


@pytest.mark.parametrize("scope", ["slice", "row", "column", "parent"])
def test_a_scale_spans_what_it_says(pivot: Pivot, scope: str) -> None:
    pivot.page.set_viewport_size({"width": 1280, "height": 1500})
    pivot.open({**VIEW, "formats": {"sales": {"colour": "heat", "scope": scope}}})
    by_department = all_cells(pivot)
    for department, category in PLACES:
        values = by_department[department]
        if scope == "slice":
            found = [value for each in by_department.values() for value in each.values()]
            every = {("least", "Q1"): min(found), ("most", "Q1"): max(found), **values}
            assert degrees(pivot, category) == wanted(every, category, [("least", "Q1"), ("most", "Q1")])
        elif scope == "column":
            for at in (1, 2, 3, 4):
                column = [place for place in values if place[1] == f"Q{at}"]
                assert degrees(pivot, category)[at - 1] == wanted(values, category, column)[at - 1]
        else:
            inside = [place for place in values if scope == "parent" or place[0] == category]
            assert degrees(pivot, category) == wanted(values, category, inside)
    assert pivot.row("Total").locator("[class*=heat-]").count() == 0
    assert pivot.row("MEAT").locator(".value").first.get_attribute("class") == "cell value sum ready"


def test_the_legend_says_what_the_outermost_rows_span(pivot: Pivot) -> None:
    pivot.open(VIEW)
    body = {"measures": ["sales"], "axes": {"rows": ["product.department"], "columns": ["time.quarter"]}}
    values = [value for value in cells(pivot.ask("query?layout=cellset", body)).values() if value is not None]
    text = pivot.page.locator(".legend").inner_text().split()
    assert text == ["Sales", f"{min(values):,.2f}", f"{max(values):,.2f}"]


def test_the_scale_does_not_change_with_what_is_open(pivot: Pivot) -> None:
    pivot.open({**VIEW, "open": {"rows": [OPEN[0]], "columns": []}})
    before = degrees(pivot, "BEEF")
    pivot.toggle_row("DELI")
    assert degrees(pivot, "BEEF") == before
    asked = [question for question in pivot.questions if question.get("ranges")]
    assert len(asked) == 2  # one for each depth that is seen, however many members are open

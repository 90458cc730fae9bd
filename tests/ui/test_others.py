"""What a top leaves out, as one row, and the total of what it shows: numbers of the server at every depth."""

from __future__ import annotations

import csv
import io
import urllib.request

import pytest
from playwright.sync_api import expect

from .pivot import Json, Pivot

MEAT: Json = {"level": "product.department", "key": ["MEAT"]}
Q1: Json = {"level": "time.quarter", "key": [2017, "Q1"]}
MEASURES = ["sales", "households"]


def top(n: int) -> Json:
    return {"n": n, "by": "sales", "bottom": False, "others": True}


VIEW: Json = {
    "cube": "sales",
    "rows": [{"levels": ["product.department", "product.category"]}],
    "columns": [{"levels": ["time.quarter", "time.month"]}],
    "measures": MEASURES,
    "levels": {"product.department": {"top": top(5)}, "product.category": {"top": top(2)}},
    "sort": {"by": "sales", "desc": True, "at": []},
    "open": {"rows": [[MEAT]], "columns": [[Q1]]},
    "totalOfShown": True,
}


def wanted(pivot: Pivot, cut: list[Json]) -> list[float]:
    """Ask for a place alone, by its own cut: all, the first quarter, its three months."""
    found: list[float] = []
    for time in ([], [{"level": "time.quarter", "members": [[2017, "Q1"]]}], *months()):
        answer = pivot.ask("query?layout=cellset", {"measures": MEASURES, "cut": [*cut, *time], "axes": {}})
        found += [round(answer["cells"][name][0][0], 2) for name in MEASURES]
    return found


def months() -> list[list[Json]]:
    return [[{"level": "time.month", "members": [[2017, "Q1", f"2017-0{month}"]]}] for month in (1, 2, 3)]


def test_others_and_the_total_of_the_shown_are_the_servers_numbers(pivot: Pivot) -> None:
    pivot.page.set_viewport_size({"width": 1800, "height": 900})
    pivot.open(VIEW)
    captions = pivot.captions()
    assert captions[:2] == ["Total", "Total of shown"]
    assert captions.count("Others") == 2
    assert captions[-1] == "Others"
    at = captions.index("MEAT")
    children = captions[at + 1 : at + 4]
    assert children[2] == "Others"
    departments = [name for name in captions[2:] if name not in {*children, "Others"}]
    assert len(departments) == 5
    shown = [{"level": "product.department", "members": [[name] for name in departments]}]
    other = [{**shown[0], "exclude": True}]
    meat: Json = {"level": "product.department", "members": [["MEAT"]]}
    rest = {"level": "product.category", "members": [["MEAT", name] for name in children[:2]], "exclude": True}
    rows = pivot.page.locator(".grid .row")
    for row, cut in ((1, shown), (len(captions) - 1, other), (at + 3, [meat, rest])):
        texts = rows.nth(row).locator(".value").all_inner_texts()
        assert [float(text.replace(",", "")) for text in texts][:10] == pytest.approx(wanted(pivot, cut), abs=0.006)


def test_facts_behind_the_others_are_all_but_the_shown(pivot: Pivot) -> None:
    pivot.open({**VIEW, "open": {"rows": [], "columns": []}})
    departments = [[name] for name in pivot.captions()[2:7]]
    pivot.row("Others").locator(".value").nth(2).dblclick()
    panel = pivot.page.get_by_label("Facts").first
    panel.locator("tbody tr").first.wait_for()
    cut = [
        {"level": "product.department", "members": departments, "exclude": True},
        {"level": "time.quarter", "members": [[2017, "Q1"]]},
    ]
    answer = pivot.ask("query?layout=cellset", {"measures": ["lines"], "cut": cut, "axes": {}})
    expect(panel.locator(".fact-count")).to_have_text(f"{answer['cells']['lines'][0][0]:,} facts")
    expect(pivot.row("Others").locator(".caret")).to_have_class("caret none")


def test_others_are_asked_for_in_the_dialog_and_said_in_korean(pivot: Pivot) -> None:
    pivot.page.get_by_role("button", name="Options: Department › Category").click()  # noqa: RUF001 - the page's sign
    pivot.page.get_by_role("menuitem", name="Top, condition, subtotals…: Department").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Show", exact=True).select_option("n")
    dialog.get_by_role("spinbutton").fill("3")
    dialog.get_by_label("All that is left out as one row").check()
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    pivot.choose("Display", "Total of the shown rows")
    pivot.settle()
    assert pivot.captions() == ["Total", "Total of shown", "GROCERY", "DRUG GM", "FUEL", "Others"]
    pivot.page.get_by_role("button", name="한국어").click()
    expect(pivot.page.locator('.grid [role="rowheader"]').last).to_have_text("그 외")
    expect(pivot.page.locator('.grid [role="rowheader"]').nth(1)).to_have_text("표시된 항목 합계")


def test_all_rows_of_a_level_open_with_their_others(pivot: Pivot) -> None:
    pivot.open({**VIEW, "open": {"rows": [], "columns": []}})
    pivot.page.set_viewport_size({"width": 1280, "height": 1000})
    pivot.choose("Expand rows to", "Category")
    expect(pivot.page.locator(".status")).to_contain_text("15 rows")  # five departments with two categories each
    pivot.settle()
    captions = pivot.captions()
    assert captions[:2] == ["Total", "Total of shown"]
    total, shown = pivot.numbers("Total")[0] or 0, pivot.numbers("Total of shown")[0] or 0
    assert shown < total
    pivot.page.get_by_role("button", name="Export").click()
    address = pivot.page.get_by_role("menuitem", name="CSV, flat data").get_attribute("href")
    with urllib.request.urlopen(f"{pivot.address}{address}") as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"))))
    others = [row for row in rows if row["product.others"] == "true" and row["time.depth"] == "0"]
    assert len(others) == captions.count("Others") >= 5

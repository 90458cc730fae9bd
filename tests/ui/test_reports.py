"""Saved reports and the gallery: saved exactly, opened by address, versions, two editors, deleted and taken back."""

from __future__ import annotations

import json
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from cube_server.metadata import tables

from .pivot import Json, Pivot
from .serving import serving


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where reports are kept."""
    return tmp_path_factory.mktemp("reports") / "metadata.sqlite"


@pytest.fixture(scope="module")
def address(panel_paths: tuple[Path, Path], metadata: Path) -> Iterator[str]:
    """A server of the panel."""
    with serving(panel_paths, CUBE_METADATA=f"sqlite:///{metadata}") as found:
        yield found


@pytest.fixture(autouse=True)
def no_reports(metadata: Path) -> None:
    """Begin each test without reports, archived ones too."""
    if metadata.exists():
        with closing(sqlite3.connect(metadata, timeout=20)) as database, database:
            for table in (tables.tokens, tables.versions, tables.reports):
                database.execute(f"delete from {table.name}")


def reports(pivot: Pivot, path: str = "", body: Json | None = None, **headers: str) -> Any:  # noqa: ANN401 - JSON
    """Ask the server itself."""
    method = "GET" if body is None else "PUT" if headers else "POST"
    request = urllib.request.Request(
        f"{pivot.address}api/v1/reports{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            **{name.replace("_", "-"): text for name, text in headers.items()},
        },
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def menu(pivot: Pivot, item: str) -> None:
    pivot.page.get_by_role("button", name="Report:").click()
    pivot.page.get_by_role("menuitem", name=item, exact=True).click()


def name_it(pivot: Pivot, name: str, description: str = "") -> None:
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Description").fill(description)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)


def state(pivot: Pivot) -> Locator:
    return pivot.page.get_by_role("button", name="Report:")


def seen(pivot: Pivot) -> tuple[list[str], list[float | None]]:
    pivot.settle()
    return pivot.captions(), pivot.numbers("BEEF")


def open_address(pivot: Pivot, fragment: str) -> None:
    pivot.page.goto("about:blank")
    pivot.page.goto(pivot.address + fragment)
    pivot.settle()


def test_a_report_is_saved_and_opened_exactly(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    pivot.choose("Display", "Top 10")
    shown = seen(pivot)
    menu(pivot, "Save as…")
    name_it(pivot, "Meat by quarter", "For the Monday meeting")
    expect(state(pivot)).to_have_accessible_name("Report: Meat by quarter")
    expect(pivot.page).to_have_url(f"{pivot.address}#report=meat-by-quarter")
    saved = reports(pivot, "/meat-by-quarter")
    assert saved["issues"] == []
    assert saved["description"] == "For the Monday meeting"
    open_address(pivot, "#report=meat-by-quarter")
    assert seen(pivot) == shown
    # Its short address answers other programs with the same numbers.
    with urllib.request.urlopen(f"{pivot.address}r/meat-by-quarter.json?query=table") as answer:
        rows = json.load(answer)
    beef = next(row for row in rows if row["product.category"] == "BEEF" and row["time.depth"] == 0)
    assert round(beef["sales"], 2) == shown[1][0]


def test_a_change_is_marked_saved_and_restored(pivot: Pivot) -> None:
    menu(pivot, "Save as…")
    name_it(pivot, "Start")
    pivot.toggle_row("MEAT")
    expect(state(pivot)).to_have_accessible_name("Report: Start (changed)")
    assert "report=start&cube=sales" in pivot.page.url
    pivot.page.get_by_label("Undo").click()
    expect(state(pivot)).to_have_accessible_name("Report: Start")
    pivot.page.get_by_label("Redo").click()
    menu(pivot, "Save")
    expect(state(pivot)).to_have_accessible_name("Report: Start")
    assert reports(pivot, "/start")["version"] == 2
    menu(pivot, "Versions…")
    dialog = pivot.page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog).to_have_count(0)
    pivot.settle()
    assert "BEEF" not in pivot.captions()
    assert reports(pivot, "/start")["version"] == 3
    menu(pivot, "Rename…")
    name_it(pivot, "Beginning")
    expect(state(pivot)).to_have_accessible_name("Report: Beginning")
    assert reports(pivot, "/start")["name"] == "Beginning"


def test_somebody_who_was_faster_is_not_overwritten(pivot: Pivot) -> None:
    menu(pivot, "Save as…")
    name_it(pivot, "Ours")
    theirs = reports(pivot, "/ours")["report"]
    theirs["view"]["totalsAt"] = "last"
    reports(pivot, "/ours", theirs, If_Match='"1"')
    pivot.toggle_row("MEAT")
    menu(pivot, "Save")
    dialog = pivot.page.get_by_role("dialog", name="Somebody else saved this report")
    expect(dialog).to_contain_text("has version 2 by now, not 1")
    pivot.complaints.clear()  # the browser logs the refused request
    dialog.get_by_role("button", name="Open theirs").click()
    pivot.settle()
    assert pivot.captions()[0] == "GROCERY"
    assert reports(pivot, "/ours")["version"] == 2
    pivot.toggle_row("MEAT")
    menu(pivot, "Save")
    expect(state(pivot)).to_have_accessible_name("Report: Ours")
    assert reports(pivot, "/ours")["version"] == 3


def test_versions_and_conflicts_are_worked_by_keys(pivot: Pivot) -> None:
    menu(pivot, "Save as…")
    name_it(pivot, "Keys")
    pivot.toggle_row("MEAT")
    menu(pivot, "Save")
    expect(state(pivot)).to_have_accessible_name("Report: Keys")
    menu(pivot, "Versions…")
    dialog = pivot.page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    assert pivot.serious("[role=dialog]") == []
    pivot.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    menu(pivot, "Versions…")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    pivot.tab_to("Restore")
    pivot.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    pivot.settle()
    assert "BEEF" not in pivot.captions()
    reports(pivot, "/keys", reports(pivot, "/keys")["report"], If_Match='"3"')
    pivot.toggle_row("DELI")
    menu(pivot, "Save")
    expect(dialog).to_contain_text("has version 4 by now, not 3")
    pivot.complaints.clear()  # the browser logs the refused request
    assert pivot.serious("[role=dialog]") == []
    for button in ("Save mine as a copy…", "Open theirs, drop mine", "Save mine over theirs"):
        pivot.tab_to(button)
    pivot.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(state(pivot)).to_have_accessible_name("Report: Keys")
    assert reports(pivot, "/keys")["version"] == 5


def test_reports_are_found_deleted_and_brought_back(pivot: Pivot) -> None:
    for name in ("Meat by quarter", "Fish"):
        menu(pivot, "Save as…")
        name_it(pivot, name)
    pivot.page.get_by_role("button", name="Reports", exact=True).click()
    dialog = pivot.page.get_by_role("dialog")
    saved = dialog.get_by_role("list", name="Saved")
    expect(saved.get_by_role("listitem")).to_have_count(2)
    dialog.get_by_label("Search saved reports").fill("fish")
    expect(saved.get_by_role("listitem")).to_have_count(1)
    dialog.get_by_role("button", name="Delete: Fish").click()
    expect(saved.get_by_role("listitem")).to_have_text(["none"])
    dialog.get_by_role("button", name="Close").click()
    expect(state(pivot)).to_have_accessible_name("Report: Not saved")
    pivot.page.locator(".notice-bar").get_by_role("button", name="Undo").click()
    expect(state(pivot)).to_have_accessible_name("Report: Fish")
    pivot.page.get_by_role("button", name="Reports", exact=True).click()
    dialog.get_by_role("button", name="Meat by quarter").first.click()
    expect(dialog).to_have_count(0)
    expect(state(pivot)).to_have_accessible_name("Report: Meat by quarter")
    pivot.page.go_back()
    expect(state(pivot)).to_have_accessible_name("Report: Fish")


def test_parameters_of_a_report_are_filters(pivot: Pivot) -> None:
    query = {
        "cube": "sales",
        "measures": ["sales"],
        "axes": {"rows": ["product.department"]},
        "cut": [{"level": "time.quarter", "members": [{"parameter": "quarter"}]}],
    }
    parameters = {"quarter": {"level": "time.quarter", "many": True, "default": "2017/Q1"}}
    reports(pivot, "", {"name": "Made by a program", "queries": {"one": query}, "parameters": parameters})
    for address, members in (
        ("#report=made-by-a-program", ["Q1"]),
        ("r/made-by-a-program?quarter=2017/Q2,2017/Q3", ["Q2", "Q3"]),
    ):
        open_address(pivot, address)
        assert pivot.chips("filters") == [f"Quarter: {', '.join(members)}"]
        cut = [{"level": "time.quarter", "members": [[2017, name] for name in members]}]
        wanted = pivot.ask("query?layout=cellset", {"measures": ["sales"], "cut": cut, "axes": {}})["cells"]["sales"][
            0
        ][0]
        assert pivot.numbers("Total") == [round(wanted, 2)]


def test_parameters_have_boxes(pivot: Pivot) -> None:
    """A reader chooses one or many members; the report is not changed by that, and a link keeps it."""
    query = {
        "cube": "sales",
        "measures": ["sales"],
        "axes": {"rows": [{"level": "product.department", "having": "sales > 20000"}]},
        "cut": [
            {"level": "time.quarter", "members": [{"parameter": "quarter"}]},
            {"level": "region.area", "members": [{"parameter": "area"}]},
        ],
    }
    parameters = {
        "quarter": {"level": "time.quarter", "default": "2017/Q1", "label": {"en": "Which quarter", "ko": "분기"}},
        "area": {"level": "region.area", "many": True, "default": '"Area A","Area B"'},
    }
    reports(pivot, "", {"name": "For readers", "queries": {"one": query}, "parameters": parameters})
    open_address(pivot, "#report=for-readers")
    bar = pivot.page.get_by_label("Parameters")
    expect(bar.get_by_label("Which quarter")).to_have_value('[2017,"Q1"]')
    expect(bar.get_by_role("button", name="Area A, Area B")).to_be_visible()
    bar.get_by_label("Which quarter").select_option(label="2017 › Q3")  # noqa: RUF001 - the page's sign
    pivot.settle()
    expect(state(pivot)).to_have_accessible_name("Report: For readers")
    cut = [
        {"level": "time.quarter", "members": [[2017, "Q3"]]},
        {"level": "region.area", "members": ["Area A", "Area B"]},
    ]
    body = {"measures": ["sales"], "cut": cut, "axes": {"rows": query["axes"]["rows"]}, "totals": True}  # type: ignore[index]
    answer = pivot.ask("query?layout=cellset", body)
    captions = [row[0]["caption"] if row[0] else "Total" for row in answer["axes"]["rows"]["tuples"]]
    assert pivot.captions() == captions
    assert pivot.numbers("Total") == [round(answer["cells"]["sales"][0][0], 2)]
    bar.get_by_role("button", name="Area A, Area B").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.locator(".node").filter(has=pivot.page.get_by_text("Area B", exact=True)).locator("label").click()
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    pivot.settle()
    link, total = pivot.page.url, pivot.numbers("Total")
    pivot.page.goto("about:blank")
    pivot.page.goto(link)
    pivot.settle()
    assert pivot.numbers("Total") == total
    assert pivot.chips("filters") == ["Quarter: Q3", "Trading area: Area A"]


def test_a_report_that_is_not_there_says_so(pivot: Pivot) -> None:
    open_address(pivot, "#report=" + urllib.parse.quote("no such"))
    dialog = pivot.page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("no such")
    pivot.complaints.clear()
    dialog.get_by_role("button", name="Close").click()
    assert pivot.numbers("Total")[0]


def test_the_gallery_says_what_it_has(pivot: Pivot) -> None:
    pivot.page.get_by_role("button", name="Reports", exact=True).click()
    dialog = pivot.page.get_by_role("dialog")
    cube = pivot.page.request.get(f"{pivot.address}api/v1/cubes/sales").json()
    has_baskets = any(dimension["name"] == "also" for dimension in cube["dimensions"])
    expect(dialog.locator(".card")).to_have_count(6 + has_baskets)
    for card in dialog.locator(".card").all():
        assert card.locator("span").inner_text()
    dialog.get_by_role("button", name="When they buy").click()
    expect(dialog).to_have_count(0)
    pivot.settle()
    assert pivot.chips("filters")[0] == "Category: CANDY - PACKAGED"

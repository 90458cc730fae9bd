"""Keyboard, accessibility, loading, errors, and what the page may load."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.sample import ROOT

from .pivot import Pivot

STATIC = ROOT / "api" / "static"
MOST_BYTES = 200 * 1024


def test_the_grid_is_worked_by_keys(pivot: Pivot) -> None:
    pivot.press("Control+Home", "ArrowDown")
    assert pivot.active().inner_text() == "GROCERY"
    pivot.page.keyboard.press("ArrowRight")
    pivot.settle()
    expect(pivot.row("GROCERY")).to_have_attribute("aria-expanded", "true")
    expect(pivot.grid).to_be_focused()
    pivot.page.keyboard.press("ArrowDown")
    assert pivot.active().inner_text() == "SOFT DRINKS"
    pivot.page.keyboard.press("ArrowLeft")
    assert pivot.active().inner_text() == "GROCERY"
    pivot.page.keyboard.press("ArrowLeft")
    expect(pivot.row("GROCERY")).to_have_attribute("aria-expanded", "false")
    pivot.page.keyboard.press("ArrowRight")
    pivot.settle()
    pivot.page.keyboard.press("ArrowRight")
    assert pivot.active().get_attribute("role") == "gridcell"
    pivot.page.keyboard.press("Enter")
    expect(pivot.page.locator(".facts")).to_be_visible()


def test_a_column_is_opened_and_sorted_by_keys(pivot: Pivot) -> None:
    pivot.press("Control+Home", *["ArrowRight"] * 4, "ArrowUp")
    assert pivot.active().get_attribute("role") == "columnheader"
    pivot.page.keyboard.press("Enter")
    pivot.settle()
    expect(pivot.active()).to_have_attribute("aria-sort", "descending")
    pivot.page.keyboard.press("ArrowUp")
    pivot.page.keyboard.press("Space")
    pivot.settle()
    expect(pivot.header("2017-01")).to_be_visible()


def test_the_menu_key_opens_the_menu(pivot: Pivot) -> None:
    pivot.press("Control+Home", "ArrowDown", "Shift+F10")
    expect(pivot.page.get_by_role("menuitem", name="Keep only this")).to_be_visible()
    pivot.page.keyboard.press("Escape")
    expect(pivot.page.get_by_role("menu")).to_have_count(0)


def test_cells_are_copied_with_their_headers(pivot: Pivot) -> None:
    pivot.press("Control+Home", "ArrowDown", "ArrowRight")
    pivot.settle()
    pivot.press("ArrowRight", "Shift+ArrowRight", "Control+c")
    pivot.page.wait_for_timeout(200)
    lines = pivot.page.evaluate("navigator.clipboard.readText()").split("\n")
    assert lines[-2].split("\t")[1:] == ["Sales", "Average basket"]
    assert lines[-1].split("\t")[:2] == ["GROCERY", "2316393.89"]


def test_the_grid_says_where_everything_is(pivot: Pivot) -> None:
    assert int(pivot.grid.get_attribute("aria-colcount") or 0) == 1 + 5 * 3
    assert int(pivot.grid.get_attribute("aria-rowcount") or 0) == 2 + 32
    row = pivot.row("GROCERY")
    assert [row.get_attribute(f"aria-{name}") for name in ("level", "posinset", "setsize")] == ["1", "1", "31"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_axe_finds_nothing_serious(pivot: Pivot, theme: str, language: str) -> None:
    pivot.page.evaluate(f"localStorage.setItem('cube-server.theme', '{theme}')")
    pivot.page.evaluate(f"localStorage.setItem('cube-server.language', '{language}')")
    pivot.page.reload()
    pivot.page.locator(".grid .row").first.wait_for()
    pivot.page.locator(".row.member .caret").first.click()
    pivot.page.locator(".row.depth-1").first.wait_for()
    assert pivot.serious("html") == []


def test_an_error_is_shown_and_can_be_retried(pivot: Pivot) -> None:
    problem = {"title": "x", "status": 503, "detail": "Too busy.", "code": "busy", "hint": "", "issues": []}
    pivot.page.route("**/query", lambda route: route.fulfill(status=503, json=problem))
    pivot.row("MEAT").locator(".caret").click()
    alert = pivot.page.get_by_role("alert")
    expect(alert).to_contain_text("Too busy.")
    assert pivot.numbers("GROCERY")[0]
    pivot.page.unroute("**/query")
    alert.get_by_role("button", name="Retry").click()
    pivot.settle()
    expect(pivot.row("SMOKED MEATS")).to_be_visible()
    expect(alert).to_have_count(0)


def test_a_late_answer_never_overwrites_a_newer_one(pivot: Pivot) -> None:
    held: list[Route] = []
    pivot.page.route("**/query", lambda route: held.append(route), times=1)
    pivot.choose("Display", "Top 10")
    pivot.page.wait_for_timeout(200)
    assert len(held) == 1
    pivot.page.get_by_label("Undo").click()
    pivot.choose("Display", "Top 25")
    pivot.settle()
    held[0].continue_()
    pivot.page.wait_for_timeout(500)
    assert pivot.grid.get_attribute("aria-rowcount") == str(2 + 26)


def test_what_is_loading_is_seen(pivot: Pivot) -> None:
    held: list[Route] = []
    pivot.page.route("**/query", lambda route: held.append(route), times=1)
    pivot.row("MEAT").locator(".caret").click()
    expect(pivot.page.locator(".row.loading .spinner")).to_be_visible()
    held[0].continue_()
    pivot.settle()
    expect(pivot.row("SMOKED MEATS")).to_be_visible()


def test_the_status_line_says_snapshot_date_and_time(pivot: Pivot) -> None:
    status = pivot.page.locator(".status")
    expect(status).to_contain_text("12/31/2017")
    expect(status).to_contain_text("Snapshot 00")
    expect(status).to_contain_text("Nothing left out")
    # However many rollups answered, it stays one line.
    pivot.ready("What grew most")
    box = status.bounding_box()
    assert box is not None
    assert box["height"] < 50
    expect(status).to_contain_text("Only rows where Sales in Q3 >= 1000")


def test_the_page_is_served_strictly(pivot: Pivot) -> None:
    answer = pivot.page.request.get(pivot.address, headers={"Accept": "text/html"})
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'")
    assert "unsafe" not in policy
    assert pivot.page.request.get(f"{pivot.address}assets/..%2f..%2fapp.py").status == 404
    told = pivot.page.request.get(pivot.address, headers={"Accept": "application/json"}).json()
    assert told["name"] == "cube-server"


def test_addresses_are_relative_so_that_a_sub_path_works() -> None:
    index = (STATIC / "index.html").read_text(encoding="utf-8")
    assert 'src="/' not in index
    assert 'href="/' not in index


def test_the_first_load_is_small(pivot: Pivot) -> None:
    loaded = {Path(url).name for url in pivot.requested if url.endswith(".js")}
    bytes_sent = sum(len(gzip.compress((STATIC / "assets" / name).read_bytes())) for name in loaded)
    assert 0 < bytes_sent < MOST_BYTES

"""How the page is served: under a sub-path, behind a key, strictly, and small."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from .pivot import Pivot
from .serving import proxied, serving

KEY = "correct horse"


def test_the_page_works_under_a_sub_path_of_a_reverse_proxy(browser: Browser, address: str) -> None:
    with proxied(address, "/reports/cube/") as outside:
        context = browser.new_context(locale="en-US")
        pivot = Pivot(context.new_page(), outside)
        pivot.open()
        pivot.toggle_row("MEAT")
        assert pivot.numbers("SMOKED MEATS")[0]
        pivot.row("SMOKED MEATS").locator(".value").first.dblclick()
        expect(pivot.page.locator(".fact-count")).to_contain_text("facts")
        pivot.page.get_by_role("button", name="Export").click()
        link = pivot.page.get_by_role("menuitem", name="CSV, flat data").evaluate("link => link.href")
        assert link.startswith(outside)
        with urllib.request.urlopen(link) as answer:
            assert answer.read().startswith(b"\xef\xbb\xbfproduct.department")
        assert [url for url in pivot.requested if not url.startswith((outside, "about:"))] == []
        assert pivot.complaints == []
        context.close()


def test_the_page_behind_a_key_asks_for_it_once(browser: Browser, panel_paths: tuple[Path, Path]) -> None:
    with serving(panel_paths, CUBE_API_KEY=KEY) as address:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(address, headers={"Accept": "text/html"}))
        assert refused.value.code == 401
        assert "Basic" in refused.value.headers["WWW-Authenticate"]  # what makes a browser ask
        refused.value.close()
        context = browser.new_context(locale="en-US", http_credentials={"username": "me", "password": KEY})
        pivot = Pivot(context.new_page(), address)
        pivot.open()
        pivot.toggle_row("MEAT")
        assert pivot.numbers("SMOKED MEATS")[0]
        context.close()
        stranger = browser.new_context(locale="en-US", http_credentials={"username": "me", "password": "wrong"})
        answer = stranger.new_page().goto(address)
        assert answer is not None
        assert answer.status == 401
        stranger.close()


def test_a_running_request_can_be_given_up(pivot: Pivot) -> None:
    held: list[Route] = []
    pivot.page.route("**/query", lambda route: held.append(route), times=1)
    watch = "const ask = fetch; window.fetch = (at, how) => ((window.signal = how.signal), ask(at, how)); 0"
    pivot.page.evaluate(watch)
    pivot.row("MEAT").locator(".caret").click()
    pivot.page.locator(".status").get_by_role("button", name="Cancel").click(timeout=5_000)
    assert pivot.page.evaluate("signal.aborted") is True
    expect(pivot.page.locator(".spinner")).to_have_count(0)
    alert = pivot.page.get_by_role("alert")
    expect(alert).to_contain_text("You stopped this request.")
    assert pivot.numbers("GROCERY")[0]
    alert.get_by_role("button", name="Retry").click()
    pivot.settle()
    expect(pivot.row("SMOKED MEATS")).to_be_visible()
    expect(alert).to_have_count(0)


def test_the_first_frame_is_full_and_so_is_a_larger_window(pivot: Pivot) -> None:
    drawn = pivot.page.evaluate(
        """() => {
          const grid = document.querySelector(".grid");
          const rows = [...grid.querySelectorAll(".row")];
          return rows.at(-1).getBoundingClientRect().bottom - grid.getBoundingClientRect().bottom;
        }"""
    )
    assert drawn >= 4 * 28  # some rows lie ready below the edge
    pivot.page.set_viewport_size({"width": 1440, "height": 1000})
    expect(pivot.page.locator(".grid .row").nth(31)).to_be_attached()

"""The page of a server that wants keys: the browser asks once, and everything that the page asks carries the key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cube_server.metadata.database import open_metadata
from cube_server.metadata.keys import Keys
from tests.cli.serving import serving

from .pivot import Pivot


@pytest.fixture(scope="module")
def guarded(panel_paths: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server of the panel, and its key."""
    model, warehouse = panel_paths
    folder = tmp_path_factory.mktemp("keys")
    _, key = Keys(open_metadata(None, folder)).add("ann")
    metadata = f"sqlite:///{folder / 'metadata.sqlite'}"
    options = ("--model", model, "--warehouse", warehouse, "--metadata", metadata, "--port", "0")
    with serving("serve", *options) as server:
        yield f"{server.url}/", key


def test_the_page_works_by_the_browsers_own_question(browser: Browser, guarded: tuple[str, str]) -> None:
    address, key = guarded
    context = browser.new_context(http_credentials={"username": "ann", "password": key}, locale="en-US")
    pivot = Pivot(context.new_page(), address)
    pivot.open()
    expect(pivot.row("GROCERY")).to_be_visible()
    pivot.toggle_row("GROCERY")
    pivot.settle()
    expect(pivot.row("SOFT DRINKS")).to_be_visible()
    assert any("/assets/" in url for url in pivot.requested)
    assert pivot.questions
    pivot.page.get_by_role("button", name="Report:").click()
    pivot.page.get_by_role("menuitem", name="Save as…").click()
    pivot.page.get_by_role("dialog").get_by_label("Name").fill("Groceries")
    pivot.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(pivot.page.get_by_role("button", name="Report: Groceries")).to_be_visible()
    pivot.page.get_by_role("button", name="Reports", exact=True).click()
    expect(pivot.page.get_by_role("dialog").get_by_role("list", name="Saved")).to_contain_text("ann")
    # The first answer of all is the 401 that makes the browser ask; nothing after it fails.
    assert [told for told in pivot.complaints if "401" not in told] == []
    context.close()


def test_a_wrong_key_shows_nothing(browser: Browser, guarded: tuple[str, str]) -> None:
    address, key = guarded
    context = browser.new_context(http_credentials={"username": "ann", "password": key[:-1]})
    page: Page = context.new_page()
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 401
    context.close()


def test_a_report_is_handed_out_to_somebody_without_a_key(browser: Browser, guarded: tuple[str, str]) -> None:
    """Who gets the address reads this report, as a page and in spreadsheets, and nothing else, until it is revoked."""
    address, key = guarded
    context = browser.new_context(http_credentials={"username": "ann", "password": key}, locale="en-US")
    pivot = Pivot(context.new_page(), address)
    pivot.open()
    share(pivot)
    dialog = pivot.page.get_by_role("dialog")
    expect(dialog.get_by_label("For somebody without a key")).to_contain_text("Save this view as a report first")
    assert key not in dialog.inner_text()
    dialog.get_by_role("button", name="Save as…").click()
    dialog.get_by_label("Name").fill("Handed out")
    dialog.get_by_role("button", name="Save").click()
    expect(pivot.page.get_by_role("button", name="Report: Handed out")).to_be_visible()
    share(pivot)
    part = dialog.get_by_label("For somebody without a key")
    part.get_by_label("Works for").select_option("7d")
    part.get_by_role("button", name="Make an address").click()
    expect(part.get_by_role("status")).to_contain_text("shown this once")
    page = part.get_by_label("Web page, a plain table").locator("pre").inner_text()
    csv = part.get_by_label("LibreOffice").locator("pre").inner_text()
    formula = part.get_by_label("Google Sheets").locator("pre").inner_text()
    assert formula == f'=IMPORTDATA("{csv}")'
    total = pivot.numbers("Total")[0]
    stranger = browser.new_context(locale="en-US")
    seen = stranger.new_page()
    seen.goto(page)
    expect(seen.locator("table")).to_contain_text("GROCERY")
    answer = stranger.request.get(csv)
    assert answer.text().splitlines()[0].lstrip("\ufeff").startswith("product.department")
    assert f"{total:.2f}" in answer.text()
    for other in ("api/v1/cubes", "api/v1/reports", "r/groceries.csv?" + csv.split("?")[1]):
        assert stranger.request.get(address + other).status in {401, 403}
    part.get_by_role("button", name="Revoke").click()
    expect(part.get_by_role("button", name="Revoke")).to_have_count(0)
    seen.wait_for_timeout(2_500)  # servers hear of it within two seconds
    assert stranger.request.get(csv).status == 401
    stranger.close()
    context.close()


def share(pivot: Pivot) -> None:
    pivot.choose("Export", "Share")
    expect(pivot.page.get_by_role("dialog")).to_be_visible()

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

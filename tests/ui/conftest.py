"""A real server on the real panel, and Debian's Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from .pivot import Pivot

# A busy machine is slow, not wrong.
expect.set_options(timeout=20_000)

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def address(panel_address: str) -> str:
    """Where a server of the panel listens."""
    return panel_address


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Debian's Chromium is; in CI it may not be missing."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing: apt-get install chromium fonts-noto-cjk")
        pytest.skip("chromium is not installed")
    return program


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGUMENTS))
        yield found
        found.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile on a small laptop's screen."""
    found = browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-US")
    found.grant_permissions(["clipboard-read", "clipboard-write"])
    yield found
    found.close()


@pytest.fixture
def pivot(context: BrowserContext, address: str) -> Iterator[Pivot]:
    """The page as it opens. No test may leave an error in the console or ask another host."""
    found = Pivot(context.new_page(), address)
    found.open()
    yield found
    assert found.complaints == []
    assert [url for url in found.requested if not url.startswith((address, "data:", "blob:"))] == []

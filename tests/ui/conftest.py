"""A real server on the real panel, and Debian's Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.panel.conftest import panel_paths as panel_paths
from tests.sample import ROOT

from .pivot import Pivot

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
def address(panel_paths: tuple[Path, Path]) -> Iterator[str]:
    """Where a server of the panel listens."""
    if not (ROOT / "api" / "static" / "index.html").is_file():
        pytest.fail("the page is not built: make ui")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model, warehouse = panel_paths
    settings = {"CUBE_MODEL": str(model), "CUBE_WAREHOUSE": str(warehouse)}
    command = [sys.executable, "-m", "uvicorn", "api.app:create_app_from_environment", "--factory"]
    server = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning"], cwd=ROOT, env=os.environ | settings
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/ready")
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(address: str, seconds: float = 60) -> None:
    """Wait until something answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; in CI it may not be missing."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing: apt-get install chromium fonts-noto-cjk")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_ARGUMENTS))
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

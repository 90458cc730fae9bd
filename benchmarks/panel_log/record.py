"""Record what the pivot page asks while somebody drills: `python -m benchmarks.panel_log.record ADDRESS`.

A seeded walk through the page of a served sample, in Chromium: rows and columns are opened and closed, sorted, filtered
and swapped, and the facts behind cells are looked at. What the page asks the server to compute
is kept, 200 requests, in order.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import urllib.parse
from collections.abc import Callable

from playwright.sync_api import Locator, Page, Request, expect, sync_playwright

from benchmarks.panel_log.steps import PATH, Step, write_steps

STEPS = 200
PER_VIEW = 12
API = "/api/v1/cubes/"
_COMPUTED = ("/query", "/facts", "/members")
"""What has to be computed: what the page reads of the model when it opens would only make the middle look better."""

VIEWS: tuple[dict[str, object], ...] = (
    {
        "rows": [["product.department"]],
        "columns": [["time.quarter"]],
        "measures": ["sales", "avg_basket", "households"],
    },
    {"rows": [["product.department", "product.category"]], "columns": [["time.month"]], "measures": ["sales"]},
    {"rows": [["region.area"]], "columns": [["time.quarter"]], "measures": ["sales", "baskets"]},
    {"rows": [["customer.income_band"]], "columns": [["region.store_size"]], "measures": ["sales", "households"]},
    {"rows": [["time.year"]], "columns": [["hour.daypart"]], "measures": ["sales", "baskets"]},
    {
        "rows": [["product.department"], ["customer.age"]],
        "columns": [],
        "measures": ["sales", "households", "avg_basket"],
    },
    {"rows": [["product.brand"]], "columns": [["time.quarter"]], "measures": ["sales", "discount_rate"]},
    {"rows": [["product.department"]], "columns": [], "measures": ["sales", "lines", "products", "baskets"]},
    {"rows": [["time.year"]], "columns": [], "measures": ["sales", "households", "avg_basket", "sales_per_household"]},
    {"rows": [["customer.home_area"]], "columns": [["time.quarter"]], "measures": ["sales", "households"]},
)
FILTERS: tuple[list[dict[str, object]], ...] = (
    [],
    [{"level": "time.quarter", "members": [[2017, "Q4"]], "exclude": False}],
    [{"level": "product.department", "members": [["GROCERY"], ["MEAT"]], "exclude": False}],
)


def main(address: str) -> None:
    """Walk, and write what was asked."""
    asked: list[Step] = []
    choose = random.Random(2017)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 860})
        page.on("request", lambda request: _note(request, asked))
        while len(asked) < STEPS:
            _open(page, address, choose)
            for _ in range(PER_VIEW):
                # A view may come to show nothing; then there is nothing to click at.
                if not _table(page).is_visible():
                    break
                choose.choices(_ACTIONS, weights=(10, 4, 1, 1, 2))[0](page, choose)
                _settle(page)
        browser.close()
    write_steps(tuple(asked[:STEPS]))
    sys.stderr.write(f"{STEPS} requests, {len(set(asked[:STEPS]))} different, in {PATH}\n")


def _note(request: Request, asked: list[Step]) -> None:
    path = urllib.parse.urlsplit(request.url)
    if path.path.startswith(API) and path.path.endswith(_COMPUTED):
        address = path.path + (f"?{path.query}" if path.query else "")
        asked.append(Step(address=address, body=request.post_data or ""))


def _open(page: Page, address: str, choose: random.Random) -> None:
    view = choose.choice(VIEWS)
    filters = choose.choice(FILTERS)
    shelves = {name: [{"levels": levels} for levels in view[name]] for name in ("rows", "columns")}  # type: ignore[attr-defined]
    parts = {**shelves, "measures": view["measures"], "filters": filters}
    fragment = "&".join(f"{name}={urllib.parse.quote(json.dumps(part))}" for name, part in parts.items())
    page.goto("about:blank")
    page.goto(f"{address}#cube=sales&{fragment}")
    expect(_table(page)).to_be_visible(timeout=60_000)
    _settle(page)


def _table(page: Page) -> Locator:
    return page.get_by_role("treegrid", name="Pivot table")


def _settle(page: Page) -> None:
    page.wait_for_timeout(60)
    expect(page.locator(".skeleton, .spinner")).to_have_count(0, timeout=30_000)


def _click(page: Page, selector: str, choose: random.Random, *, double: bool = False) -> None:
    found = page.locator(selector)
    count = found.count()
    if count:
        at = found.nth(choose.randrange(count))
        act: Callable[..., None] = at.dblclick if double else at.click
        act(timeout=5_000, force=True)


def _open_row(page: Page, choose: random.Random) -> None:
    _click(page, '.grid [role="rowheader"] .caret', choose)


def _open_column(page: Page, choose: random.Random) -> None:
    _click(page, '.grid [role="columnheader"] .caret', choose)


def _sort(page: Page, choose: random.Random) -> None:
    _click(page, ".header.measure", choose)


def _swap(page: Page, _: random.Random) -> None:
    page.get_by_label("Swap rows and columns").click()


def _look_at_facts(page: Page, choose: random.Random) -> None:
    _click(page, ".row .value", choose, double=True)
    page.wait_for_timeout(200)
    page.keyboard.press("Escape")


_ACTIONS = (_open_row, _open_column, _sort, _swap, _look_at_facts)

if __name__ == "__main__":
    main(sys.argv[1])

"""Take the pictures of docs/pivot.md: states of the page in both languages, light and dark.

    .venv/bin/python ui/screenshots.py ADDRESS FOLDER      where a server serves the sample, where the pictures go

The report that it saves for two of them it takes back.
"""

from __future__ import annotations

import json
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

View = dict[str, Any]

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def step(level: str, *key: object) -> View:
    """Give a step of a path."""
    return {"level": level, "key": list(key)}


MEAT, DELI = step("product.department", "MEAT"), step("product.department", "DELI")
Q1 = step("time.quarter", 2017, "Q1")
FRESH: View = {
    "level": "product.department",
    "members": [["MEAT"], ["DELI"], ["PRODUCE"], ["SEAFOOD"]],
    "exclude": False,
}
START: View = {
    "cube": "sales",
    "rows": [{"levels": ["product.department", "product.category"]}],
    "columns": [{"levels": ["time.quarter", "time.month"]}],
    "measures": ["sales"],
    "sort": {"by": "sales", "desc": True, "at": []},
}
HEAT = START | {
    "columns": [{"levels": ["time.month"]}],
    "open": {"rows": [[MEAT]], "columns": []},
    "formats": {"sales": {"colour": "heat", "decimals": 0}},
}
TOP: View = {"by": "sales", "bottom": False, "others": True}
OTHERS = START | {
    "measures": ["sales", "households"],
    "open": {"rows": [[MEAT]], "columns": []},
    "levels": {
        "product.department": {"top": TOP | {"n": 6}},
        "product.category": {"top": TOP | {"n": 3}},
        "time.quarter": {"top": TOP | {"n": 2}},
    },
    "totalOfShown": True,
}
SHARES = START | {
    "measures": ["sales", "households", "avg_basket"],
    "columns": [],
    "open": {"rows": [[MEAT], [DELI]], "columns": []},
    "formats": {
        "sales": {"showAs": "parent", "colour": "bars", "scope": "parent"},
        "households": {"colour": "bars"},
        "avg_basket": {"showAs": "rank"},
    },
}
RISE: View = {
    "of": "time",
    "formula": 'time.quarter[2017, "Q4"] - time.quarter[2017, "Q3"]',
    "format": "",
    "label": {"en": "Rise in Q4", "ko": "4분기 증가"},
}
CALCULATED = START | {
    "columns": [{"levels": ["time.quarter"]}],
    "members": {"rise": RISE},
    "levels": {"time.quarter": {"members": [[2017, "Q3"], [2017, "Q4"], {"calculated": "rise"}]}},
}
ON_ROWS = START | {
    "measures": ["sales", "avg_basket"],
    "open": {"rows": [[MEAT]], "columns": []},
    "filters": [FRESH],
    "measuresOn": "rows",
    "layout": "table",
}
REPORT: View = {
    "name": "Departments of an area",
    "description": "For the managers of areas",
    "queries": {
        "table": {
            "cube": "sales",
            "measures": ["sales", "households", "avg_basket"],
            "axes": {"rows": [{"level": "product.department", "having": "sales > 1000"}], "columns": ["time.quarter"]},
            "cut": [{"level": "region.area", "members": [{"parameter": "area"}]}],
        }
    },
    "parameters": {"area": {"level": "region.area", "default": '"Area A"', "label": {"en": "Area", "ko": "지역"}}},
}


def button(page: Page, name: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=name).first.click()


def item(page: Page, menu: str, name: str) -> None:
    """Choose from a menu."""
    button(page, menu)
    page.get_by_role("menuitem", name=name).click()


def row(page: Page, caption: str) -> Any:  # noqa: ANN401 - a locator
    """Find a row."""
    return page.locator(".row").filter(has=page.get_by_text(caption, exact=True)).first


def chart_and_facts(page: Page) -> None:
    """Open a chart, and the facts behind a cell."""
    row(page, "BEEF").locator(".value").nth(1).dblclick()
    page.locator(".facts tbody tr").first.wait_for()
    item(page, "Chart", "Stacked bars")


def filter_dialog(page: Page) -> None:
    """Open a filter and one of its members."""
    item(page, "옵션: 부문", "필터…")
    page.get_by_role("dialog").get_by_role("button", name="MEAT", exact=False).first.click()
    page.get_by_text("SMOKED MEATS").click()


def member_dialog(page: Page) -> None:
    """Edit a calculated member."""
    item(page, "Options: Quarter", "Edit calculated member: Rise in Q4")


def explained(page: Page) -> None:
    """Ask where a number comes from."""
    row(page, "BEEF").locator(".value").nth(1).click(button="right")
    page.get_by_role("menuitem", name="Where does this number come from?").click()
    page.wait_for_timeout(600)


def handed_out(page: Page) -> None:
    """Make an address for somebody without a key."""
    item(page, "내보내기", "공유")
    button(page, "주소 만들기")
    page.get_by_role("status").first.wait_for()


def level_dialog(page: Page) -> None:
    """Ask for the first rows of a level."""
    item(page, "옵션: 부문", "부문")


def nothing(_page: Page) -> None:
    """Leave the page as it opens."""


Then = Callable[[Page], None]

STATES: dict[str, tuple[str, str, View | str | None, Then]] = {
    "pivot": ("en", "light", None, nothing),
    "pivot-ko": ("ko", "light", START, filter_dialog),
    "pivot-dark": ("en", "dark", HEAT, nothing),
    "pivot-shares": ("ko", "light", SHARES, nothing),
    "pivot-chart-facts": ("en", "light", START | {"open": HEAT["open"]}, chart_and_facts),
    "pivot-others-ko-dark": ("ko", "dark", OTHERS, nothing),
    "pivot-formula": ("en", "light", CALCULATED, member_dialog),
    "pivot-explain": ("en", "dark", START | {"open": HEAT["open"]}, explained),
    "pivot-gallery": ("ko", "light", None, lambda page: button(page, "보고서")),
    "pivot-share": ("ko", "dark", "report=", handed_out),
    "pivot-measures-on-rows": ("en", "light", ON_ROWS, nothing),
    "pivot-parameters": ("en", "light", "report=", nothing),
}


def fragment(view: View | str | None) -> str:
    """Write what stands behind the address."""
    if view is None or isinstance(view, str):
        return f"#{view}" if view else ""
    parts = (f"{name}={urllib.parse.quote(json.dumps(part))}" for name, part in view.items() if name != "cube")
    return f"#cube={view['cube']}&" + "&".join(parts)


def take(browser: Browser, address: str, folder: Path, name: str, slug: str) -> None:
    """Take one picture; `slug` names the report that some of them show."""
    language, theme, view, then = STATES[name]
    view = f"report={slug}" if view == "report=" else view
    page = browser.new_page(viewport={"width": 1440, "height": 860}, locale="ko-KR" if language == "ko" else "en-US")
    page.add_init_script(f"localStorage.setItem('cube-server.theme', '{theme}')")
    page.goto(address + fragment(view))
    page.locator(".grid .row").first.wait_for()
    page.wait_for_timeout(900)
    then(page)
    page.wait_for_timeout(500)
    page.screenshot(path=folder / f"{name}.png")
    page.close()


def send(address: str, method: str, body: View | None = None) -> str:
    """Ask the server for something that is no picture; give the slug that it names."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(address, data=data, headers=headers, method=method)) as answer:
        return str(json.loads(answer.read() or b"{}").get("slug", ""))


def main(address: str, folder: Path, names: list[str]) -> None:
    """Take all pictures, or those that are named."""
    slug = send(f"{address}api/v1/reports", "POST", REPORT)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
            for name in names or STATES:
                take(browser, address, folder, name, slug)
            browser.close()
    finally:
        send(f"{address}api/v1/reports/{slug}", "DELETE")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") + "/", Path(sys.argv[2]), sys.argv[3:])

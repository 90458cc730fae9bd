"""Measure the page alone on 100,000 rows by 500 columns: the API's answers are made up here, at no cost to the page.

    .venv/bin/python ui/benchmark.py ADDRESS      where a server serves the page

It prints how long the first cells take after their answer, the longest task while scrolling by wheel, how long a jump
to a far row takes without the time of the server, and how many elements the document has.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright

ROWS, COLUMNS = 100_000, 500
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
VIEW = 'cube=sales&rows=[{"levels":["product.product"]}]&columns=[{"levels":["time.day"]}]&measures=["sales"]'
WATCH = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
}).observe({ type: "longtask", buffered: false });
"""


def answer(question: dict[str, Any]) -> str:
    """Make up an answer of the page that is asked for."""
    offset = question.get("offset", 0)
    rows = range(max(0, offset - 1), min(ROWS, offset + question["limit"] - (offset == 0)))
    total = [[None]] if offset == 0 else []
    tuples = total + [[{"key": ["A", "B", "C", row], "caption": f"Product {row}"}] for row in rows]
    columns = [[None], *([{"key": [2017, "Q1", "2017-01", day], "caption": f"Day {day}"}] for day in range(COLUMNS))]
    values = [[row * 1000.5 + day for day in range(COLUMNS + 1)] for row in range(len(tuples))]
    axes = {
        "rows": {"tuples": tuples, "total": ROWS + 1, "offset": offset},
        "columns": {"tuples": columns, "total": COLUMNS + 1, "offset": 0},
    }
    meta = {"snapshot": "1", "data_date": "2017-12-31", "total_rows": ROWS + 1, "truncated": True}
    meta |= {"source": "scan", "milliseconds": 1}
    return json.dumps({"axes": axes, "cells": {"sales": values}, "meta": meta})


def fulfil(route: Route) -> None:
    """Answer a query of the page."""
    route.fulfill(body=answer(json.loads(route.request.post_data or "{}")), content_type="application/json")


def until_filled(page: Page) -> float:
    """Wait until every cell in sight is there; give the milliseconds since the last answer had come."""
    found = page.evaluate(
        """() => new Promise((resolve) => {
          const look = () => {
            const isFilled = document.querySelector(".cell.value.ready") && !document.querySelector(".skeleton");
            if (!isFilled) return requestAnimationFrame(look);
            const asked = performance.getEntriesByType("resource").filter((entry) => entry.name.endsWith("/query"));
            resolve(performance.now() - asked.at(-1).responseEnd);
          };
          look();
        })"""
    )
    return float(found)


def main(address: str) -> None:
    """Measure and print."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 860})
        page.route("**/query", fulfil)
        page.goto(f"{address}#{VIEW}")
        print(f"first cells after the answer: {until_filled(page):.0f} ms")
        page.evaluate(WATCH)
        page.mouse.move(900, 500)
        for _ in range(60):
            page.mouse.wheel(40, 240)
            page.wait_for_timeout(30)
        print(f"longest task while scrolling: {page.evaluate('window.longest'):.0f} ms (0: none over 50)")
        page.evaluate("document.querySelector('.grid').scrollTo(311 * 84, 61234 * 28)")
        page.wait_for_timeout(60)
        print(f"a jump to row 61,234, column 311, after the answer: {until_filled(page):.0f} ms")
        print(f"elements: {page.evaluate('document.querySelectorAll(`*`).length'):,}")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/")

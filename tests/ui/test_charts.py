"""Every kind of chart: drawn from the view, drilled into by a click, said in words, saved as a picture."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from .pivot import Json, Pivot

KINDS = ("Bars", "Stacked bars", "Lines", "Pie", "Heat map", "Treemap")
FIRST = "#2f7ea6"
"""The colour of what the first row, GROCERY, is drawn with: the first of its series, or the most of a scale."""

VIEW: Json = {
    "cube": "sales",
    "rows": [{"levels": ["product.department", "product.category"]}],
    "columns": [{"levels": ["time.quarter"]}],
    "measures": ["sales"],
    "sort": {"by": "sales", "desc": True, "at": []},
}

FIND = """(colour) => {
  const wanted = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  for (const canvas of document.querySelectorAll(".chart canvas")) {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const is = (at) => wanted.every((part, band) => Math.abs(data[at * 4 + band] - part) < 3);
    const found = [];
    // Below the legend and above the ends of axes.
    const start = Math.floor(height * (canvas.parentElement.childElementCount > 1 ? 0.02 : 0.18));
    for (let y = start; y < height * 0.75; y += 1)
      for (let x = 4; x < width - 4; x += 1) if (is(y * width + x) && is(y * width + x + 1)) found.push([x, y]);
    if (found.length === 0) continue;
    const box = canvas.getBoundingClientRect();
    // High up: only the first row's bar reaches there. Half of the pixels lie below, in the bars of others.
    const [x, y] = found[Math.floor(found.length / 5)];
    return { x: box.x + (x * box.width) / width, y: box.y + (y * box.height) / height };
  }
  return null;
}"""


def spot(pivot: Pivot, colour: str) -> dict[str, Any]:
    """Find a place that is filled with a colour, once it is drawn."""
    handle = pivot.page.wait_for_function(FIND, arg=colour)
    found: dict[str, Any] = handle.json_value()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_of_each_kind_drills_down_and_is_saved(pivot: Pivot, kind: str) -> None:
    pivot.open(VIEW)
    pivot.choose("Chart", kind, exact=True)
    drawn = pivot.page.get_by_role("img", name="Sales · Department")
    expect(drawn.locator("canvas").first).to_be_visible()
    expect(drawn).to_have_attribute("aria-label", re.compile(r"GROCERY 2,316,393\.89; DRUG GM 596,827\.45"))
    expect(pivot.page.locator(".chart .hint")).to_have_text("The first 15 of 31 rows are drawn")
    at = spot(pivot, FIRST)
    pivot.page.mouse.click(at["x"], at["y"])
    expect(pivot.row("GROCERY")).to_have_attribute("aria-expanded", "true")
    pivot.settle()
    best = pivot.ask(
        "query?layout=cellset",
        {
            "measures": ["sales"],
            "cut": [{"level": "product.department", "members": [["GROCERY"]]}],
            "axes": {"rows": [{"level": "product.category", "top": {"n": 1, "by": "sales"}}]},
        },
    )
    name, value = best["axes"]["rows"]["tuples"][0][0]["caption"], best["cells"]["sales"][0][0]
    expect(drawn).to_have_attribute("aria-label", re.compile(re.escape(f"{name} {value:,.2f}")))
    for button, start in (("Save as PNG", b"\x89PNG"), ("Save as SVG", b"<svg")):
        with pivot.page.expect_download() as saved:
            pivot.page.get_by_role("button", name=button).click()
        content = Path(saved.value.path()).read_bytes()
        assert content.startswith(start)
        assert len(content) > 3_000
    assert name.split()[0].encode() in content  # texts of an SVG are texts
    pivot.page.locator(".breadcrumb").get_by_role("button", name="All").click()
    expect(pivot.row("GROCERY")).to_have_attribute("aria-expanded", "false")
    pivot.page.locator(".chart").get_by_role("button", name="Close").click()
    expect(drawn).to_have_count(0)

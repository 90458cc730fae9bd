"""Members with history on the page: as they are now, and as they were when each line was sold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.toy.star import toy_oracle, toy_warehouse

from .pivot import Json, Pivot
from .serving import serving

AREAS: Json = {"cube": "moved", "rows": [{"levels": ["client.area", "client.client"]}], "measures": ["lines"]}
MENU = {"now": "Members as they are now", "then": "Members as they were then"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the toy star."""
    with serving(toy_warehouse(tmp_path_factory.mktemp("toy"))) as found:
        yield found


@pytest.fixture(scope="module")
def areas() -> dict[str, dict[str, float]]:
    """The lines by area, for each way to read history, as DuckDB counts them."""
    with toy_oracle() as oracle:
        found = {
            when: oracle.sql(f"select {column}, count(*) from moved group by all").fetchall()
            for when, column in (("now", "area_now"), ("then", "area"))
        }
    return {when: {area or "(blank)": float(lines) for area, lines in rows} for when, rows in found.items()}


def shown(pivot: Pivot) -> dict[str, float | None]:
    """Give what stands beside each area."""
    return {caption: pivot.numbers(caption)[0] for caption in pivot.captions() if caption != "Total"}


def choose(pivot: Pivot, when: str) -> None:
    """Choose a way to read history in the menu."""
    pivot.page.get_by_role("button", name="Display").click()
    pivot.page.get_by_role("menuitem", name=MENU[when]).click()
    pivot.settle()


def test_members_are_read_as_they_were_then(pivot: Pivot, areas: dict[str, dict[str, float]]) -> None:
    assert areas["now"] != areas["then"]
    pivot.open(AREAS)
    status = pivot.page.locator(".status")
    assert shown(pivot) == areas["now"]
    expect(status.get_by_text(MENU["now"])).to_have_count(0)
    choose(pivot, "then")
    assert shown(pivot) == areas["then"]
    expect(status.get_by_text(MENU["then"])).to_be_visible()
    pivot.row("North").locator(".value").first.dblclick()
    expect(pivot.page.locator(".fact-count")).to_have_text(f"{areas['then']['North']:.0f} facts")
    link = pivot.page.url
    pivot.page.goto("about:blank")
    pivot.page.goto(link)
    pivot.settle()
    assert shown(pivot) == areas["then"]
    choose(pivot, "now")
    assert shown(pivot) == areas["now"]
    pivot.page.get_by_role("button", name="Undo").click()
    pivot.settle()
    assert shown(pivot) == areas["then"]


def test_who_has_no_history_has_nothing_to_choose(pivot: Pivot) -> None:
    pivot.open({"cube": "sales", "rows": [{"levels": ["product.department"]}], "measures": ["lines"]})
    pivot.page.get_by_role("button", name="Display").click()
    expect(pivot.page.get_by_role("menuitem", name="Hide empty rows and columns")).to_be_visible()
    expect(pivot.page.get_by_role("menuitem", name=MENU["then"])).to_have_count(0)

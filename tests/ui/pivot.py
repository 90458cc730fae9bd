"""The pivot page as a test sees it: what it shows, what it asks the server, and what the server says to the same."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

from tests.sample import ROOT

Json = dict[str, Any]

AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
_AXE_RUN = """async (where) => {
  const found = await axe.run(document.querySelector(where), { resultTypes: ["violations"] });
  const serious = found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return serious.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 160)}`);
}"""


class Pivot:
    """Drives the page.

    Args:
        page: The browser's page.
        address: Where the server listens.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        self.requested: list[str] = []
        self.questions: list[Json] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of 5" not in message.text:
            self.complaints.append(message.text)

    def _note(self, request: Request) -> None:
        self.requested.append(request.url)
        if request.method == "POST" and request.url.endswith("/query"):
            self.questions.append(json.loads(request.post_data or "{}"))

    def open(self, view: dict[str, Any] | None = None) -> None:
        """Open the page, with a view where one is given."""
        parts = [
            f"{name}={urllib.parse.quote(json.dumps(part))}" for name, part in (view or {}).items() if name != "cube"
        ]
        fragment = "#" + "&".join([f"cube={view['cube']}", *parts]) if view else ""
        self.page.goto("about:blank")
        self.page.goto(self.address + fragment)
        self.settle()

    def settle(self) -> None:
        """Wait until every cell in sight is there."""
        expect(self.grid).to_be_visible(timeout=30_000)
        self.page.wait_for_timeout(80)
        expect(self.page.locator(".skeleton, .spinner")).to_have_count(0, timeout=30_000)

    @property
    def grid(self) -> Locator:
        """The table."""
        return self.page.get_by_role("treegrid", name="Pivot table")

    def row(self, caption: str) -> Locator:
        """Find a row by its header."""
        header = self.page.locator('[role="rowheader"]').filter(has=self.page.get_by_text(caption, exact=True))
        return self.page.locator(".row").filter(has=header).first

    def captions(self) -> list[str]:
        """Read the row headers in sight, from top to bottom."""
        return self.page.locator('.grid [role="rowheader"]').all_inner_texts()

    def numbers(self, caption: str) -> list[float | None]:
        """Read the cells in sight of a row."""
        texts = self.row(caption).locator(".value").all_inner_texts()
        return [float(text.strip("%").replace(",", "")) if text else None for text in texts]

    def header(self, caption: str) -> Locator:
        """Find a column header."""
        return self.page.locator('[role="columnheader"]').filter(has=self.page.get_by_text(caption, exact=True)).first

    def toggle_row(self, caption: str) -> None:
        """Click the caret of a row."""
        self.row(caption).locator(".caret").click()
        self.settle()

    def toggle_column(self, caption: str) -> None:
        """Click the caret of a column."""
        self.header(caption).locator(".caret").click()
        self.settle()

    def press(self, *keys: str) -> None:
        """Press keys on the table."""
        self.grid.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def active(self) -> Locator:
        """Find the cell of the cursor."""
        return self.page.locator(f'[id="{self.grid.get_attribute("aria-activedescendant")}"]')

    def shelf(self, name: str) -> Locator:
        """Find a shelf: rows, columns, filters, measures."""
        return self.page.locator(f'[data-shelf="{name}"]')

    def chips(self, name: str) -> list[str]:
        """Read the chips of a shelf."""
        return self.shelf(name).locator(".chip .label").all_inner_texts()

    def field(self, name: str) -> Locator:
        """Find a field in the list; by search, so that it is in sight."""
        self.page.get_by_label("Search fields").fill(name)
        return self.page.locator(".field-list .field").filter(has=self.page.get_by_text(name, exact=True)).first

    def choose(self, button: str, item: str, *, exact: bool = False) -> None:
        """Choose from a menu of the tool bar."""
        self.page.get_by_role("button", name=button).click()
        self.page.get_by_role("menuitem", name=item, exact=exact).click()

    def serious(self, where: str) -> list[str]:
        """List what axe finds there that is serious."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = self.page.evaluate(_AXE_RUN, where)
        return found

    def tab_to(self, button: str) -> None:
        """Go through a dialog by Tab until a button has the focus."""
        inside = "document.activeElement.closest('[role=dialog], [role=alertdialog]') !== null"
        for _ in range(12):
            assert self.page.evaluate(inside)
            if self.page.evaluate("document.activeElement.innerText") == button:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(button)

    def ready(self, name: str) -> None:
        """Open a ready report from the gallery."""
        self.page.get_by_role("button", name="Reports", exact=True).click()
        self.page.get_by_role("dialog").locator(".card").filter(has_text=name).click()
        self.settle()

    def ask(self, resource: str, body: Json | None = None, *, cube: str = "sales") -> Any:  # noqa: ANN401 - JSON
        """Ask the server itself."""
        request = urllib.request.Request(
            f"{self.address}api/v1/cubes/{cube}/{resource}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def cells(answer: Json) -> dict[tuple[str, str, str], float | None]:
    """Index a cell set by the captions of its last levels, and by measure; a total is empty."""

    def name(members: list[Json | None]) -> str:
        return members[-1]["caption"] if members and members[-1] else ""

    rows = [name(members) for members in answer["axes"]["rows"]["tuples"]]
    columns = [name(members) for members in answer["axes"]["columns"]["tuples"]]
    return {
        (row, column, measure): values[at][across]
        for measure, values in answer["cells"].items()
        for at, row in enumerate(rows)
        for across, column in enumerate(columns)
    }

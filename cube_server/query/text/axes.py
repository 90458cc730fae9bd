"""The axes of a query in the short forms: levels on `rows` and `columns`, and what is asked of each."""

from __future__ import annotations

from typing import TypeVar

from cube_server.errors import nearest
from cube_server.query.request import AxesRequest, AxisItemRequest, OrderRequest
from cube_server.query.text.elements import (
    ForLevel,
    LevelText,
    read_having,
    read_level,
    read_order,
    read_subtotal,
    totalled,
)
from cube_server.query.text.parameters import Parameters
from cube_server.query.text.scan import SEPARATORS

T = TypeVar("T")


def read_axes(given: Parameters) -> AxesRequest:
    """Read `rows`, `columns`, `order`, `having`, `within` and `subtotals`."""
    rows = given.read("rows", read_level, *SEPARATORS)
    columns = given.read("columns", read_level, *SEPARATORS)
    asked = _Asked(given, rows, columns)
    return AxesRequest(rows=asked.items(rows), columns=asked.items(columns))


class _Asked:
    """What is asked of each level that stands on an axis."""

    def __init__(self, given: Parameters, rows: list[LevelText], columns: list[LevelText]) -> None:
        self._given, self._levels = given, (*rows, *columns)
        self._last_row = rows[-1] if rows else None
        self._orders = self._by_level("order", given.read("order", read_order, *SEPARATORS))
        self._having = self._by_level("having", given.read("having", read_having, ";"))
        subtotals = given.read("subtotals", read_subtotal, *SEPARATORS)
        self._subtotals = {
            over: self._by_level("subtotals", [text for text in subtotals if text.asked == over])
            for over in ("all", "shown")
        }
        self._sort_over_axis()

    def items(self, levels: list[LevelText]) -> list[AxisItemRequest]:
        """Make the items of one axis."""
        return [
            AxisItemRequest(
                level=level.level,
                alone=level.alone,
                order=self._orders.get(level),
                having=self._having.get(level),
                subtotals=totalled([over for levels in self._subtotals.values() if (over := levels.get(level))]),
            )
            for level in levels
        ]

    def _by_level(self, name: str, texts: list[ForLevel[T]]) -> dict[LevelText, T]:
        found: dict[LevelText, T] = {}
        for text in texts:
            level = text.level or self._last_row
            if level is None:
                self._blame(text, "There is no level on rows.", f"Name a level: {name}=LEVEL:...")
            elif level not in self._levels:
                self._blame(
                    text,
                    f"The level {str(level)!r} stands on no axis.",
                    nearest(str(level), map(str, self._levels)),
                )
            elif level in found:
                self._blame(text, f"The level {str(level)!r} has a second {name}.", "Give it one.")
            else:
                found[level] = text.asked
        return found

    def _sort_over_axis(self) -> None:
        within = self._given.one("within")
        if within is None or within == "parent":
            return
        if within != "axis":
            self._given.blame("within", f"{within!r} is neither parent nor axis.", "Write within=axis.")
        elif self._last_row is None:
            self._given.blame("within", "There is no level on rows to sort.", "Name one: rows=LEVEL.")
        else:
            order = self._orders.get(self._last_row, OrderRequest())
            self._orders[self._last_row] = order.model_copy(update={"within": "axis"})

    def _blame(self, text: ForLevel[T], message: str, hint: str) -> None:
        self._given.issues.append(text.source.error(message, hint, at=text.at).issue)

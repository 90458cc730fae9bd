"""Fifty random questions to the toy star, the same in every run, as bodies of `POST /query`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.toy.star import MODEL

Body = dict[str, Any]
UNKNOWN = {"unknown": True}

HIERARCHIES: dict[str, tuple[str, ...]] = {
    "product": ("product.department", "product.category", "product.product"),
    "customer": ("customer.area", "customer.customer"),
    "store": ("store.store",),
    "time": ("time.year", "time.quarter", "time.month", "time.day"),
    "time.weekly": ("time.week_year", "time.week"),
    "ship": ("ship.year", "ship.quarter", "ship.month"),
    "customer.age": ("customer.age",),
    "product.brand": ("product.brand",),
    "store.outdoor": ("store.outdoor",),
    "store.opened": ("store.opened",),
    "store.surface": ("store.surface",),
    "time.weekday": ("time.weekday",),
    "~product.category": ("~product.category",),
    "~time.quarter": ("~time.quarter",),
}
"""The levels that questions use, from the top of what may stand on one axis only."""

MEASURES: tuple[str, ...] = tuple(json.loads(MODEL.read_text(encoding="utf-8"))["cubes"]["sales"]["measures"])

DEFINED: dict[str, str] = {
    "part": "share(amount, rows.parent)",
    "risen": "difference(amount, 1, time)",
    "place": "rank(amount)",
    "so_far": "running(lines)",
    "half": "amount / 2",
    "known": "coalesce(quantity, 0)",
    "spenders": "count(good)",
}
"""Measures that questions define, by name. One counts the set `good`, which they define too."""

SETS = {"good": {"of": "customer.customer", "formula": "amount > 10"}}

CUTS: dict[str, Body] = {
    "food": {"level": "product.department", "members": ["Food"]},
    "unknown": {"level": "product.department", "members": [UNKNOWN]},
    "no department or home": {"level": "product.department", "members": [None, "Home"]},
    "neither food nor no department": {"level": "product.department", "members": ["Food", None], "exclude": True},
    "home without category, gifts": {"level": "product.category", "members": [["Home", None], ["Food", "Gifts"]]},
    "gifts anywhere": {"level": "product.category", "members": ["Gifts"], "alone": True},
    "two products left out": {
        "level": "product.product",
        "members": [[UNKNOWN, UNKNOWN, 99], ["Food", "Fruit", 1]],
        "exclude": True,
    },
    "house or no brand": {"level": "product.brand", "members": ["House", None]},
    "months": {"level": "time.month", "ranges": [{"from": "2024-01", "to": "2024-04"}]},
    "quarters": {"level": "time.quarter", "ranges": [{"from": [2024, "Q1"]}]},
    "days": {"level": "time.day", "ranges": [{"to": "2024-03-15"}]},
    "a week left out": {"level": "time.week", "members": [[2024, 1]], "exclude": True},
    "2024": {"level": "time.year", "members": [2024]},
    "shipped": {"level": "ship.year", "members": [None], "exclude": True},
    "shipped in months": {"level": "ship.month", "ranges": [{"from": "2023-12", "to": "2024-02"}]},
    "young or of no age": {"level": "customer.age", "members": ["20-29", None]},
    "not in the north": {"level": "customer.area", "members": ["North"], "exclude": True},
    "no customer": {"level": "customer.customer", "members": [None]},
    "stores": {"level": "store.store", "members": ["B:2", "C|3"]},
    "indoors": {"level": "store.outdoor", "members": [False]},
}
"""Cuts by what they leave."""
CONDITIONS = ("lines >= 2", "amount > 0", "not amount > 5", "baskets < 4 or quantity >= 5")
ORDERS = ("amount", "lines", "average", "amount / lines", "member")
TOTALS = (False, True, ["rows"], ["columns"], "shown", {"rows": ["all", "shown"], "columns": True})


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what to call it."""

    name: str
    body: Body

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels on rows, then those on columns."""
        return tuple(item["level"] for axis in ("rows", "columns") for item in self.body["axes"][axis])


def _question(number: int) -> Question:
    chance = Random(f"agreement {number}")
    rows, columns = _axes(chance)
    body: Body = {
        "measures": chance.sample(MEASURES, chance.randint(1, 4)),
        "axes": {"rows": [_item(level) for level in rows], "columns": [_item(level) for level in columns]},
        "cut": chance.sample(list(CUTS.values()), chance.choice((0, 0, 0, 1, 1, 2))),
    }
    for ask in (_subtotals, _totals, _conditions, _orders, _page, _everything, _definitions, _tops, _exceptions):
        ask(chance, body)
    return Question(f"q{number:02}", body)


def _axes(chance: Random) -> tuple[list[str], list[str]]:
    """Draw up to three levels for rows and up to two for columns."""
    shuffled = chance.sample(list(HIERARCHIES.values()), len(HIERARCHIES))
    drawn = [[level for level in levels if chance.random() < 0.6] for levels in shuffled]
    rows = [level for levels in drawn[:2] for level in levels][: chance.choice((0, 1, 2, 2, 3, 3))]
    columns = [level for levels in drawn[2:4] for level in levels][: chance.choice((0, 1, 1, 2))]
    return rows, columns


def _item(level: str) -> Body:
    return {"level": level}


def _items(body: Body) -> list[Body]:
    return [*body["axes"]["rows"], *body["axes"]["columns"]]


def _subtotals(chance: Random, body: Body) -> None:
    for axis in body["axes"].values():
        for item in axis[:-1]:
            item["subtotals"] = chance.choice((True, False, "shown", ["all", "shown"]))


def _totals(chance: Random, body: Body) -> None:
    body["totals"] = chance.choice(TOTALS)


def _conditions(chance: Random, body: Body) -> None:
    if _items(body) and chance.random() < 0.3:
        chance.choice(_items(body))["having"] = chance.choice(CONDITIONS)


def _orders(chance: Random, body: Body) -> None:
    if _items(body) and chance.random() < 0.5:
        order = {"by": chance.choice(ORDERS), "desc": chance.random() < 0.7, "within": "parent"}
        chance.choice(_items(body))["order"] = order


def _page(chance: Random, body: Body) -> None:
    if chance.random() < 0.3:
        body |= {"limit": chance.choice((0, 2, 4, 7, 7)), "offset": chance.choice((0, 0, 1, 2))}


def _everything(chance: Random, body: Body) -> None:
    """Show members without facts, where that is not a table of thousands."""
    if len(_items(body)) <= 2:
        body["nonempty"] = chance.random() < 0.8


def _definitions(chance: Random, body: Body) -> None:
    if chance.random() < 0.4:
        names = chance.sample(list(DEFINED), 2)
        body["measures"] += names
        body["with"] = {"measures": {name: {"formula": DEFINED[name]} for name in names}, "sets": SETS}


def _tops(chance: Random, body: Body) -> None:
    if _items(body) and chance.random() < 0.35:
        kind = chance.choice(({"n": 1}, {"n": 2}, {"percent": 50}, {"share": 80}, {"n": 2, "bottom": True}))
        chance.choice(_items(body))["top"] = {**kind, "by": "lines", "others": chance.random() < 0.7}


def _exceptions(chance: Random, body: Body) -> None:
    if chance.random() < 0.1:
        body["except"] = chance.sample(list(CUTS.values()), 2)


QUESTIONS: tuple[Question, ...] = tuple(_question(number) for number in range(50))

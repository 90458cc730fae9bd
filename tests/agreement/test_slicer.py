"""Law: what the Slicer API can express of a question has the same numbers there, less the habits that its docs list.

Of each question it is asked the levels but those used alone, the measures that the model has, and the cuts that it can
write. Totals are its summary; it has no subtotals, conditions and tops, so the native question has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.agreement.conftest import CUBE
from tests.agreement.questions import CUTS, HIERARCHIES, MEASURES, QUESTIONS, UNKNOWN, Body, Question
from tests.toy.star import MODEL

DRILLED = {
    "product": "product@goods",
    "customer": "customer@home",
    "store": "store@stores",
    "time": "time@calendar",
    "time.weekly": "time@weekly",
    "ship": "ship@calendar",
}
"""Hierarchies as it names them; an attribute is one of a single level: `customer@age`."""

SLICED = {
    "food": "product@goods:Food",
    "unknown": "product@goods:unknown()",
    "home without category, gifts": "product@goods:Home,__null__;Food,Gifts",
    "months": "time@calendar:2024,Q1,2024\\-01-2024,Q2,2024\\-04",
    "quarters": "time@calendar:2024,Q1-",
    "2024": "time@calendar:2024",
    "young or of no age": "customer@age:20\\-29;__null__",
    "no customer": "customer@home:__null__,__null__",
    "stores": "store@stores:B\\:2;C\\|3",
    "indoors": "store@outdoor:false",
}
"""Cuts in its words. Not here are those that exclude, which drop null there, and those to a null product, which there
take the unknown ones."""

ZERO_OF_NOTHING = {
    name
    for name, measure in json.loads(MODEL.read_text(encoding="utf-8"))["cubes"]["sales"]["measures"].items()
    if measure.get("aggregate") in ("sum", "count", "distinct")
}
"""There a sum or count of nothing is zero."""

Row = tuple[Any, ...]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_slicer_api(client: TestClient, question: Question) -> None:
    measures = [name for name in question.body["measures"] if name in MEASURES]
    cuts = [name for name in SLICED if CUTS[name] in question.body["cut"]]
    drilled = {hierarchy: level for hierarchy, level in deepest(question) if not hierarchy.startswith("~")}
    body = {"measures": measures, "cut": [CUTS[name] for name in cuts]}
    asked = {"aggregates": "|".join(measures), "cut": "|".join(SLICED[name] for name in cuts)}
    asked["drilldown"] = "|".join(drill(hierarchy, level) for hierarchy, level in drilled.items())
    response = client.get("/slicer/cube/sales/aggregate", params={name: text for name, text in asked.items() if text})
    assert response.status_code == 200, response.text

    (total,) = native(client, body)
    assert as_there(total, measures) == row(response.json()["summary"], measures)
    if drilled:
        columns = [level for name, last in drilled.items() for level in lineage(name, last)]
        records = native(client, {**body, "axes": {"rows": list(drilled.values())}})
        expected = {as_there(record, columns): as_there(record, measures) for record in records}
        found = response.json()["cells"]
        assert {row(cell, columns): row(cell, measures) for cell in found} == expected
        assert len(found) == len(expected)


def deepest(question: Question) -> Iterable[tuple[str, str]]:
    """Give the hierarchies of a question with the finest level of each that is asked."""
    for hierarchy, levels in HIERARCHIES.items():
        asked = [level for level in levels if level in question.levels]
        if asked:
            yield hierarchy, asked[-1]


def drill(hierarchy: str, level: str) -> str:
    named = DRILLED.get(hierarchy)
    return f"{named}:{level.split('.')[1]}" if named else hierarchy.replace(".", "@")


def lineage(hierarchy: str, last: str) -> tuple[str, ...]:
    levels = HIERARCHIES[hierarchy]
    return levels[: levels.index(last) + 1]


def native(client: TestClient, body: Body) -> list[dict[str, Any]]:
    response = client.post(f"{CUBE}/query?layout=records", json=body)
    assert response.status_code == 200, response.text
    found = response.json()
    return list(found["data"] if isinstance(found, dict) else found)


def row(cell: dict[str, Any], names: Iterable[str]) -> Row:
    return tuple(cell[name] for name in names)


def as_there(record: dict[str, Any], names: Iterable[str]) -> Row:
    """Write a record's values as that door does."""
    return tuple(_as_there(name, record[name]) for name in names)


def _as_there(name: str, value: object) -> object:
    if value is None and name in ZERO_OF_NOTHING:
        return 0
    return "unknown()" if value == UNKNOWN else value

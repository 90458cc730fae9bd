"""The least and greatest values of a whole table, whatever page of it is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

QUERY = "/api/v1/cubes/sales/query"
BODY: dict[str, Any] = {
    "measures": ["amount", "lines"],
    "axes": {"rows": ["product.department", {"level": "product.category"}], "columns": ["time.year"]},
    "totals": True,
}


def ask(client: TestClient, **changes: object) -> dict[str, Any]:
    answer = client.post(f"{QUERY}?layout=cellset", json={**BODY, **changes})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def spans(answer: dict[str, Any]) -> dict[str, list[float]]:
    """Find the same by hand: all cells at the finest tuples, no totals."""
    rows = [at for at, tuple_ in enumerate(answer["axes"]["rows"]["tuples"]) if tuple_[-1] is not None]
    columns = [at for at, tuple_ in enumerate(answer["axes"]["columns"]["tuples"]) if tuple_[-1] is not None]
    found = {}
    for name, cells in answer["cells"].items():
        values = [cells[row][column] for row in rows for column in columns if cells[row][column] is not None]
        found[name] = [min(values), max(values)]
    return found


@pytest.mark.parametrize("page", [{}, {"limit": 0}, {"limit": 2, "offset": 3}])
def test_ranges_are_those_of_all_pages(client: TestClient, page: dict[str, int]) -> None:
    whole = ask(client)
    assert "ranges" not in whole
    assert ask(client, ranges=True, **page)["ranges"] == spans(whole)


def test_ranges_are_of_what_is_shown(client: TestClient) -> None:
    item = {"level": "product.category", "top": {"n": 1, "by": "amount", "others": True}}
    axes = {"rows": ["product.department", item], "columns": ["time.year"]}
    shown = ask(client, axes=axes, ranges=True)
    members = [tuple_[-1] for tuple_ in shown["axes"]["rows"]["tuples"]]
    others = [at for at, member in enumerate(members) if member is not None and member.get("others")]
    assert others
    for cells in shown["cells"].values():
        for at in others:
            cells[at] = [None] * len(cells[at])
    assert shown["ranges"] == spans(shown)


def test_nothing_has_no_range(client: TestClient) -> None:
    nothing = {"measures": {"none": {"formula": "amount / 0"}}}
    answer = ask(client, **{"with": nothing, "measures": ["none"], "ranges": True})
    assert answer["ranges"] == {"none": [None, None]}

"""Eight business questions to a real wholesaler's lines, each one POST, against their recorded answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from .conftest import SOURCE

RECORDED = SOURCE.parents[1] / "cases" / "business_cases.json"
CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))["cases"]
}
by_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
Rows = list[list[Any]]


def named_total(rows: Rows) -> Rows:
    return [["(all)" if kind is None else kind, *values] for kind, *values in rows]


def known_weekdays(rows: Rows) -> Rows:
    """The recorded answer leaves Saturday out; here it is there, and empty."""
    assert [row for row in rows if row[0] == "Sat"] == [["Sat", None, None]]
    assert [row[0] for row in rows] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    return [row for row in rows if row[0] != "Sat"]


AS_RECORDED: dict[str, Callable[[Rows], Rows]] = {"or01": named_total, "or14": known_weekdays}


@by_case
def test_the_answer_is_the_recorded_one(shop: TestClient, case: dict[str, Any]) -> None:
    response = shop.post("/api/v1/cubes/lines/query?layout=records", json=case["body"])
    assert response.status_code == 200, response.text
    found = [[record[name] for name in case["columns"]] for record in response.json()]
    expected = recorded()[case["id"]]
    found = AS_RECORDED.get(case["id"], list)(found)
    assert len(found) == len(expected)
    for row, true in zip(found, expected, strict=True):
        assert row == [_near(value) for value in true]


@cache
def recorded() -> dict[str, Rows]:
    """Read the recorded answers."""
    return {case["id"]: case["answer"]["rows"] for case in json.loads(RECORDED.read_text(encoding="utf-8"))}


def _near(value: object) -> object:
    return pytest.approx(value, rel=1e-6, abs=1e-4) if isinstance(value, int | float) else value

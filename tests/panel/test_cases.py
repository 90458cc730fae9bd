"""Six business questions to the real panel, asked through HTTP only.

Each answer is compared with DuckDB's from the star's files and, where the questions' recorded answers lie beside this
checkout, with those. The recorded questions name some things otherwise than our model:

| recorded | ours |
|---|---|
| household | customer.household |
| store, trading area | region |
| date.year, date.quarter, date.weekday | time.year, time.quarter, time.weekday |
| product_category | ~product.category: alone, as a name may lie in several departments |
| (unknown) | the member unknown |
| contacted, responders | contacts, responses of the cube `contacts` |
| (all), (year) | a total, told by its depth |
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from httpx2 import Response
from starlette.testclient import TestClient

from tests.comparison import Row, assert_same_rows
from tests.sample import ROOT

RECORDED = ROOT.parent / "shared" / "cases" / "business_cases.json"
Case = dict[str, Any]
Rows = list[tuple[Any, ...]]

CASES: dict[str, Case] = {
    case["id"]: case
    for case in yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))["cases"]
}
by_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def by_address(panel: TestClient, case: Case) -> Rows:
    """Ask by GET and give the named columns of the records."""
    return _rows(panel.get(f"/api/v1/cubes/{case['address']}"), case["columns"])


def by_body(panel: TestClient, case: Case) -> Rows:
    """Ask by POST and give the named columns of the records."""
    path = str(case["address"]).partition("?")[0]
    return _rows(panel.post(f"/api/v1/cubes/{path}?layout=records", json=case["body"]), case["columns"])


def _rows(response: Response, columns: Sequence[str]) -> Rows:
    assert response.status_code == 200, response.text
    body = response.json()
    records = body["data"] if isinstance(body, dict) else body
    return [tuple(record[name] for name in columns) for record in records]


@by_case
def test_the_answer_is_duckdbs(panel: TestClient, panel_expected: Callable[[str], list[Row]], case: Case) -> None:
    assert_same_rows(by_address(panel, case), panel_expected(case["sql"]))


@by_case
def test_get_and_post_ask_the_same(panel: TestClient, case: Case) -> None:
    assert by_body(panel, case) == by_address(panel, case)


def pivoted(rows: Rows) -> Rows:
    """Give a row a department with its quarters and, last, the year, which comes first as a total."""
    lines: dict[Any, list[Any]] = {}
    for department, _, households in rows:
        lines.setdefault(department, []).append(households)
    return [(department, *quarters, year) for department, (year, *quarters) in lines.items()]


def totals_named(*names: str) -> Callable[[Rows], Rows]:
    """Write totals as the recorded answers do: a name for each rolled-up level."""
    return lambda rows: [
        (*(name if key is None else key for name, key in zip(names, row, strict=False)), *row[len(names) :])
        for row in rows
    ]


def by_caption(rows: Rows) -> Rows:
    """Identify campaigns by their captions, ties of the rate by the caption's text; redemptions are not recorded."""
    named = totals_named("(all)", "(all)")([(kind, caption, *values) for kind, _, caption, *values, _ in rows])
    return sorted(named, key=lambda row: (row[0] != "(all)", row[0], row[1] != "(all)", -row[-1], row[1]))


AS_RECORDED: dict[str, Callable[[Rows], Rows]] = {
    "cj18": pivoted,
    "cj19": totals_named("(year)", "(all)"),
    "cj27": by_caption,
}


@cache
def recorded() -> dict[str, Rows]:
    """Read the recorded answers."""
    return {case["id"]: case["answer"]["rows"] for case in json.loads(RECORDED.read_text(encoding="utf-8"))}


@pytest.mark.skipif(
    not RECORDED.is_file(), reason="the recorded answers (../shared/cases) are not beside this checkout"
)
@by_case
def test_the_answer_is_the_recorded_one(panel: TestClient, case: Case) -> None:
    found = AS_RECORDED.get(case["id"], list)(by_address(panel, case))
    expected = recorded()[case["id"]]
    assert len(found) == len(expected)
    for row, true in zip(found, expected, strict=True):
        assert list(row) == [_near(value) for value in true]


def _near(value: object) -> object:
    return pytest.approx(value, rel=1e-6, abs=1e-4) if isinstance(value, int | float) else value

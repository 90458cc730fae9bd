"""Twelve business questions that need calculations, sets or derived attributes, each one POST to the real panel.

Each answer is compared with DuckDB's from the star's files and, where the questions' recorded answers lie beside this
checkout, with those. `test_cases.py` has the table of names; besides, a recorded month is written 1 or 2017-01, and the
recorded customer base has no quarters.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from tests.comparison import Row, assert_same_rows
from tests.panel.test_cases import RECORDED, Rows, recorded

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in yaml.safe_load((Path(__file__).parent / "analysis_cases.yaml").read_text(encoding="utf-8"))["cases"]
}
by_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def asked(panel: TestClient, case: dict[str, Any]) -> Rows:
    """Ask by one POST and give the named columns of the records."""
    response = panel.post(f"/api/v1/cubes/{case['path']}?layout=records", json=case["body"])
    assert response.status_code == 200, response.text
    body = response.json()
    records = body["data"] if isinstance(body, dict) else body
    return [tuple(_written(record[name]) for name in case["columns"]) for record in records]


def _written(value: object) -> object:
    """Write the member unknown as the recorded answers do."""
    return "(unknown)" if value == {"unknown": True} else value


@by_case
def test_the_answer_is_duckdbs(
    panel: TestClient, panel_expected: Callable[[str], list[Row]], case: dict[str, Any]
) -> None:
    assert_same_rows(asked(panel, case), panel_expected(case["sql"]))


def numbered_months(rows: Rows) -> Rows:
    """Write a month as its number."""
    return [(int(month[-2:]), *values) for month, *values in rows]


def months_only(rows: Rows) -> Rows:
    """Leave the quarters out."""
    return [(month, base) for _, month, base in rows if month is not None]


def rounded_index(rows: Rows) -> Rows:
    """Round the index to two digits."""
    return [(*values, round(index, 2), money) for *values, index, money in rows]


AS_RECORDED: dict[str, Callable[[Rows], Rows]] = {"cj08": rounded_index, "cj24": numbered_months, "cj26": months_only}


@pytest.mark.skipif(
    not RECORDED.is_file(), reason="the recorded answers (../shared/cases) are not beside this checkout"
)
@by_case
def test_the_answer_is_the_recorded_one(panel: TestClient, case: dict[str, Any]) -> None:
    found = AS_RECORDED.get(case["id"], list)(asked(panel, case))
    expected = recorded()[case["id"]]
    assert len(found) == len(expected)
    for row, true in zip(found, expected, strict=True):
        assert list(row) == [_near(value) for value in true]


def _near(value: object) -> object:
    return pytest.approx(value, rel=1e-6, abs=1e-4) if isinstance(value, int | float) else value

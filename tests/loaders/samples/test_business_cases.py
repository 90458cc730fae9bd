"""The star against the questions beside this checkout, each with SQL and its true answer."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.sample import ROOT

CASES_FILE = ROOT.parent / "shared" / "cases" / "business_cases.json"

# What a load makes of the product ids that dim_product lacks.
PRODUCTS_WITH_UNKNOWN = """
    create view dim_product as
    select product_id, department, product_category from products
    union all
    select distinct product_id, '(unknown)', '(unknown)' from fact_sales anti join products using (product_id)
"""


def cases() -> list[dict[str, object]]:
    if not CASES_FILE.is_file():
        return []
    found = json.loads(CASES_FILE.read_text(encoding="utf-8"))
    return [case for case in found if case["dataset"] == "completejourney"]


@pytest.fixture(scope="module")
def connection(retail_star: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for file in retail_star.glob("*.parquet"):
        name = {"dim_product": "products"}.get(file.stem, file.stem)
        connection.execute(f"create view {name} as from read_parquet('{file}')")
    connection.execute(PRODUCTS_WITH_UNKNOWN)
    return connection


@pytest.mark.skipif(not CASES_FILE.is_file(), reason="../shared/cases is not beside this checkout")
@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_case_has_its_true_answer(connection: duckdb.DuckDBPyConnection, case: dict[str, object]) -> None:
    answer = case["answer"]
    assert isinstance(answer, dict)
    found = connection.execute(str(case["sql"]))
    assert [column[0] for column in found.description or ()] == answer["columns"]
    rows = found.fetchall()
    assert len(rows) == len(answer["rows"])
    for row, expected in zip(rows, answer["rows"], strict=True):
        for value, true in zip(row, expected, strict=True):
            assert same(value, true), (row, expected)


def same(value: object, true: object) -> bool:
    if isinstance(value, int | float | Decimal) and isinstance(true, int | float):
        return float(value) == pytest.approx(true, rel=1e-6, abs=1e-4)
    return (value.isoformat() if isinstance(value, date) else value) == true

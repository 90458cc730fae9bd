"""Facts with many members on the real panel: products of coupons, what baskets hold, campaigns of days."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from tests.comparison import Row, assert_same_rows
from tests.panel.test_analysis_cases import asked

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in yaml.safe_load((Path(__file__).parent / "bridge_cases.yaml").read_text(encoding="utf-8"))["cases"]
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_answer_is_duckdbs(
    panel: TestClient, panel_expected: Callable[[str], list[Row]], case: dict[str, Any]
) -> None:
    assert_same_rows(asked(panel, case), panel_expected(case["sql"]))


def test_every_pair_of_products_is_a_clear_error(panel: TestClient) -> None:
    """The year has some ten million pairs of products: too many for an answer, and none is laid out to say so."""
    body = {
        "measures": ["baskets"],
        "axes": {"rows": ["product.product", {"level": "also.product", "having": "baskets > 99"}]},
    }
    response = panel.post("/api/v1/cubes/sales/query", json=body)
    assert response.status_code == 422, response.text
    assert response.json()["code"] == "limit_exceeded"


def test_the_plan_says_how_a_bridge_goes(panel: TestClient) -> None:
    body = {"measures": ["redemptions"], "axes": {"rows": ["product.department"]}}
    response = panel.post("/api/v1/cubes/redemptions/explain", json=body)
    line = "bridge product: coupon_upc = bridge_coupon_product.coupon_upc, then bridge_coupon_product.product_id"
    assert line in response.text

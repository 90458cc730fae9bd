"""The toy's totals as added up by hand in README.md, asked of the engine."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cube_server.engine import Engine
from cube_server.query.request import AxesRequest, AxisItemRequest, QueryRequest

TOTALS = {
    "amount": 65.94,
    "quantity": 26,
    "weight": 8.45,
    "lines": 17,
    "baskets": 11,
    "customers": 4,
    "products": 10,
    "months": 5,
    "smallest": -35.00,
    "largest": 35.00,
    "average": 4.396,
    "fewest": -1,
    "most": 5,
    "price": 65.94 / 26,
    "per_basket": 65.94 / 11,
    "amount_or_zero": 65.94,
}

BY_DEPARTMENT = {"Food": 47.50, "Home": 20.94, "unknown()": 2.50, "null": -5.00}
BY_MONTH = {"2023-12": 12.50, "2024-01": 69.99, "2024-02": -32.50, "2024-04": -5.00, "2024-12": 20.95}
BY_CUSTOMER = {"1": 31.50, "2": 12.15, "3": 27.29, "4": -5.00, "null": None}
BASKETS_BY_CUSTOMER = {"1": 2, "2": 3, "3": 3, "4": 3, "null": 0}


def by_level(engine: Engine, level: str, measure: str) -> Mapping[str, object]:
    """Give a measure by the members of a level, each by its last key; lines keep members without a value."""
    axes = AxesRequest(rows=[AxisItemRequest(level=level)])
    cells = engine.query(QueryRequest(cube="sales", measures=[measure, "lines"], axes=axes))
    (ref,), (members,) = cells.rows.refs, cells.rows.dictionaries
    paths = [members.path(code) for code in cells.rows.tuples[ref.name]]
    names = ["null" if path[-1] is None else str(path[-1]) for path in paths]
    return dict(zip(names, (row[0] for row in cells.matrix(measure)), strict=True))


@pytest.mark.parametrize("measure", TOTALS)
def test_grand_total(toy: Engine, measure: str) -> None:
    cells = toy.query(QueryRequest(cube="sales", measures=[measure]))
    assert cells.matrix(measure) == [[pytest.approx(TOTALS[measure], rel=1e-12)]]


@pytest.mark.parametrize(
    ("level", "measure", "expected"),
    [
        ("product.department", "amount", BY_DEPARTMENT),
        ("time.month", "amount", BY_MONTH),
        ("customer.customer", "amount", BY_CUSTOMER),
        ("customer.customer", "baskets", BASKETS_BY_CUSTOMER),
    ],
)
def test_by_level(toy: Engine, level: str, measure: str, expected: Mapping[str, float | None]) -> None:
    found = by_level(toy, level, measure)
    assert list(found) == list(expected)
    assert found == pytest.approx(dict(expected))
    present = [value for value in expected.values() if value is not None]
    assert sum(present) == pytest.approx(TOTALS[measure])


def test_decimals_are_exact(toy: Engine) -> None:
    cells = toy.query(QueryRequest(cube="sales", measures=["amount", "smallest", "largest"]))
    assert cells.cells.row(0)[2:] == (65.94, -35.0, 35.0)

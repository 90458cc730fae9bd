"""Every case of tests/spec once more, answered from rollups: the same hand-written SQL is the other side."""

from __future__ import annotations

from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from tests.spec.test_spec import test_query

__all__ = ["test_query"]


def test_they_are_answered_from_rollups(toy: Engine) -> None:
    """Nothing is left for the scan: the finest rollup tells every level and every key."""
    request = QueryRequest(cube="sales", measures=["amount", "baskets", "average", "variance"])
    assert toy.query(request).source == "sales:all"
    body = {"cube": "bridged", "measures": ["baskets"], "axes": {"rows": ["also.category"], "columns": ["time.month"]}}
    assert "basket_id" in toy.query(QueryRequest.model_validate(body)).source

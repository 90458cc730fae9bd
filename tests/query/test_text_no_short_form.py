"""What the short forms cannot say is written as JSON, never left out."""

from __future__ import annotations

import pytest

from cube_server.query.request import AxisItemRequest, QueryRequest
from cube_server.query.text import format_query, parse_query

SHARE = {"measures": {"share": {"formula": "share(sales, product.all)"}}}
TOP = {"rows": [{"level": "product.department", "top": {"n": 3, "by": "sales"}}]}


@pytest.mark.parametrize(
    "fields",
    [
        {"measures": ["share"], "with": SHARE},
        {"axes": TOP},
        {"axes": TOP, "with": SHARE, "limit": 2, "offset": 2, "as_of": "000001"},
        {"with": {"sets": {"loyal": {"of": "customer.household", "formula": "baskets > 50"}}}},
    ],
)
def test_what_has_no_short_form_is_json(fields: dict[str, object]) -> None:
    request = QueryRequest.model_validate({"cube": "sales", **fields})
    parameters = format_query(request)
    assert list(parameters) == ["q"]
    assert parse_query("sales", {name: [text] for name, text in parameters.items()}) == request


def test_every_field_is_said_or_refused() -> None:
    """A field that is added to a request later is refused until the short forms say it."""
    from cube_server.query.text import format as forms

    assert set(QueryRequest.model_fields) >= forms._QUERY_FIELDS
    assert set(AxisItemRequest.model_fields) >= forms._AXIS_FIELDS

"""Whatever the data: the questions of the specification have one answer, in memory and in databases."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from cube_server.query.request import MembersRequest, QueryRequest
from tests.laws import toys
from tests.laws.databases import PROFILE, Fillers, Request, agree
from tests.laws.specified import specified

OFFERS = MembersRequest.model_validate({"cube": "bridged", "level": "offer.product"})
ALSO = OFFERS.model_copy(update={"level": "also.product"})
EVERY = [
    QueryRequest.model_validate({"cube": "bridged", "measures": ["lines"], "axes": {"rows": [link]}, "nonempty": False})
    for link in ("offer.product", "also.product", "promo.promo", "before.kind", "sent.promo")
]
# Bridges that lead facts nowhere, and to keys without a row.
NOWHERE = toys.only(
    dim_product=((1, "Apple", "Food", "Fruit", None),),
    dim_promo=((1, "New year", "Mail", toys.DAYS[0], toys.DAYS[0]),),
    fact_sales=(
        (1, 100, 98, 1, None, 20_240_101, None, None, None, None),
        (2, None, 99, None, None, 20_231_230, None, None, None, None),
    ),
    dim_date=tuple(map(toys.day_row, toys.DAYS[:3])),
    bridge_offer=((101, 97), (100, 96)),
)
# Nobody's months, where days without a row have none either, nor those without a key; a calendar without days.
MONTHS = QueryRequest.model_validate({"cube": "plans", "measures": ["plans"], "axes": {"rows": ["time.month"]}})
COUNTED = QueryRequest.model_validate(
    {"cube": "sales", "measures": ["lines", "months"], "axes": {"rows": ["time.year", "ship.year"]}}
)
UNDATED = toys.only(
    fact_sales=(
        (1, None, None, None, None, 19_000_101, None, None, None, None),
        (2, None, None, None, None, None, None, None, None, None),
    ),
    fact_plan=((1, None, None, None), (2, None, "2023-12", None), (3, None, "2024-13", None)),
)


@PROFILE
@example(UNDATED, [MONTHS, COUNTED])
@example(NOWHERE, [OFFERS, ALSO, *EVERY])
@given(toys.toys(), st.lists(specified(), min_size=12, max_size=12))
def test_databases_agree_on_the_specification(fillers: Fillers, toy: toys.Toys, requests: list[Request]) -> None:
    """All kinds of questions, and crossed, to odd texts, large numbers, days long ago, empty tables, any trees."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        agree(toys.loaded(toy, folder), requests, folder, fillers)

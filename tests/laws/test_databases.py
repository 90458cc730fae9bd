"""Two backends over the same random star give the same cells: in memory, and in databases of its files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cube_server.query.request import QueryRequest
from tests.laws import bridged, calendars, worlds
from tests.laws.databases import PROFILE, Fillers, agree
from tests.laws.questions import Question, questions
from tests.laws.stars import NAMES_OF_MEASURES, Star, stars

FORMULAS = {
    "of_all": "share(amount, d1.all)",
    "of_parent": "share(quantity, d0.parent)",
    "before": "previous(amount)",
    "so_far": "rolling(baskets, 2)",
    "places": "rank(amount)",
}
STEPS = (
    "previous({})",
    "rolling({}, 3)",
    "trailing({}, 2, time.day)",
    "to_date({}, time.year)",
    "share({}, time.all)",
    "({}, time.lead(1))",
    "rank({})",
)
SET = {"of": "d1.leaf", "formula": "amount > 0"}


def asked(question: Question, more: dict[str, Any], data: st.DataObject) -> QueryRequest:
    """Put what any question may have onto a question."""
    by = data.draw(st.sampled_from(NAMES_OF_MEASURES))
    rows: list[dict[str, Any]] = [{"level": level.name, "subtotals": True} for level in question.rows]
    if rows:
        rows[0] |= data.draw(
            st.sampled_from(
                (
                    {},
                    {"order": {"by": by, "desc": True}},
                    {"having": "lines > 1"},
                    {"top": {"n": 2, "by": by}},
                    {"top": {"n": 1, "by": by, "others": True}},
                )
            )
        )
    columns = [level.name for level in question.columns]
    cut = [cut.document() for cut in question.cuts]
    if data.draw(st.booleans()):
        cut.append({"level": "d1.good", "members": [[data.draw(st.booleans())]]})
    return question.request(axes={"rows": rows, "columns": columns}, cut=cut, **more)


@PROFILE
@given(stars(), st.data())
def test_databases_agree_with_memory(fillers: Fillers, star: Star, data: st.DataObject) -> None:
    """Any question to any star: nulls, keys without a row, levels of no facts, sets, steps, tops and others."""
    drawn = [data.draw(questions(star)) for _ in range(3)]
    defined = {"measures": {name: {"formula": text} for name, text in FORMULAS.items()}, "sets": {"good": SET}}
    more = {"with": defined, "measures": [*NAMES_OF_MEASURES, *FORMULAS], "nonempty": data.draw(st.booleans())}
    requests = [asked(question, more, data) for question in drawn]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        agree(worlds.loaded(star, folder), requests, folder, fillers)


@st.composite
def of_time(draw: st.DrawFn) -> QueryRequest:
    """Draw a question to a shop: any measure and stock, any step in time, at any mix of levels and under cuts."""
    place = draw(st.sampled_from((*calendars.PLACES, None)))
    others = draw(st.sampled_from(((), ("product.category",), ("product.product", "customer.area"))))
    cut: list[dict[str, Any]] = []
    if draw(st.booleans()):
        cut.append({"level": "customer.area", "members": ["north"], "exclude": draw(st.booleans())})
    values = draw(st.lists(st.sampled_from((*calendars.MEASURES, *calendars.STOCKS)), min_size=2, max_size=5))
    steps = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=3)) if place else []
    formulas = {f"step_{number}": {"formula": step.format(values[0])} for number, step in enumerate(steps)}
    return QueryRequest.model_validate(
        {
            "cube": "sales",
            "measures": [*dict.fromkeys(values), *formulas],
            "with": {"measures": formulas},
            "axes": {"rows": [*([{"level": place.name, "subtotals": True}] if place else []), *others]},
            "cut": cut,
            "totals": True,
        }
    )


@PROFILE
@given(calendars.shops(), st.lists(of_time(), min_size=3, max_size=3))
def test_databases_agree_on_time(fillers: Fillers, shop: calendars.Shop, requests: list[QueryRequest]) -> None:
    """Calendars with gaps, facts of no day and of days that are not in it, stocks by every rule, steps of all kinds."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        agree(calendars.loaded(shop, folder), requests, folder, fillers)


@st.composite
def of_bridges(draw: st.DrawFn) -> QueryRequest:
    """Draw a question over links by which a fact has many members: by a table, by facts, by dates."""
    levels = [f"{draw(st.sampled_from(bridged.LINKS))}.{draw(st.sampled_from(('category', 'brand')))}"]
    if draw(st.booleans()):
        levels.append(draw(st.sampled_from(("product.category", "~product.product", "time.half"))))
    cut: list[dict[str, Any]] = []
    for link in draw(st.lists(st.sampled_from((*bridged.LINKS, "product")), max_size=2, unique=True)):
        members = draw(st.lists(st.sampled_from(("a", "b")), min_size=1, max_size=2, unique=True))
        cut.append({"level": f"{link}.category", "members": members, "exclude": draw(st.booleans())})
    measures = draw(st.lists(st.sampled_from(bridged.MEASURES), min_size=1, max_size=4, unique=True))
    body = {"cube": "cube", "measures": measures, "axes": {"rows": levels}, "cut": cut, "totals": True}
    return QueryRequest.model_validate(body)


@PROFILE
@given(bridged.stars(), st.lists(of_bridges(), min_size=3, max_size=3))
def test_databases_agree_on_bridges(fillers: Fillers, star: bridged.Star, requests: list[QueryRequest]) -> None:
    """Pairs that repeat or lead nowhere, keys without a row, promotions without dates, cuts and exclusions by them."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        agree(bridged.loaded(star, folder), requests, folder, fillers)

"""Two backends over the same random star give the same cells: in memory, and in databases of its files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cube_server.query.request import QueryRequest
from tests.laws import bridged, calendars, derivations, worlds
from tests.laws.databases import PROFILE, Fillers, Request, agree
from tests.laws.questions import Question, questions
from tests.laws.stars import NAMES_OF_MEASURES, ORDERING, Star, stars
from tests.laws.timed import timed

FORMULAS = {
    "of_all": "share(amount, d1.all)",
    "of_parent": "share(quantity, d0.parent)",
    "before": "previous(amount)",
    "so_far": "rolling(baskets, 2)",
    "places": "rank(amount)",
}
SET = {"of": "d1.leaf", "formula": "amount > 0"}


def asked(question: Question, more: dict[str, Any], data: st.DataObject) -> QueryRequest:
    """Put what any question may have onto a question."""
    by = data.draw(st.sampled_from(ORDERING))
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


@PROFILE
@given(calendars.shops(), st.data())
def test_databases_agree_on_time(fillers: Fillers, shop: calendars.Shop, data: st.DataObject) -> None:
    """Calendars with gaps, facts of no day, stocks by every rule, steps, comparisons, cohorts, sets, facts in pages."""
    requests = [data.draw(timed(shop)) for _ in range(4)]
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


@PROFILE
@given(derivations.workshops(), st.lists(derivations.questions(), min_size=4, max_size=4))
def test_databases_agree_on_derived_tables(
    fillers: Fillers, workshop: derivations.Workshop, requests: list[Request]
) -> None:
    """Tables joined, chosen, made distinct and totalled, formulas of every type, calendars: a load and subselects."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        agree(derivations.loaded(workshop, folder), requests, folder, fillers)

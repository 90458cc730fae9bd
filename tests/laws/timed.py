"""Questions to a random shop: steps, comparisons of periods, stocks, cohorts, sets, calculated members, facts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cube_server.query.request import FactsRequest, MembersRequest, QueryRequest
from tests.laws import calendars
from tests.laws.databases import Request

STEPS = (
    "previous({})",
    "growth({})",
    "difference({}, 2)",
    "rolling({}, 3)",
    "trailing({}, 2, time.day)",
    "to_date({}, time.year)",
    "parallel({}, time.year)",
    "share({}, time.all)",
    "share({}, product.parent)",
    "share({}, rows.parent)",
    "({}, time.lead(1))",
    "rank({})",
    "running({})",
    "ntile({}, 2, rows.parent)",
)
OF = "customer.customer"
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "cohort": {"of": OF, "formula": "first(time.month)"},
    "months_later": {"of": OF, "by": ["time.month"], "formula": "time.month - cohort"},
    "third": {"of": OF, "formula": "ntile(-lines, 3)", "within": "cut"},
    "latest": {"of": OF, "formula": "last(time.day)"},
    "kind": {"of": OF, "formula": 'if(lines > 3, "often", if(latest > cohort, "later", "once"))'},
}
SETS: dict[str, dict[str, Any]] = {
    "newly": {"of": OF, "by": ["time.month"], "formula": "lines > 0 and cohort = time.month"},
    "gone": {"of": OF, "by": ["time.month"], "formula": "coalesce(lines, 0) = 0 and previous(lines) > 0"},
    "good": {"of": OF, "formula": "amount > 10 or (lines, time.lag(1)) > 1"},
}
DERIVED = ("customer.cohort", "customer.months_later", "customer.third", "customer.latest", "customer.good")
COUNTS = {"fresh": "count(newly)", "left": "count(gone)", "mean_third": "avg(third)", "last_seen": "max(latest)"}
OTHERS: tuple[tuple[str, ...], ...] = (
    (),
    ("product.category",),
    ("product.product", "customer.area"),
    ("customer.kind",),
    *((name,) for name in DERIVED),
)
SHOWN: tuple[dict[str, Any], ...] = (
    {"top": {"share": 60, "by": "lines", "within": "axis", "others": True}},
    {},
    {"having": "lines > 1"},
    {"top": {"n": 2, "by": "lines"}},
    {"order": {"by": "lines", "desc": True}},
)
"""Of the first one members by name are refused."""


@st.composite
def timed(draw: st.DrawFn, shop: calendars.Shop) -> Request:
    """Draw a question to a shop: any measure and stock, any step in time, at any mix of levels and under cuts."""
    cut = draw(_cuts(shop))
    defined: dict[str, Any] = {"attributes": ATTRIBUTES, "sets": SETS}
    asked = draw(st.sampled_from((QueryRequest,) * 6 + (FactsRequest, MembersRequest)))
    if asked is FactsRequest:
        columns = ["row", "time.day", "~time.week", draw(st.sampled_from((OF, *DERIVED))), "amount"]
        return FactsRequest.model_validate({"cube": "sales", "cut": cut, "with": defined, "columns": columns})
    if asked is MembersRequest:
        level = draw(st.sampled_from(("time.month", "time.weekly.day", OF, *DERIVED)))
        return MembersRequest.model_validate({"cube": "sales", "level": level, "with": defined})
    return _query(draw, shop, cut, defined)


@st.composite
def _cuts(draw: st.DrawFn, shop: calendars.Shop) -> list[dict[str, Any]]:
    """Draw cuts to members, known or not to the calendar, to ranges, and to derived members."""
    cuts: list[dict[str, Any]] = [
        {"level": "customer.area", "members": ["north"], "exclude": draw(st.booleans())},
        {"level": "time.month", "members": draw(_months(shop)), "by": "value", "exclude": draw(st.booleans())},
        {"level": "time.day", "ranges": [{"from": str(draw(st.sampled_from(shop.days)))}], "by": "value"},
        {"level": "customer.good", "members": [draw(st.booleans())]},
        {"level": "customer.third", "members": [1, None], "by": "value"},
        {"level": "customer.months_later", "ranges": [{"from": 0, "to": 3}]},
        {"level": "~product.product", "members": [1, 2], "by": "value", "known": True},
    ]
    return draw(st.lists(st.sampled_from(cuts), max_size=2, unique_by=lambda cut: str(cut["level"])))


def _months(shop: calendars.Shop) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([f"{day:%Y-%m}" for day in shop.days]), min_size=1, max_size=2, unique=True)


@st.composite
def _members(draw: st.DrawFn, shop: calendars.Shop) -> dict[str, dict[str, Any]]:
    """Draw members that are calculated of months, or none."""
    one, other = (f'time.month["{month}"]' for month in (draw(_months(shop)) * 2)[:2])
    members = {
        "change": {"of": "time", "formula": f"{one} - {other}"},
        "growth": {"of": "time", "formula": f"{one} / {other} - 1"},
        "both": {"of": "time", "formula": f"aggregate({one}, {other})"},
    }
    names = draw(st.lists(st.sampled_from(tuple(members)), max_size=2, unique=True))
    return {name: members[name] for name in names}


def _query(draw: st.DrawFn, shop: calendars.Shop, cut: list[dict[str, Any]], defined: dict[str, Any]) -> QueryRequest:
    place = draw(st.sampled_from((*calendars.PLACES, None)))
    values = draw(st.lists(st.sampled_from((*calendars.MEASURES, *calendars.STOCKS)), min_size=2, max_size=5))
    steps = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=3)) if place else []
    formulas = {f"step_{number}": step.format(values[0]) for number, step in enumerate(steps)}
    formulas |= {name: COUNTS[name] for name in draw(st.lists(st.sampled_from(tuple(COUNTS)), max_size=1))}
    members = draw(_members(shop)) if place is None else {}
    rows: list[Any] = [{"level": place.name, "subtotals": True}] if place else []
    rows += [{"level": name} for name in draw(st.sampled_from(OTHERS))]
    if rows:
        rows[-1] |= draw(st.sampled_from(SHOWN[1:] if members else SHOWN))
    if members:
        rows.insert(0, {"members": [f'time.month["{shop.days[0]:%Y-%m}"]', *members]})
    named = {name: {"formula": text} for name, text in formulas.items()}
    return QueryRequest.model_validate(
        {
            "cube": "sales",
            "measures": [*dict.fromkeys(values), *formulas],
            "with": {**defined, "measures": named, "members": members},
            "axes": {"rows": rows},
            "cut": cut,
            "totals": True if members else draw(st.sampled_from((True, ["rows"], "shown"))),
            "nonempty": draw(st.sampled_from((True, True, False))),
        }
    )

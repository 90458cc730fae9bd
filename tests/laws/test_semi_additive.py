"""Laws about measures that do not add up over time: each rule is what SQL gives from the days of the raw facts.

The oracle's `k` has a row for every shown tuple, `r` the facts of each on known days, and `c` the first day, the last
day and the number of days of the calendar that each tuple stands for, within the first and the last day with facts.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.query.request import QueryRequest
from tests.comparison import assert_same_rows, same, same_row
from tests.laws.calendars import (
    DAY,
    MONTH,
    PLACES,
    QUARTER,
    STOCKS,
    WEEK,
    YEAR,
    OpenShop,
    Place,
    Rows,
    Shop,
    by_key,
    opened,
    shops,
)

PROFILE = settings(settings.get_profile("laws"), max_examples=12)

BY_PRODUCT, BY_CUSTOMER = "kid, product", "kid, customer"
BY_BOTH = "kid, product, area, area is null and customer_odd"


def _at(edge: str, value: str, has: str = "amount is not null") -> str:
    """Aggregate the facts on the day of a window or of the calendar."""
    days = f"select *, {edge} as edge from r join c using (kid) where {has}"
    return f"select kid, {value} as v from ({days}) where d = edge group by kid"


def _mean(value: str, by: str, days: str, has: str = "amount is not null") -> str:
    """Add up, over items, the mean of the days' values."""
    of_days = f"select {by}, d, n, {value} as v from r join c using (kid) where {has} group by all"
    of_items = f"select {by}, sum(v) / {days} as v from ({of_days}) group by {by}, n"
    return f"select kid, sum(v) as v from ({of_items}) group by kid"


RULES = {
    "opening": _at("c.first", "sum(amount)"),
    "closing": _at("c.last", "sum(amount)"),
    "closing_lines": _at("c.last", "count(*)", "true"),
    "closing_most": _at("c.last", "max(amount)"),
    "oldest": _at("min(d) over (partition by kid)", "sum(amount)"),
    "newest": _at("max(d) over (partition by kid)", "sum(amount)"),
    "newest_lines": _at("max(d) over (partition by kid)", "count(*)", "true"),
    "newest_each": _at(f"max(d) over (partition by {BY_PRODUCT})", "sum(amount)"),
    "oldest_each": _at(f"min(d) over (partition by {BY_BOTH})", "sum(amount)"),
    "least_each": _at(f"max(d) over (partition by {BY_CUSTOMER})", "min(amount)"),
    "daily": _mean("sum(amount)", "kid", "n"),
    "daily_most": _mean("max(amount)", "kid", "n"),
    "daily_present": _mean("sum(amount)", "kid", "count(*)"),
    "daily_lines": _mean("count(*)", "kid", "count(*)", "true"),
    "daily_each": _mean("sum(amount)", BY_PRODUCT, "count(*)"),
}


def test_every_stock_has_its_sql() -> None:
    assert RULES.keys() == STOCKS.keys()


@dataclass(frozen=True, slots=True)
class Question:
    """Levels on rows, and cuts.

    Attributes:
        place: The level of time; None for all of it.
        others: Further levels: `product.category`, `product.product`, `customer.area`.
        area: The area that facts are cut to; empty for all.
        without: The month that is cut away; empty for none.
    """

    place: Place | None
    others: tuple[str, ...]
    area: str = ""
    without: str = ""

    @property
    def keys(self) -> list[str]:
        """The answer's columns of keys."""
        links = dict.fromkeys([self.place.name.rpartition(".")[0]] if self.place else [])
        paths = [f"time.{key}" for key in self.place.keys] if self.place else []
        for name in self.others:
            paths += {"product.product": ["product.category"], "customer.customer": ["customer.area"]}.get(name, [])
            paths.append(name)
            links[name.partition(".")[0]] = None
        return [*dict.fromkeys(paths), *(f"{link}.unknown" for link in links)]

    @property
    def columns(self) -> list[str]:
        """The same in SQL."""
        return [
            key.replace("time.weekly.unknown", "time.unknown").replace(".unknown", "_odd").rpartition(".")[2]
            for key in self.keys
        ]

    def body(self) -> dict[str, object]:
        """Write levels and cuts as a request has them."""
        cut: list[dict[str, object]] = []
        if self.area:
            cut.append({"level": "customer.area", "members": [self.area]})
        if self.without:
            cut.append({"level": "time.month", "members": [self.without], "exclude": True})
        return {"axes": {"rows": [*([self.place.name] if self.place else []), *self.others]}, "cut": cut}

    def found(self, shop: OpenShop, formula: str) -> Rows:
        """Ask the engine for a formula of every stock."""
        there = {f"{name}_there": {"formula": formula.format(name)} for name in STOCKS}
        rows = shop.ask(self.keys, ["lines", *there], **{"with": {"measures": there}}, **self.body())
        # The grand total stands whatever the facts; the oracle lists what has facts.
        size = len(self.keys)
        return {row[:size]: row[size + 1 :] for row in rows if row[size] is not None}

    def holds(self, shop: OpenShop, formula: str, days: str, *, others: str | None = None, keeps_cut: bool) -> None:
        """Assert that engine and oracle agree.

        Args:
            shop: The shop.
            formula: Of a stock, `{}` being its name.
            days: Which days (of the calendar, or of facts) `s` belong to the tuple `k`.
            others: Which facts `s` do, by other dimensions; by default those of the tuple's own members.
            keeps_cut: Whether the cut on time holds for `s`.
        """
        time = f"month is distinct from '{self.without}'" if self.without else "true"
        area = f"area = '{self.area}'" if self.area else "true"
        of_time = {*(self.place.keys if self.place else ()), "time_odd"}
        own = " and ".join(f"s.{key} is not distinct from k.{key}" for key in self.columns if key not in of_time)
        number = self.place.number if self.place else "0"
        columns = self.columns
        shop.oracle.execute(
            f"""
            create or replace table k as select *, row_number() over () as kid from (
              select distinct {", ".join([*columns, f"{number} as n_"])} from sales where {area} and {time});
            create or replace table e as select {number} as n_, max(d) as last_day from calendar group by all;
            create or replace table r as select k.kid, s.* from k left join e using (n_) join sales s
              on {days} and {(own if others is None else others) or "true"}
              where s.{area} and s.d is not null and {f"s.{time}" if keeps_cut and self.without else "true"};
            create or replace table c as select kid, min(s.d) as first, max(s.d) as last, count(*) as n
              from k left join e using (n_) join calendar s on {days}
              where s.d between (select min(d) from sales) and (select max(d) from sales)
                and {f"s.{time}" if keeps_cut and self.without else "true"} group by kid
            """.replace("s.true", "true")
        )
        values = ", ".join(f"{name}.v" for name in RULES)
        joins = " ".join(f"left join ({sql}) {name} using (kid)" for name, sql in RULES.items())
        shown = "".join(f"k.{column}, " for column in columns)
        expected = by_key(shop.sql(f"select {shown} {values} from k {joins}"), len(columns))
        found = self.found(shop, formula)
        assert found.keys() == expected.keys()
        for key, row in expected.items():
            for name, one, other in zip(RULES, found[key], row, strict=True):
                assert same(one, other), f"{formula.format(name)} at {key}: {one} is not {other}"


OTHERS = st.sampled_from(((), ("product.category",), ("product.product",), ("product.category", "customer.area")))


@st.composite
def questions(draw: st.DrawFn, *places: Place | None) -> Question:
    """Draw a question."""
    area = draw(st.sampled_from(("", "north")))
    return Question(
        draw(st.sampled_from(places)), draw(OTHERS), area, draw(st.sampled_from(("", "2024-01", "2024-02")))
    )


def fits(question: Question, shop: OpenShop) -> bool:
    """Tell whether the calendar has the month that is cut away."""
    return not question.without or bool(shop.sql(f"from calendar where month = '{question.without}'"))


@PROFILE
@given(shops(), questions(*PLACES, None))
def test_a_stock_is_sql_over_the_days_of_the_cell(shop: Shop, question: Question) -> None:
    """Each rule at any mix of levels, in every total and under any cut, nulls and days without facts among them."""
    days = f"s.{question.place.number} = k.n_" if question.place else "true"
    with opened(shop) as here:
        if fits(question, here):
            question.holds(here, "{}", days, keeps_cut=True)


@PROFILE
@given(shops(), questions(*PLACES), st.integers(-1, 2))
def test_a_stock_of_another_period_is_sql_over_its_days(shop: Shop, question: Question, count: int) -> None:
    """`previous(stock)` is the stock at the end of the period before, whatever the cut says of it."""
    place = question.place
    assert place is not None
    hierarchy = "time.weekly" if place is WEEK else "time"
    formula = f"({{}}, {hierarchy}.lag({count}))" if count >= 0 else f"({{}}, {hierarchy}.lead({-count}))"
    with opened(shop) as here:
        if fits(question, here):
            question.holds(here, formula, f"s.{place.number} = k.n_ - {count}", keeps_cut=False)


@PROFILE
@given(shops(), questions(MONTH, DAY, QUARTER, YEAR), st.sampled_from(("to_date", "trailing", "rolling")))
def test_a_stock_of_a_window_is_sql_over_its_days(shop: Shop, question: Question, window: str) -> None:
    """A window's first and last days are those of all its days; each item's too, wherever in the window they lie."""
    place = question.place
    assert place is not None
    number = place.number
    covered = f"k.n_ - 1 >= (select min({number}) from sales) and k.n_ <= (select max({number}) from sales)"
    formula, days = {
        "to_date": ("to_date({}, time.year)", f"s.year = k.year and s.{number} <= k.n_"),
        "trailing": ("trailing({}, 60, time.day)", "s.d between last_day - 59 and last_day"),
        "rolling": ("rolling({}, 2)", f"s.{number} between k.n_ - 1 and k.n_ and {covered}"),
    }[window]
    with opened(shop) as here:
        if fits(question, here):
            question.holds(here, formula, days, keeps_cut=False)


@PROFILE
@given(
    shops(), st.sampled_from((MONTH, None)), st.sampled_from(("product.all", "product.parent", "rows.all", "time.all"))
)
def test_a_stock_of_all_is_taken_anew(shop: Shop, place: Place | None, to: str) -> None:
    """`(stock, product.parent)` takes the parent's own last day, or each of its items' own, and never adds up."""
    question = Question(place, ("product.product",))
    own_days = f"s.{place.number} = k.n_" if place else "true"
    same_parent = "s.category is not distinct from k.category and s.product_odd = k.product_odd"
    days = own_days if to.startswith("product") else "true"
    others = {"product.parent": same_parent, "time.all": None}.get(to, "true")
    with opened(shop) as here:
        question.holds(here, f"({{}}, {to})", days, others=others, keeps_cut=True)


@PROFILE
@given(shops(), st.sampled_from((MONTH, QUARTER, YEAR)))
def test_a_total_of_items_is_the_sum_of_the_items(shop: Shop, place: Place) -> None:
    """Over everything but time a stock adds up: of each product by itself, and of all on the last day."""
    names = ["closing", "opening", "daily", "newest_each"]
    body = {"axes": {"rows": [place.name], "columns": ["product.product"]}, "totals": ["columns"]}
    with opened(shop) as here:
        rows = here.ask(
            [*(f"time.{key}" for key in place.keys), "time.unknown", "product.depth"], ["lines", *names], **body
        )
    size = len(place.keys) + 1
    for row in rows:
        if row[size] == 0:
            parts = [part[size + 2 :] for part in rows if part[:size] == row[:size] and part[size] == 2]
            for number, whole in enumerate(row[size + 2 :]):
                present = [part[number] for part in parts if part[number] is not None]
                assert same(sum(present) if present else None, whole), (row, names[number])


@PROFILE
@given(shops())
def test_sets_and_attributes_may_rest_on_a_stock(shop: Shop) -> None:
    """A set of products with something on the last day is what SQL chooses; beside it, the stock is of its members."""
    sets = {"sets": {"stocked": {"of": "product.product", "formula": "closing > 0"}}}
    with opened(shop) as here:
        found = here.ask(
            ["product.stocked"], ["lines", "closing"], **{"with": sets}, axes={"rows": ["product.stocked"]}
        )
        expected = here.sql("""
            with p as (select product, coalesce(sum(amount) filter (d = (select max(d) from sales)), 0) > 0 as stocked
              from sales group by product)
            select stocked, count(*), sum(amount) filter (d = (select max(d) from sales))
            from sales s join p on p.product is not distinct from s.product group by stocked""")
    assert len(found) == len(expected)
    for row in expected:
        assert any(same_row(row, one) for one in found), row


@PROFILE
@given(shops(), st.booleans())
def test_a_set_of_months_has_their_days(shop: Shop, as_cut: bool) -> None:
    """Months chosen by what they did end with the last day of the last such month, with facts on it or without."""
    sets = {"sets": {"busy": {"of": "time.month", "formula": "lines >= 3"}}}
    cut = {"cut": [{"level": "time.busy", "members": [True]}]} if as_cut else {}
    with opened(shop) as here:
        found = here.ask(
            ["time.busy"], ["lines", "closing", "opening", "daily"],
            **{"with": sets}, **cut, axes={"rows": ["time.busy"]},
        )  # fmt: skip
        expected = here.sql("""
            with b as (select month, time_odd from sales group by all having count(*) >= 3),
              f as (select s.*, b.time_odd is not null as busy
                from sales s left join b on b.month is not distinct from s.month and b.time_odd = s.time_odd),
              c as (select month in (select month from b where month is not null) as busy,
                  min(d) as first, max(d) as last, count(*) as n from calendar
                where d between (select min(d) from sales) and (select max(d) from sales) group by all)
            select busy, count(*), sum(amount) filter (d = c.last), sum(amount) filter (d = c.first),
              sum(amount) filter (d is not null) / n
            from f left join c using (busy) group by busy, n order by busy desc""")
    assert_same_rows(found, [row for row in expected if row[0] or not as_cut])


@PROFILE
@given(shops(), st.booleans())
def test_order_top_and_having_go_by_the_stock(shop: Shop, desc: bool) -> None:
    """Products sorted by their stock, the first two, and those over a bound, are those of the whole table."""
    level = {"level": "product.product", "order": {"by": "newest", "desc": desc}}
    key = ["product.product", "product.unknown"]
    with opened(shop) as here:
        whole = here.ask(
            key, ["newest"], axes={"rows": [{**level, "order": {"by": "newest", "desc": desc, "within": "axis"}}]}
        )
        having = here.rows(key, ["newest"], axes={"rows": [{**level, "having": "newest > 0"}]})
        top = here.ask(key, ["newest"], axes={"rows": [{**level, "top": {"n": 2, "by": "newest", "within": "axis"}}]})
    values = [row[2] for row in whole if row[2] is not None]
    assert values == sorted(values, reverse=desc)
    assert having == {row[:2]: row[2:] for row in whole if row[2] is not None and row[2] > 0}
    assert sorted((row[2] for row in top), reverse=True) == sorted(values, reverse=True)[:2]


def test_explain_shows_what_is_nested() -> None:
    """Days innermost, then items, then the cell."""
    with opened(Shop((), ())) as here:
        text = here.engine.explain(
            QueryRequest.model_validate({"cube": "sales", "measures": ["newest_each", "daily_most"]})
        )
    assert "newest_each = sum by product.product of (last_nonempty by time.day of (sum(amount)))" in text
    assert "daily_most = average by time.day of (max(amount))" in text

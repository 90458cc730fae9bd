"""Laws about the kinds of measures that rest on others: growth, shares, an index, the customer base.

Amounts are whole numbers around zero here, so that totals of zero, which have no shares and no growth, are frequent.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison import assert_same_rows, same_row
from tests.laws.calendars import DAY, MONTH, ODD, QUARTER, YEAR, OpenShop, Place, Rows, Shop, by_key, opened, shops

PROFILE = settings(settings.get_profile("laws"), max_examples=16)


def _coarse(shop: Shop) -> Shop:
    facts = ((*fact, None if amount is None else Decimal(round(amount / 20))) for *fact, amount in shop.facts)
    return replace(shop, facts=tuple(facts))  # type: ignore[arg-type]


def coarse_shops() -> st.SearchStrategy[Shop]:
    """Draw a shop with amounts from -1 to 2."""
    return shops().map(_coarse)


def assert_same_cells(found: Rows, expected: Rows) -> None:
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert same_row(found[key], values), f"{key}: {found[key]} is not {values}"


@PROFILE
@given(coarse_shops(), st.sampled_from((MONTH, QUARTER, YEAR, DAY)))
def test_growth_is_null_from_nothing_and_from_zero(shop: Shop, place: Place) -> None:
    """growth is x / previous - 1 and difference x - previous: null without a period before; growth from zero, too."""
    measures = {"growing": {"formula": "growth(amount)"}, "more": {"formula": "difference(amount)"}}
    keys = [*(f"time.{key}" for key in place.keys), "time.unknown"]
    columns = ", ".join(place.keys)
    with opened(shop) as here:
        found = here.rows(keys, ["amount", *measures], **{"with": {"measures": measures}}, axes={"rows": [place.name]})
        expected = here.sql(f"""
            with t as (select {columns}, time_odd, {place.number} as n, sum(amount) as x, count(*) as lines
              from sales group by all)
            select {columns}, t.time_odd, t.x, t.x / nullif(p.x, 0) - 1, t.x - p.x
            from t left join (select n, x from t) p on p.n = t.n - 1""")
    # A tuple that has nothing but null amounts, now and before, is empty.
    shown = {key: row for key, row in by_key(expected, len(keys)).items() if key in found or row[0] is not None}
    assert_same_cells(found, shown)


@PROFILE
@given(coarse_shops(), st.sampled_from(("", "north")))
def test_a_share_is_null_of_a_zero_total(shop: Shop, area: str) -> None:
    """Shares of the parent, of all, of the axis: x over x there, within the cut; null where that is zero or null."""
    places = ("product.parent", "product.all", "time.all", "rows.all", "columns.all")
    measures = {f"of_{number}": {"formula": f"share(amount, {to})"} for number, to in enumerate(places)}
    cut = [{"level": "customer.area", "members": [area]}] if area else []
    keys = ["product.category", "product.product", "product.unknown", "time.year", "time.unknown"]
    with opened(shop) as here:
        found = here.rows(
            keys, ["lines", "amount", *measures], **{"with": {"measures": measures}}, cut=cut,
            axes={"rows": ["product.product"], "columns": ["time.year"]},
        )  # fmt: skip
        expected = here.sql(f"""
            with t as (select category, product, product_odd, year, time_odd, count(*) as lines, sum(amount) as x
              from sales where {f"area = '{area}'" if area else "true"} group by all)
            select category, product, product_odd, year, time_odd, lines, x,
              x / nullif(sum(x) over (partition by category, product_odd, year, time_odd), 0),
              x / nullif(sum(x) over (partition by year, time_odd), 0),
              x / nullif(sum(x) over (partition by category, product, product_odd), 0),
              x / nullif(sum(x) over (partition by year, time_odd), 0),
              x / nullif(sum(x) over (partition by category, product, product_odd), 0)
            from t""")
    facts = {key: row for key, row in found.items() if row[0] is not None}
    assert_same_cells(facts, by_key(expected, len(keys)))


@PROFILE
@given(shops())
def test_an_index_is_the_ratio_of_two_profiles(shop: Shop) -> None:
    """100 x the share among the buyers / the share among all: unknown and null are out of both, empty groups null."""
    measures = {
        "buyers": {"formula": '(customers, product.category["a"])'},
        "idx": {"formula": "100 * share(buyers, customer.all) / share(customers, customer.all)"},
    }
    unknown = [{"unknown": True}] if any(fact[1] == ODD for fact in shop.facts) else []
    cut = [{"level": "customer.area", "members": [None, *unknown], "exclude": True}]
    with opened(shop) as here:
        found = here.ask(
            ["customer.area"], ["customers", "buyers", "idx"],
            **{"with": {"measures": measures}}, cut=cut, axes={"rows": ["customer.area"]},
        )  # fmt: skip
        expected = here.sql("""
            with t as (select area, count(distinct customer) as everybody,
                nullif(count(distinct customer) filter (category = 'a'), 0) as buyers
              from sales where area is not null group by area)
            select area, everybody, buyers,
              100 * (buyers / sum(buyers) over ()) / (everybody / sum(everybody) over ()) from t order by area""")
    assert_same_rows(found, expected)


@PROFILE
@given(shops(), st.sampled_from((MONTH, QUARTER, YEAR)), st.booleans())
def test_the_customer_base_is_whoever_bought_in_its_days(shop: Shop, place: Place, by_category: bool) -> None:
    """The base at a period's end is of its last 90 days, whole: a quarter's is its last month's, if that has facts."""
    measures = {"base": {"formula": "trailing(customers, 90, time.day)"}}
    keys = [*(f"time.{key}" for key in place.keys), "time.unknown"]
    keys += ["product.category", "product.unknown"] if by_category else []
    shown = [*place.keys, "time_odd", *(["category", "product_odd"] if by_category else [])]
    same = " and ".join(f"s.{key} is not distinct from k.{key}" for key in shown[len(place.keys) + 1 :]) or "true"
    with opened(shop) as here:
        found = here.rows(
            keys, ["lines", "base"], **{"with": {"measures": measures}},
            axes={"rows": [place.name, *(["product.category"] if by_category else [])]},
        )  # fmt: skip
        expected = base_of(here, place, shown, same)
    assert_same_cells({key: row[1:] for key, row in found.items() if row[0] is not None}, expected)


def base_of(shop: OpenShop, place: Place, shown: list[str], same: str) -> Rows:
    """Count, for each tuple with facts, the customers of the 90 days that end with its period."""
    columns = ", ".join(f"k.{key}" for key in shown)
    return by_key(
        shop.sql(f"""
            with k as (select distinct {", ".join(shown)}, {place.number} as n from sales),
              e as (select {place.number} as n, max(day) as last from calendar group by n)
            select {columns}, if(count(s.row) = 0, null, count(distinct s.customer)) from k left join e using (n)
            left join sales s on s.day between e.last - interval 89 day and e.last and {same} group by {columns}"""),
        len(shown),
    )

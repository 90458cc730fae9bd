"""Laws about sets and derived attributes: what they choose, count and are is what SQL gives, member by member.

The oracle's table `v` has a row for each customer with facts, the unknown one and null among them.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison import assert_same_rows, same_row
from tests.laws.calendars import AGGREGATES, MEASURES, OpenShop, Rows, Shop, by_key, opened, shops

PROFILE = settings(settings.get_profile("laws"), max_examples=12)

CONDITIONS = {
    "amount > 10": "sum(amount) > 10",
    "coalesce(amount, 0) < 10": "coalesce(sum(amount), 0) < 10",
    "baskets >= 2 or smallest < 0": "count(distinct basket) >= 2 or min(amount) < 0",
    '(lines, product.category["a"]) > 1': "count(*) filter (category = 'a') > 1",
    "not amount > 10": "not sum(amount) > 10",
    'last(time.month) < time.month["2024-01"]': "max(m) < 2024 * 12 + 1",
    "last(time.day) - first(time.day) > 30": "max(d) - min(d) > 30",
}
conditions = st.sampled_from(tuple(CONDITIONS))
of_facts = st.sampled_from([formula for formula in CONDITIONS if "coalesce" not in formula])
"""Conditions that hold for no one without facts; others also count members that have none."""


def defined(formula: str, *by: str) -> dict[str, Any]:
    """Define the set `chosen` of customers."""
    return {"sets": {"chosen": {"of": "customer.customer", "by": list(by), "formula": formula}}}


def chosen(shop: OpenShop, condition: str, *by: str) -> None:
    """Make the oracle's table `v`: customers, and whether the condition holds; null does not."""
    keys = ", ".join(["customer", "customer_odd", "area", *by])
    shop.oracle.execute(
        f"create table v as select {keys}, coalesce({condition}, false) as chosen, sum(amount) as x, "
        f"min(day) as since, max(m) as until from sales group by {keys}"
    )


def cells(shop: OpenShop, is_in: bool) -> Rows:
    """Aggregate the facts of the customers that are in the set, or of the others, by category."""
    return by_key(
        shop.sql(f"""
            select category, product_odd, {", ".join(AGGREGATES.values())} from sales s
            where (select v.chosen from v where v.customer is not distinct from s.customer) = {is_in}
            group by category, product_odd"""),
        2,
    )


def known_month(shop: OpenShop) -> bool:
    """Tell whether the calendar has the month that a condition names."""
    return bool(shop.sql("from calendar where month = '2024-01'"))


def assert_same(found: Rows, expected: Rows) -> None:
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert same_row(found[key], values), f"{key}: {found[key]} is not {values}"


@PROFILE
@given(shops(), conditions, st.booleans())
def test_a_cut_to_a_set_is_a_semi_join(shop: Shop, formula: str, is_in: bool) -> None:
    """Cut to a set, every measure is that of the facts of its members; cut to the others, of all other facts."""
    cut = [{"level": "customer.chosen", "members": [is_in]}]
    with opened(shop) as here:
        if "2024-01" in formula and not known_month(here):
            return
        chosen(here, CONDITIONS[formula])
        found = here.rows(
            ["product.category", "product.unknown"], list(MEASURES),
            **{"with": defined(formula)}, axes={"rows": ["product.category"]}, cut=cut,
        )  # fmt: skip
        assert_same(found, cells(here, is_in))


@PROFILE
@given(shops(), conditions)
def test_in_and_not_in_are_all(shop: Shop, formula: str) -> None:
    """A set on an axis puts every fact on one of two sides; together they are all facts, null members among them."""
    with opened(shop) as here:
        if "2024-01" in formula and not known_month(here):
            return
        by_side = here.ask(
            ["customer.chosen"], ["lines"], **{"with": defined(formula)}, axes={"rows": ["customer.chosen"]}
        )
        excluded = here.ask(
            [],
            ["lines"],
            **{"with": defined(formula)},
            cut=[{"level": "customer.chosen", "members": [True], "exclude": True}],
        )
        whole = here.sql("select count(*) from sales")[0][0]
    assert [side for side, _ in by_side] in ([], [True], [False], [True, False])
    assert sum(lines for _, lines in by_side) == whole
    assert (excluded[0][0] or 0) == dict(by_side).get(False, 0)


@PROFILE
@given(shops(), of_facts)
def test_the_count_of_a_set_is_sqls(shop: Shop, formula: str) -> None:
    """count(set) is how many customers are in it, area by area and in all; the customer null is none of them."""
    measures = {"n": {"formula": "count(chosen)"}}
    with opened(shop) as here:
        if "2024-01" in formula and not known_month(here):
            return
        chosen(here, CONDITIONS[formula])
        found = here.ask(
            ["customer.area", "customer.unknown"], ["n", "lines"],
            **{"with": {**defined(formula), "measures": measures}}, axes={"rows": ["customer.area"]}, totals=["rows"],
        )  # fmt: skip
        expected = here.sql("""
            select area, coalesce(customer_odd, false), sum(chosen::int) filter (customer is not null) from v
            group by grouping sets ((), (area, customer_odd)) having count(*) > 0
            order by grouping(area) desc,
              case when area is not null then 0 when customer_odd then 1 else 2 end, area""")
        cut = [{"level": "customer.chosen", "members": [True]}]
        distinct = here.ask([], ["customers"], **{"with": defined(formula)}, cut=cut)[0][0]
    if found[0][3] is not None:
        assert_same_rows([(*row[:2], row[2] or 0) for row in found], [(*row[:2], row[2] or 0) for row in expected])
        assert (found[0][2] or 0) == (distinct or 0)


@PROFILE
@given(shops(), st.sampled_from(("sum", "avg", "min", "max", "count")))
def test_an_aggregate_of_an_attribute_is_over_its_members(shop: Shop, function: str) -> None:
    """sum, avg, min, max and count of an attribute are SQL's over one value a customer, nulls ignored."""
    given_ = {
        "attributes": {"spent": {"of": "customer.customer", "formula": "amount"}},
        "measures": {"n": {"formula": f"{function}(spent)"}},
    }
    with opened(shop) as here:
        chosen(here, "true")
        found = here.ask(
            ["customer.area", "customer.unknown"], ["lines", "n"], **{"with": given_}, axes={"rows": ["customer.area"]}
        )
        expected = here.sql(f"""
            select area, customer_odd, {function}(x) filter (customer is not null)
            from v group by area, customer_odd
            order by case when area is not null then 0 when customer_odd then 1 else 2 end, area""")
    nothing = 0 if function == "count" else None
    assert_same_rows(
        [(area, unknown, nothing if n is None else n) for area, unknown, _, n in found],
        [(area, odd, nothing if n is None else n) for area, odd, n in expected],
    )


@PROFILE
@given(shops(), of_facts)
def test_a_set_by_month_is_chosen_month_by_month(shop: Shop, formula: str) -> None:
    """A set that changes with the month cuts and counts each month by what its facts say."""
    if "time." in formula:
        return
    with opened(shop) as here:
        chosen(here, CONDITIONS[formula], "month", "time_odd")
        given_ = {**defined(formula, "time.month"), "measures": {"n": {"formula": "count(chosen)"}}}
        table = here.rows(["time.month", "time.unknown"], ["n"], **{"with": given_}, axes={"rows": ["time.month"]})
        cut = [{"level": "customer.chosen", "members": [True]}]
        inside = here.rows(
            ["time.month", "time.unknown"], ["lines"], **{"with": given_}, axes={"rows": ["time.month"]}, cut=cut
        )
        counted = here.sql("select month, time_odd, sum(chosen::int) filter (customer is not null) from v group by all")
        joined = by_key(here.sql("""
            select s.month, s.time_odd, count(*) from sales s where exists (from v where v.chosen
              and v.customer is not distinct from s.customer and v.month is not distinct from s.month
              and v.time_odd = s.time_odd) group by all"""), 2)  # fmt: skip
    assert {key: n for key, (n,) in table.items() if n} == {tuple(key): n for *key, n in counted if n}
    assert_same(inside, joined)


@PROFILE
@given(shops())
def test_first_and_last_are_sqls_min_and_max(shop: Shop) -> None:
    """As levels, first(time.day) and last(time.month) group customers by SQL's least day and greatest month."""
    given_ = {
        "since": {"of": "customer.customer", "formula": "first(time.day)"},
        "until": {"of": "customer.customer", "formula": "last(time.month)"},
    }
    with opened(shop) as here:
        chosen(here, "true")
        for name, key in (
            ("since", "since"),
            ("until", "strftime(make_date((until - 1) // 12, (until - 1) % 12 + 1, 1), '%Y-%m')"),
        ):
            found = here.rows(
                [f"customer.{name}"],
                ["lines", "customers"],
                **{"with": {"attributes": given_}},
                axes={"rows": [f"customer.{name}"]},
            )
            expected = here.sql(f"""
                select {key}, count(*), count(distinct s.customer) from sales s
                join v on v.customer is not distinct from s.customer group by all""")
            assert_same(found, by_key(expected, 1))


@PROFILE
@given(shops(), st.integers(1, 5), st.booleans())
def test_an_ntile_of_customers_is_sqls(shop: Shop, count: int, desc: bool) -> None:
    """ntile as an attribute orders customers by the value, then by key, unknown ones and null last."""
    formula = f"ntile({'-' if desc else ''}amount, {count})"
    given_ = {"attributes": {"bucket": {"of": "customer.customer", "formula": formula}}}
    with opened(shop) as here:
        chosen(here, "true")
        found = here.rows(
            ["customer.bucket"], ["lines", "amount"], **{"with": given_}, axes={"rows": ["customer.bucket"]}
        )
        expected = here.sql(f"""
            with b as (select customer, ntile({count}) over
                (order by {"-" if desc else ""}x, customer_odd, customer nulls last) as bucket
              from v where x is not null)
            select bucket, count(*), sum(amount) from sales s left join b on b.customer is not distinct from s.customer
            group by bucket""")
    assert_same(found, by_key(expected, 1))

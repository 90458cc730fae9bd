"""Laws about shares, functions along an axis and top: each is what SQL's window functions give over the same groups."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison import assert_same_rows, same, same_row
from tests.laws.calendars import OpenShop, Shop, by_key, opened, shops

PROFILE = settings(settings.get_profile("laws"), max_examples=12)

SHOWN = ["customer.area", "customer.customer", "customer.unknown"]


def groups(shop: OpenShop) -> None:
    """Make the oracle's table `g`: customers with facts in member order, and x, their amount."""
    order = """
        case when area is not null then 0 when customer_odd then 1 else 2 end, area,
        case when customer is null then 2 when customer_odd then 1 else 0 end, customer"""
    shop.oracle.execute(f"""
        create table g as select *, row_number() over (order by {order}) as member
        from (select area, customer, customer_odd, sum(amount) as x
          from sales group by area, customer, customer_odd having sum(amount) is not null)""")


AXIS = {
    "rank(amount)": "rank() over (order by x desc)",
    "row_number(amount)": "row_number() over (order by x desc, member)",
    "ntile(amount, 3)": "ntile(3) over (order by x, member)",
    "ntile(-amount, 4)": "ntile(4) over (order by -x, member)",
    "running(amount)": "sum(x) over (order by member)",
    "cumulated_share(amount)": "sum(x) over (order by member) / nullif(sum(x) over (), 0)",
}


@PROFILE
@given(shops(), st.booleans())
def test_functions_along_an_axis_are_sqls_window_functions(shop: Shop, within_parent: bool) -> None:
    """rank, row_number, ntile, running and cumulated_share go over the axis as SQL's do over the same rows."""
    scope = ", rows.parent" if within_parent else ", rows.all"
    measures = {f"f{place}": {"formula": f"{text[:-1]}{scope})"} for place, text in enumerate(AXIS)}
    columns = [
        sql.replace("over (", "over (partition by area, area is null and customer_odd ") if within_parent else sql
        for sql in AXIS.values()
    ]
    with opened(shop) as here:
        groups(here)
        rows = ["customer.area", "customer.customer"]
        found = here.ask(SHOWN, ["amount", *measures], **{"with": {"measures": measures}}, axes={"rows": rows})
        expected = here.sql(f"select area, customer, customer_odd, x, {', '.join(columns)} from g order by member")
    assert_same_rows([row for row in found if row[3] is not None], expected)


@PROFILE
@given(shops(), st.booleans())
def test_running_goes_in_the_order_of_the_axis(shop: Shop, desc: bool) -> None:
    """Of an axis sorted by a measure, the running total adds up from its top, and its share ends at 1."""
    way = "desc" if desc else "asc"
    formulas = {"total": {"formula": "running(amount)"}, "part": {"formula": "cumulated_share(amount)"}}
    rows = [{"level": "customer.customer", "alone": True, "order": {"by": "amount", "desc": desc}}]
    with opened(shop) as here:
        groups(here)
        found = here.ask([], ["amount", *formulas], **{"with": {"measures": formulas}}, axes={"rows": rows})
        expected = here.sql(f"""
            select x, sum(x) over w, sum(x) over w / nullif(sum(x) over (), 0)
            from g window w as (order by x {way}, customer_odd, customer nulls last rows unbounded preceding)
            order by x {way}, customer_odd, customer nulls last""")
    assert_same_rows([row for row in found if row[0] is not None], expected)


@PROFILE
@given(shops())
def test_shares_of_the_parent_add_up_to_one(shop: Shop) -> None:
    """Within each parent that has a total other than zero, the shares of an additive measure sum to 1."""
    share = {"part": {"formula": "share(amount, customer.parent)"}, "whole": {"formula": "share(amount, customer.all)"}}
    with opened(shop) as here:
        found = here.ask(
            SHOWN, ["amount", *share], **{"with": {"measures": share}}, axes={"rows": ["customer.customer"]}
        )
    parents: dict[Any, list[tuple[Any, ...]]] = {}
    for area, _, unknown, *values in found:
        parents.setdefault((area, area is None and unknown), []).append(tuple(values))
    for children in parents.values():
        present = [(amount, part) for amount, part, _ in children if amount is not None]
        total = sum(amount for amount, _ in present)
        if abs(total) < 1e-9:
            assert all(part is None for _, part in present)
        else:
            assert same(sum(part for _, part in present), 1)
    everything = sum(row[3] for row in found if row[3] is not None)
    if abs(everything) > 1e-9:
        assert same(sum(row[5] for row in found if row[5] is not None), 1)


TOPS = st.sampled_from(
    (
        ({"n": 2}, "number <= 2"),
        ({"n": 0}, "false"),
        ({"percent": 40}, "number <= ceil(size * 0.4)"),
        ({"share": 60}, "before < total * 0.6"),
    )
)


@PROFILE
@given(shops(), TOPS, st.booleans(), st.booleans())
def test_top_is_the_first_of_sqls_order(
    shop: Shop, top: tuple[dict[str, int], str], bottom: bool, over_axis: bool
) -> None:
    """top keeps the first n, percent, or those that reach a share, of each parent, by value and then member order."""
    wanted, condition = top
    partition = "" if over_axis else "partition by area, area is null and customer_odd"
    order = f"order by x {'' if bottom else 'desc'}, member"
    asked = {**wanted, "by": "amount", "bottom": bottom, "within": "axis" if over_axis else "parent"}
    with opened(shop) as here:
        groups(here)
        rows = ["customer.area", {"level": "customer.customer", "top": asked}]
        found = here.ask(SHOWN, ["amount"], axes={"rows": rows})
        expected = here.sql(f"""
            with t as (select *, row_number() over ({partition} {order}) as number, count(*) over ({partition}) as size,
                sum(x) over ({partition}) as total,
                sum(x) over ({partition} {order} rows unbounded preceding) - x as before
              from g)
            select area, customer, customer_odd, x from t where {condition} order by member""")
    assert_same_rows(found, expected)


@PROFILE
@given(shops(), st.integers(0, 4), st.integers(0, 4))
def test_a_page_changes_no_value(shop: Shop, offset: int, limit: int) -> None:
    """A page is a stretch of the whole answer: shares, ranks, running totals and shifts stay what they were."""
    formulas = ["share(amount, rows.all)", "rank(amount)", "running(amount)", "ntile(amount, 3)", "previous(amount)"]
    measures = {f"f{place}": {"formula": formula} for place, formula in enumerate(formulas)}
    body = {"with": {"measures": measures}, "axes": {"rows": [{"level": "time.month", "order": {"by": "amount"}}]}}
    names = ["amount", *measures]
    with opened(shop) as here:
        whole = here.ask(["time.month", "time.unknown"], names, **body)
        page = here.ask(["time.month", "time.unknown"], names, **body, offset=offset, limit=limit)
    assert_same_rows(page, whole[offset : offset + limit])


@PROFILE
@given(shops(), st.booleans())
def test_what_is_hidden_changes_no_value(shop: Shop, by_top: bool) -> None:
    """Having and top choose rows; ranks, shares and running totals of those that stay do not change."""
    formulas = ["share(amount, customer.all)", "rank(amount)", "running(amount)", "cumulated_share(amount)"]
    measures = {f"f{place}": {"formula": formula} for place, formula in enumerate(formulas)}
    chosen = {"top": {"n": 2, "by": "lines"}} if by_top else {"having": "amount > 5"}
    names = ["lines", "amount", *measures]
    key = ["customer.area", "customer.customer", "customer.unknown"]
    with opened(shop) as here:
        whole = here.rows(key, names, **{"with": {"measures": measures}}, axes={"rows": ["customer.customer"]})
        some = here.rows(
            key, names, **{"with": {"measures": measures}}, axes={"rows": [{"level": "customer.customer", **chosen}]}
        )
    for at, values in some.items():
        assert same_row(values, whole[at])
    if not by_top:
        assert some.keys() == {at for at, values in whole.items() if values[1] is not None and values[1] > 5}


@PROFILE
@given(shops(), st.booleans(), st.booleans())
def test_a_value_at_all_is_there_wherever_it_is_asked(shop: Shop, nonempty: bool, crossed: bool) -> None:
    """(x, customer.all) is a function of the coordinate: the same at every customer, with facts at it or without."""
    measures = {"whole": {"formula": "(baskets, customer.all)"}}
    columns = ["time.year"] if crossed else []
    with opened(shop) as here:
        years = by_key(
            here.ask([*(["time.year", "time.unknown"] if crossed else [])], ["baskets"], axes={"rows": columns}),
            2 if crossed else 0,
        )
        found = here.ask(
            ["customer.customer", "customer.unknown", *(["time.year", "time.unknown"] if crossed else [])],
            ["whole", "baskets"],
            **{"with": {"measures": measures}},
            axes={"rows": ["customer.customer"], "columns": columns},
            nonempty=nonempty,
        )
    for row in found:
        assert row[-2] == years.get(row[2:-2], (None,))[0], row

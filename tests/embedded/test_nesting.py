"""Cuboids over cuboids, and over members, against SQL over the toy star's own files."""

from __future__ import annotations

import duckdb
import pytest

from cube_server.backends.base import Backend
from cube_server.errors import InternalError
from cube_server.formulas.parse import parse
from cube_server.model.elements import Cube
from cube_server.plan.nodes import Cuboid, Facts, Having, Members
from cube_server.query.spec import Cut
from cube_server.types import UNKNOWN
from tests.embedded.aggregates import COUNT, of_measures, over
from tests.embedded.conftest import BUDGET, Answer, Ref, Value


def same(found: list[tuple[Value, ...]], expected: list[tuple[Value, ...]]) -> None:
    """Compare rows in any order."""
    assert len(found) == len(expected)
    for row, wanted in zip(sorted(found, key=str), sorted(expected, key=str), strict=True):
        assert row == pytest.approx(wanted)


def test_baskets_of_each_customer_by_area(
    cube: Cube, ref: Ref, answer: Answer, oracle: duckdb.DuckDBPyConnection
) -> None:
    inner = Cuboid(Facts(cube), (ref("customer.customer"),), (), of_measures(cube, "baskets", "amount"))
    aggregates = (over("max", "baskets"), over("avg", "baskets"), over("sum", "amount"), over("min", "amount"), COUNT)
    found = answer(Cuboid(inner, (ref("customer.area"),), (), aggregates))
    expected = oracle.sql("""
        with inner_ as (
            select area, customer_id, count(distinct basket_id) as baskets, sum(amount)::double as amount
            from sales group by all
        )
        select area, max(baskets), avg(baskets), sum(amount), min(amount), count(*) from inner_ group by all
    """).fetchall()
    same(found, expected)


def test_how_many_customers_have_how_much_by_condition(
    cube: Cube, ref: Ref, answer: Answer, oracle: duckdb.DuckDBPyConnection
) -> None:
    inner = Cuboid(Facts(cube), (ref("customer.customer"),), (), of_measures(cube, "amount", "baskets"))
    outer = Cuboid(inner, (), (Having(parse("amount > 0 and baskets >= 3")),), (COUNT,))
    expected = oracle.sql("""
        select count(*) from (
            select customer_id from sales group by all having sum(amount) > 0 and count(distinct basket_id) >= 3
        )
    """).fetchall()
    assert answer(outer) == expected
    assert expected != [(0,)]


def test_a_condition_that_is_null_does_not_hold(cube: Cube, ref: Ref, answer: Answer) -> None:
    inner = Cuboid(Facts(cube), (ref("customer.customer"),), (), of_measures(cube, "amount"))
    kept = [
        answer(Cuboid(inner, (ref("customer.customer"),), (Having(parse(text)),)))
        for text in ("amount >= 0", "amount < 0")
    ]
    # The null customer's amounts are all null: it is in neither half, and each other customer is in one.
    assert sorted(len(part) for part in kept) == [1, 3]


def test_three_deep(cube: Cube, ref: Ref, answer: Answer, oracle: duckdb.DuckDBPyConnection) -> None:
    grain = (ref("customer.customer"), ref("time.month"))
    finest = Cuboid(Facts(cube), grain, (), of_measures(cube, "lines"))
    middle = Cuboid(finest, (ref("customer.customer"),), (), (over("max", "lines"), COUNT))
    found = answer(Cuboid(middle, (ref("customer.age"),), (), (over("sum", "max_lines"), over("max", "rows"))))
    expected = oracle.sql("""
        with finest as (select age, customer_id, month, count(*) as lines from sales group by all),
        middle as (select age, customer_id, max(lines) as lines, count(*) as months from finest group by all)
        select age, sum(lines), max(months) from middle group by all
    """).fetchall()
    same(found, expected)


def test_distinct_members_of_a_relation(
    cube: Cube, ref: Ref, answer: Answer, oracle: duckdb.DuckDBPyConnection
) -> None:
    measured = of_measures(cube, "customers", "months")
    inner = Cuboid(Facts(cube), (ref("customer.customer"), ref("time.month"), ref("product.brand")))
    found = answer(Cuboid(inner, (ref("product.brand"),), (), measured))
    # Known products only: brands of unknown ones are null in SQL, and `unknown()` to us.
    expected = oracle.sql("""
        select brand, count(distinct customer_id), count(distinct month) from sales where not odd group by all
    """).fetchall()
    same([row for row in found if row[0] is not UNKNOWN], expected)


def test_several_levels_of_one_dimension_are_the_combinations_that_occur(
    cube: Cube, ref: Ref, answer: Answer, oracle: duckdb.DuckDBPyConnection
) -> None:
    grain = (ref("product.brand"), ref("~product.category"))
    found = answer(Cuboid(Facts(cube), grain, (), of_measures(cube, "quantity")))
    expected = oracle.sql("""
        select case when odd then 'unknown()' else brand end, case when odd then 'unknown()' else category end,
            sum(quantity)
        from sales group by all
    """).fetchall()
    same([tuple("unknown()" if part is UNKNOWN else part for part in row) for row in found], expected)


def test_members_without_facts_are_members(cube: Cube, ref: Ref, answer: Answer) -> None:
    product = ref("product.product")
    keys = [row[-1] for row in answer(Cuboid(Members(cube, product.link), (product,)))]
    # Rug has no facts; 98 and 99 have no row; no line lacks a product, so null is none of them.
    assert sorted(key for key in keys if isinstance(key, int)) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 98, 99]
    assert len(keys) == 11
    customers = [
        row[-1] for row in answer(Cuboid(Members(cube, ref("customer.area").link), (ref("customer.customer"),)))
    ]
    assert sorted(customers, key=str) == [1, 2, 3, 4, 5, None]


def test_members_within_a_cut_by_a_coarser_level(cube: Cube, ref: Ref, answer: Answer) -> None:
    department = ref("product.department")
    node = Cuboid(Members(cube, department.link), (ref("product.brand"),), (Cut(ref=department, members=(("Home",),)),))
    same(answer(node), [("Glow",), ("House",), ("Fresh",)])


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("customer.area", "customer.customer"),
        ("product.category", "product.brand"),
        ("~product.category", "product.department"),
        ("product.department", "~product.category"),
        ("time.month", "ship.month"),
    ],
)
def test_a_grain_that_the_relation_does_not_determine_is_refused(
    given: str, wanted: str, cube: Cube, ref: Ref, backend: Backend
) -> None:
    inner = Cuboid(Facts(cube), (ref(given),), (), of_measures(cube, "lines"))
    with pytest.raises(InternalError, match=r"does not determine"):
        backend.cuboid(Cuboid(inner, (ref(wanted),), (), (over("sum", "lines"),)), BUDGET)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("product.product", "product.brand"),
        ("product.product", "~product.category"),
        ("product.category", "product.department"),
        ("product.category", "~product.category"),
        ("time.day", "time.weekday"),
        ("time.month", "time.year"),
    ],
)
def test_a_roll_up_of_a_relation_is_the_roll_up_of_its_facts(
    given: str, wanted: str, cube: Cube, ref: Ref, answer: Answer
) -> None:
    measured = of_measures(cube, "quantity")
    inner = Cuboid(Facts(cube), (ref(given),), (), measured)
    nested = answer(Cuboid(inner, (ref(wanted),), (), (over("sum", "quantity"),)))
    same(nested, answer(Cuboid(Facts(cube), (ref(wanted),), (), measured)))


def test_a_condition_needs_a_relation(cube: Cube, backend: Backend) -> None:
    with pytest.raises(InternalError, match="needs a relation"):
        backend.cuboid(Cuboid(Facts(cube), (), (Having(parse("amount > 0")),), (COUNT,)), BUDGET)

"""Facts and members kept by whether their members appear in a relation, against SQL over the toy star's own files."""

from __future__ import annotations

import duckdb
import pytest

from cube_server.backends.base import Backend
from cube_server.errors import InternalError
from cube_server.formulas.parse import parse
from cube_server.model.elements import Cube
from cube_server.plan.nodes import Cuboid, Facts, Having, Members, SemiJoin
from cube_server.query.spec import Cut
from tests.embedded.aggregates import of_measures
from tests.embedded.conftest import BUDGET, Answer, Ref

# The null customer is a member: it is in a set that holds it, so the oracle compares with "is not distinct from".
BUYERS_OF_GIFTS = """
    select {columns} from sales f where {negation} exists (
        select 1 from sales g where g.category = 'Gifts' and g.customer_id is not distinct from f.customer_id
    )
"""


@pytest.mark.parametrize("anti", [False, True])
def test_lines_of_those_who_ever_bought_a_category(
    anti: bool, cube: Cube, ref: Ref, answer: Answer, oracle: duckdb.DuckDBPyConnection
) -> None:
    customer = ref("customer.customer")
    buyers = Cuboid(Facts(cube), (customer,), (Cut(ref=ref("~product.category"), members=(("Gifts",),)),))
    filters = (SemiJoin(buyers, (customer,), anti),)
    measures = of_measures(cube, "lines", "baskets", "amount", "customers")
    columns = "count(*), count(distinct basket_id), sum(amount)::double, count(distinct customer_id)"
    sql = BUYERS_OF_GIFTS.format(columns=columns, negation="not" if anti else "")
    assert answer(Cuboid(Facts(cube), (), filters, measures)) == oracle.sql(sql).fetchall()


@pytest.mark.parametrize("anti", [False, True])
def test_by_pairs_of_members(
    anti: bool, cube: Cube, ref: Ref, answer: Answer, oracle: duckdb.DuckDBPyConnection
) -> None:
    pair = (ref("customer.customer"), ref("time.month"))
    dear = Cuboid(Facts(cube), pair, (), of_measures(cube, "amount"))
    months = Cuboid(dear, pair, (Having(parse("amount > 9")),))
    found = answer(Cuboid(Facts(cube), (), (SemiJoin(months, pair, anti),), of_measures(cube, "lines", "quantity")))
    expected = oracle.sql(f"""
        with months as (select customer_id, month from sales group by all having sum(amount) > 9)
        select count(*), sum(quantity) from sales f where {"not" if anti else ""} exists (
            select 1 from months m where m.customer_id is not distinct from f.customer_id and m.month = f.month
        )
    """).fetchall()
    assert found == expected


def test_by_a_level_above_the_relation(cube: Cube, ref: Ref, answer: Answer, oracle: duckdb.DuckDBPyConnection) -> None:
    frequent = Cuboid(
        Cuboid(Facts(cube), (ref("customer.customer"),), (), of_measures(cube, "baskets")),
        (ref("customer.customer"),),
        (Having(parse("baskets >= 3")),),
    )
    node = Cuboid(
        Facts(cube), (), (SemiJoin(frequent, (ref("customer.area"),)),), of_measures(cube, "lines", "customers")
    )
    expected = oracle.sql("""
        select count(*), count(distinct customer_id) from sales where area in (
            select area from sales group by area, customer_id having count(distinct basket_id) >= 3
        )
    """).fetchall()
    assert answer(node) == expected


def test_members_that_were_never_sold(cube: Cube, ref: Ref, answer: Answer) -> None:
    product = ref("product.product")
    sold = Cuboid(Facts(cube), (product,))
    never = Cuboid(Members(cube, product.link), (product,), (SemiJoin(sold, (product,), anti=True),))
    assert answer(never) == [("Home", "Textile", 9)]


def test_bought_one_and_not_the_other_in_one_basket_of_filters(
    cube: Cube, ref: Ref, answer: Answer, oracle: duckdb.DuckDBPyConnection
) -> None:
    customer = ref("customer.customer")
    buyers = {
        name: Cuboid(Facts(cube), (customer,), (Cut(ref=ref("~product.category"), members=((name,),)),))
        for name in ("Fruit", "Bakery")
    }
    filters = (SemiJoin(buyers["Fruit"], (customer,)), SemiJoin(buyers["Bakery"], (customer,), anti=True))
    found = answer(Cuboid(Facts(cube), (customer,), filters, of_measures(cube, "lines")))
    expected = oracle.sql("""
        select area, customer_id, count(*) from sales group by all
        having bool_or(coalesce(category = 'Fruit', false)) and not bool_or(coalesce(category = 'Bakery', false))
    """).fetchall()
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_relation_too_coarse_to_join_on_is_refused(cube: Cube, ref: Ref, backend: Backend) -> None:
    areas = Cuboid(Facts(cube), (ref("customer.area"),))
    node = Cuboid(Facts(cube), (), (SemiJoin(areas, (ref("customer.customer"),)),), of_measures(cube, "lines"))
    with pytest.raises(InternalError, match="does not determine"):
        backend.cuboid(node, BUDGET)

"""FoodMart's stores as Mondrian's ragged sample has them: Israel and the Vatican have no states, nor has Washington DC.

A state is hidden where its name is its country's; a city, where it is empty. Both leave a store or a city under the
country, in the USA beside states.
"""

from __future__ import annotations

import duckdb
import pytest

from cube_server.engine import Engine
from cube_server.errors import QueryError
from cube_server.query.request import FactsRequest, MembersRequest, QueryRequest
from tests.comparison import assert_same_rows
from tests.foodmart.asking import ask

PATH = ["ragged.country", "ragged.state", "ragged.city", "ragged.store"]


@pytest.fixture(scope="module")
def stores(published: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The oracle with the facts, a hidden state or city being null."""
    published.sql("""
        create or replace temp view sold as select store_id, store_name, store_country as country, store_city as city,
          store_state as loaded, nullif(store_state, store_country) as state, unit_sales, customer_id
        from sales_fact_1997 join store_ragged using (store_id)""")
    return published


def listed(engine: Engine, **body: object) -> list[tuple[object, ...]]:
    """List members: the last key and how many children."""
    page = engine.members(MembersRequest.model_validate({"cube": "sales", **body}))
    last = f"key_{len(page.ref.levels) - 1}"
    assert page.total == page.frame.height
    return page.frame.select(last, "children").rows()


def test_every_level_shows_its_own_members(foodmart: Engine, stores: duckdb.DuckDBPyConnection) -> None:
    """What has no member of a level counts in the totals alone, at every depth of the tree."""
    rows = [*({"level": name, "subtotals": True} for name in PATH[:3]), PATH[3]]
    keys = [*PATH, "ragged.depth"]
    found = ask(foodmart, "sales", keys, ["units", "customers"], axes={"rows": rows}, totals=["rows"])
    expected = stores.sql("""
        with shown as (
          select 0 as depth, null as country, null as state, null as city, null as store, unit_sales, customer_id
          from sold
          union all select 1, country, null, null, null, unit_sales, customer_id from sold
          union all select 2, country, state, null, null, unit_sales, customer_id from sold where state is not null
          union all select 3, country, loaded, city, null, unit_sales, customer_id from sold where city is not null
          union all select 4, country, loaded, city, store_id, unit_sales, customer_id from sold)
        select country, state, city, store, depth, sum(unit_sales), count(distinct customer_id) from shown group by all
        order by country nulls first, state nulls first, city nulls first, store nulls first""").fetchall()
    assert_same_rows(found, expected)
    assert [row[4] for row in found if row[0] == "Vatican"] == [1, 4]
    assert [row[2:5] for row in found if row[:2] == ("USA", "USA")] == [("Washington", None, 3), ("Washington", 24, 4)]


def test_one_level_leaves_out_what_has_no_member_there(foodmart: Engine, stores: duckdb.DuckDBPyConnection) -> None:
    found = ask(
        foodmart, "sales", ["ragged.country", "ragged.state"], ["units", "place"],
        **{"with": {"measures": {"place": {"formula": "rank(units, rows.all)"}}}}, axes={"rows": ["ragged.state"]},
    )  # fmt: skip
    expected = stores.sql("""
        select country, state, sum(unit_sales), rank() over (order by sum(unit_sales) desc)
        from sold where state is not null group by all order by all""").fetchall()
    assert_same_rows(found, expected)


def test_the_best_states_are_states(foodmart: Engine, stores: duckdb.DuckDBPyConnection) -> None:
    """The Vatican sells more than any place but three states, and takes no place among the best."""
    best = {"level": "ragged.state", "top": {"n": 3, "by": "units", "within": "axis"}, "order": {"by": "units"}}
    found = ask(foodmart, "sales", ["ragged.state"], ["units"], axes={"rows": [best]})
    expected = stores.sql("""
        from (select state, sum(unit_sales) as units from sold where state is not null group by all
              order by units desc limit 3) order by units""").fetchall()
    assert_same_rows(found, expected)


def test_a_condition_chooses_among_members(foodmart: Engine, stores: duckdb.DuckDBPyConnection) -> None:
    """What stands under no state is under none that satisfies the condition."""
    states = {"level": "ragged.state", "having": "units > 30000"}
    found = ask(foodmart, "sales", ["ragged.state", "ragged.store"], ["units"], axes={"rows": [states, "ragged.store"]})
    expected = stores.sql("""
        select state, store_id, sum(unit_sales) from sold where state in (
          select state from sold where state is not null group by all having sum(unit_sales) > 30000)
        group by state, city, store_id order by state, city, store_id""").fetchall()
    assert_same_rows(found, expected)


def test_the_parent_is_the_one_shown(foodmart: Engine, stores: duckdb.DuckDBPyConnection) -> None:
    measures = {
        "above": {"formula": "(units, ragged.parent)"},
        "twice_above": {"formula": "((units, ragged.parent), ragged.parent)"},
    }
    found = ask(
        foodmart, "sales", ["ragged.country", "ragged.city"], ["units", *measures],
        **{"with": {"measures": measures}}, axes={"rows": ["ragged.city"]},
    )  # fmt: skip
    expected = stores.sql("""
        select country, city, sum(unit_sales),
          case when state is null then any_value(of_country) else any_value(of_state) end,
          case when state is null then any_value(total) else any_value(of_country) end
        from (select *, sum(unit_sales) over () as total, sum(unit_sales) over (partition by country) as of_country,
                sum(unit_sales) over (partition by country, state) as of_state from sold)
        where city is not null group by country, state, loaded, city order by country, loaded, city""").fetchall()
    assert_same_rows(found, expected)


def test_members_stand_under_the_parent_that_is_shown(foodmart: Engine) -> None:
    countries = [("Canada", 1), ("Israel", 2), ("Mexico", 6), ("USA", 4), ("Vatican", 1)]
    assert listed(foodmart, level="ragged.country") == countries
    assert [state for state, _ in listed(foodmart, level="ragged.state", parent="USA")] == ["CA", "OR", "WA"]
    assert listed(foodmart, level="ragged.state", parent="Vatican") == []
    assert listed(foodmart, level="ragged.city", parent=["USA"]) == [("Washington", 1)]
    assert listed(foodmart, level="ragged.city", parent=["Israel"]) == [("Haifa", 1), ("Tel Aviv", 1)]
    assert listed(foodmart, level="ragged.store", parent=["Vatican"]) == [(17, 0)]
    assert listed(foodmart, level="ragged.store", parent=["USA"]) == []


def test_the_facts_behind_a_country(foodmart: Engine, stores: duckdb.DuckDBPyConnection) -> None:
    cut = [{"level": "ragged.country", "members": ["Vatican"]}]
    page = foodmart.facts(FactsRequest.model_validate({"cube": "sales", "cut": cut, "limit": 1}))
    assert [(page.total,)] == stores.sql("select count(*) from sold where country = 'Vatican'").fetchall()


@pytest.mark.parametrize(
    ("level", "past", "where"),
    [
        ("city", ["state"], "state is null and city is not null"),
        ("store", ["state", "city"], "state is null and city is null"),
        ("store", ["city"], "city is null"),
    ],
)
def test_members_below_hidden_ones(
    foodmart: Engine, stores: duckdb.DuckDBPyConnection, level: str, past: list[str], where: str
) -> None:
    """With the states, they are what a country opens onto: nothing is missing, nothing stands twice."""
    item = {"level": f"ragged.{level}", "past": [f"ragged.{name}" for name in past]}
    found = ask(foodmart, "sales", [f"ragged.{level}"], ["units", "customers"], axes={"rows": [item]})
    key = "store_id" if level == "store" else level
    asked = f"select {key}, sum(unit_sales), count(distinct customer_id) from sold where {where} group by all"
    assert_same_rows(sorted(found), sorted(stores.sql(asked).fetchall()))


def test_a_level_that_is_not_above_hides_nothing(foodmart: Engine) -> None:
    item = {"level": "ragged.state", "past": ["ragged.city"]}
    with pytest.raises(QueryError) as told:
        ask(foodmart, "sales", [], ["units"], axes={"rows": [item]})
    assert [issue.place for issue in told.value.issues] == ["/axes/rows/0/past/0"]


def test_leaves_are_marked(foodmart: Engine) -> None:
    """An employee to whom nobody reports, and what is a supervisor's own, have none below them."""
    body = {"cube": "pay", "measures": ["paid"], "axes": {"rows": ["employee.employee_2"]}, "nonempty": False}
    rows = foodmart.query(QueryRequest.model_validate(body)).rows
    marks = rows.leaves[0]
    assert marks is not None
    children = dict(listed_staff(foodmart))
    keys = rows.dictionaries[0].frame["key_1"]
    codes = rows.tuples["employee.employee_2"]
    assert {keys[code]: marks[code] for code in codes} == {key: count == 0 for key, count in children.items()}
    assert foodmart.query(QueryRequest(cube="sales", axes={"rows": ["store.state"]})).rows.leaves == (None,)


def listed_staff(engine: Engine) -> list[tuple[int, int]]:
    """List the second level of employees: the key and how many children."""
    page = engine.members(MembersRequest(cube="pay", level="employee.employee_2", limit=5_000))
    return page.frame.select("key_1", "children").rows()

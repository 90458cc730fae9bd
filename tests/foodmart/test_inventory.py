"""FoodMart's inventory, 1997 and 1998: measures that do not add up over time, against hand-written SQL.

Its warehouses ship on some days only, and no product on every day, so that the last day of a month, the last day with a
shipment and each item's own last day are three different things.
"""

from __future__ import annotations

import duckdb
import pytest

from cube_server.engine import Engine
from cube_server.query.request import FactsRequest
from tests.comparison import assert_same_rows
from tests.foodmart.asking import ask

MEASURES = ["shipped", "at_open", "at_close", "latest", "on_hand", "worth", "daily", "daily_counted"]

MIXES: dict[str, tuple[list[str], list[str]]] = {
    "all": ([], []),
    "years": (["time.year"], ["time.year"]),
    "months": (["time.month"], ["time.year", "time.quarter", "time.month"]),
    "days": (["time.day"], ["time.year", "time.quarter", "time.month", "time.day"]),
    "states": (["store.state"], ["store.country", "store.state"]),
    "months by family and country": (
        ["time.month", "product.family", "warehouse.country"],
        ["time.year", "time.quarter", "time.month", "product.family", "warehouse.country"],
    ),
    "stores by quarter": (
        ["store.store", "time.quarter"],
        ["store.country", "store.state", "store.city", "store.store", "time.year", "time.quarter"],
    ),
    "products": (
        ["product.product"],
        ["product.family", "product.department", "product.category", "product.subcategory", "product.product"],
    ),
    "brands by year": (["product.brand", "time.year"], ["product.brand", "time.year"]),
}


@pytest.fixture(scope="module")
def inventory(published: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The oracle with the days and the facts under the names that the engine's answers have."""
    published.sql("""
        create or replace temp view days as select time_id, the_date as day, the_year as "time.year",
          quarter as "time.quarter", month_of_year as "time.month", the_date::date as "time.day" from time_by_day""")
    published.sql("""
        create or replace temp view facts as select days.*, product_id, warehouse_id, units_shipped, warehouse_cost,
          product_family as "product.family", product_department as "product.department",
          product_category as "product.category", product_subcategory as "product.subcategory",
          product_id as "product.product", brand_name as "product.brand",
          store_country as "store.country", store_state as "store.state", store_city as "store.city",
          store_id as "store.store", warehouse_country as "warehouse.country"
        from inventory_fact join days using (time_id) join product using (product_id) join store using (store_id)
        join warehouse using (warehouse_id)""")
    return published


def values(inventory: duckdb.DuckDBPyConnection, keys: list[str], where: str = "true") -> list[tuple[object, ...]]:
    """Compute all measures by SQL, of the days and facts that a condition leaves."""
    by = "".join(f'"{key}", ' for key in keys)
    by_time = "".join(f'"{key}", ' for key in keys if key.startswith("time."))
    return inventory.sql(f"""
        with calendar as (
            select {by_time} min(day) as first, max(day) as last, count(*) as size
            from days where day between date '1997-01-01' and date '1998-12-29' and {where} group by {by_time} 'all'),
          edged as (
            select *, max(day) over (partition by {by} 'all') as latest,
              max(day) over (partition by {by} product_id, warehouse_id) as item_latest
            from facts where {where})
        select {by} sum(units_shipped), sum(units_shipped) filter (day = first), sum(units_shipped) filter (day = last),
          sum(units_shipped) filter (day = latest), sum(units_shipped) filter (day = item_latest),
          sum(warehouse_cost) filter (day = item_latest), sum(units_shipped) / size,
          sum(units_shipped) / count(distinct day)
        from edged {f"join calendar using ({by_time.rstrip(', ')})" if by_time else "cross join calendar"}
        group by {by} size order by all""").fetchall()


@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
def test_every_rule_at_every_mix_of_levels(
    foodmart: Engine, inventory: duckdb.DuckDBPyConnection, mix: tuple[list[str], list[str]]
) -> None:
    levels, keys = mix
    found = ask(foodmart, "inventory", keys, MEASURES, axes={"rows": levels})
    assert_same_rows(found, values(inventory, keys))


def test_a_cut_to_two_months_ends_with_the_later_one(foodmart: Engine, inventory: duckdb.DuckDBPyConnection) -> None:
    months = [[1997, "Q1", 2], [1998, "Q2", 5]]
    found = ask(
        foodmart, "inventory", ["store.country"], MEASURES,
        axes={"rows": ["store.country"]}, cut=[{"level": "time.month", "members": months}],
    )  # fmt: skip
    where = '("time.year", "time.month") in ((1997, 2), (1998, 5))'
    assert_same_rows(found, values(inventory, ["store.country"], where))


def test_totals_are_taken_anew(foodmart: Engine, inventory: duckdb.DuckDBPyConnection) -> None:
    """A quarter's last day is no sum of its months'; a year's items have their own, maybe in another quarter."""
    keys = ["time.year", "time.quarter", "time.month", "time.depth"]
    rows = [{"level": "time.year", "subtotals": True}, {"level": "time.quarter", "subtotals": True}, "time.month"]
    found = ask(foodmart, "inventory", keys, MEASURES, axes={"rows": rows}, totals=["rows"])
    for depth in range(4):
        at_depth = [(*row[:depth], *row[4:]) for row in found if row[3] == depth]
        assert_same_rows(at_depth, values(inventory, keys[:depth]))


def test_the_stock_of_the_month_before(foodmart: Engine, inventory: duckdb.DuckDBPyConnection) -> None:
    measures = {"before": {"formula": "previous(on_hand)"}, "change": {"formula": "difference(on_hand)"}}
    found = ask(
        foodmart, "inventory", ["time.year", "time.month", "product.family"], ["on_hand", *measures],
        **{"with": {"measures": measures}}, axes={"rows": ["time.month", "product.family"]},
    )  # fmt: skip
    expected = inventory.sql("""
        with edged as (
          select *, "time.year" * 12 + "time.month" as number, "product.family" as family,
            max(day) over (partition by "time.year", "time.month", product_id, warehouse_id) as latest from facts),
        stock as (select number, family, sum(units_shipped) as units from edged where day = latest group by all)
        select (now.number - 1) // 12, (now.number - 1) % 12 + 1, now.family, now.units, before.units,
          now.units - before.units
        from stock now left join stock before on before.number = now.number - 1 and before.family = now.family
        order by all""").fetchall()
    assert_same_rows(found, expected)


def test_the_stock_so_far_in_the_year(foodmart: Engine, inventory: duckdb.DuckDBPyConnection) -> None:
    """Of a year to date each item counts once, with its last shipment of the year so far."""
    found = ask(
        foodmart, "inventory", ["time.year", "time.month"], ["so_far"],
        **{"with": {"measures": {"so_far": {"formula": "to_date(on_hand, time.year)"}}}}, axes={"rows": ["time.month"]},
    )  # fmt: skip
    expected = inventory.sql("""
        with gathered as (
          select shown.*, product_id, warehouse_id, day, units_shipped,
            max(day) over (partition by shown.year, shown.month, product_id, warehouse_id) as latest
          from (select distinct "time.year" as year, "time.month" as month from facts) shown
          join facts on "time.year" = shown.year and "time.month" <= shown.month)
        select year, month, sum(units_shipped) from gathered where day = latest group by all order by all""").fetchall()
    assert_same_rows(found, expected)


def test_the_facts_behind_a_stock_are_those_of_the_cell(foodmart: Engine) -> None:
    """Drill-through gives all facts of the cell; cut to its last day, those that the closing stock adds up."""
    month = {"level": "time.month", "members": [[1997, "Q2", 4]]}
    ((shipped, at_close),) = ask(foodmart, "inventory", [], ["shipped", "at_close"], cut=[month])
    day = {"level": "time.day", "members": [[1997, "Q2", 4, "1997-04-30"]]}
    sums = []
    for cut in (month, day):
        request = {"cube": "inventory", "cut": [cut], "columns": ["units_shipped"], "limit": None}
        sums.append(foodmart.facts(FactsRequest.model_validate(request)).frame["units_shipped"].sum())
    assert sums == [shipped, at_close or 0]

"""FoodMart's sales of 1997: the published totals, and departments against SQL."""

from __future__ import annotations

import duckdb
import pytest

from cube_server.engine import Engine
from tests.comparison import assert_same_rows
from tests.foodmart.asking import ask

MEASURES = ["units", "sales", "cost", "customers", "profit"]


def test_the_published_totals(foodmart: Engine) -> None:
    ((units, sales, cost, customers, profit),) = ask(foodmart, "sales", [], MEASURES)
    assert (units, customers) == (266_773, 5_581)
    assert (sales, round(cost, 2)) == (565_238.13, 225_627.23)
    assert profit == pytest.approx(sales - cost)


def test_departments_by_state_against_sql(foodmart: Engine, published: duckdb.DuckDBPyConnection) -> None:
    keys = ["store.country", "store.state", "product.family", "product.department"]
    found = ask(foodmart, "sales", keys, MEASURES, axes={"rows": ["store.state", "product.department"]})
    expected = published.sql("""
        select store_country, store_state, product_family, product_department, sum(unit_sales), sum(store_sales),
          sum(store_cost), count(distinct customer_id), sum(store_sales) - sum(store_cost)
        from sales_fact_1997 join store using (store_id) join product using (product_id)
        group by 1, 2, 3, 4 order by 1, 2, 3, 4""").fetchall()
    assert_same_rows(found, expected)

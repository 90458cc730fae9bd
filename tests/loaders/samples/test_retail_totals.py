"""The real panel's star against the published totals, counted by DuckDB and not by the builder."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest


def rows(star: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        for file in star.glob("*.parquet"):
            connection.execute(f"create view {file.stem} as from read_parquet('{file}')")
        return connection.execute(sql).fetchall()


LINES = """
    select count(*), count(distinct basket_id), count(distinct household_id), sum(sales_value) from fact_sales
"""
ZERO = "select count(distinct product_id), max(ts), count(*) filter(quantity = 0) from fact_sales"
KEYS = "select count(*) from (select distinct basket_id, product_id from fact_sales)"
UNKNOWN_PRODUCTS = """
    select count(distinct product_id), count(*), sum(sales_value)
    from fact_sales anti join dim_product using (product_id)
"""
PRODUCTS = """
    select count(*), count(distinct department), count(distinct product_category),
        count(*) filter(product_type = '(none)')
    from dim_product
"""
SPREAD_CATEGORIES = """
    select count(*) from (
        select product_category from dim_product group by 1 having count(distinct department) > 1
    )
"""
STORES = "select count(*), count(*) filter(trading_area = 'Unassigned') from dim_store"
TOTALS = {
    LINES: (1_469_307, 155_848, 2_469, Decimal("4596039.58")),
    ZERO: (68_509, datetime(2017, 12, 31, 23, 1, 20), 8_869),
    KEYS: (1_469_307,),
    UNKNOWN_PRODUCTS: (17, 4_836, Decimal("172.57")),
    "select count(*), sum(responded) from fact_campaign_contact": (6_589, 792),
    "select count(*) from fact_redemption": (2_102,),
    "select count(*) from bridge_coupon_product": (111_332,),
    "select count(*), count(*) filter(has_demographics) from dim_household": (2_469, 801),
    PRODUCTS: (92_331, 32, 304, 528),
    SPREAD_CATEGORIES: (33,),
    STORES: (457, 24),
    "select count(*) from dim_campaign": (27,),
}


@pytest.mark.parametrize("sql", TOTALS)
def test_totals_are_those_published(retail_star: Path, sql: str) -> None:
    assert rows(retail_star, sql) == [TOTALS[sql]]


@pytest.mark.parametrize(
    ("fact", "dimension", "key"),
    [
        ("fact_sales", "dim_household", "household_id"),
        ("fact_sales", "dim_store", "store_id"),
        ("fact_sales", "dim_date", "date_key"),
        ("fact_sales", "dim_hour", "hour_key"),
        ("fact_campaign_contact", "dim_household", "household_id"),
        ("fact_campaign_contact", "dim_campaign", "campaign_id"),
        ("fact_campaign_contact", "dim_date", "date_key"),
        ("fact_redemption", "dim_household", "household_id"),
        ("fact_redemption", "dim_campaign", "campaign_id"),
        ("fact_redemption", "dim_date", "date_key"),
        ("dim_household", "dim_store", "home_store_id"),
    ],
)
def test_keys_find_their_dimension_row(retail_star: Path, fact: str, dimension: str, key: str) -> None:
    joined = f"{fact} anti join {dimension} on {fact}.{key} = {dimension}.{key.removeprefix('home_')}"
    assert rows(retail_star, f"select count(*) from {joined}") == [(0,)]


def test_the_weeks_of_the_lines_are_those_of_their_days(retail_star: Path) -> None:
    days = "fact_sales join dim_date using (date_key)"
    assert rows(retail_star, f"select count(*) from {days} where fact_sales.week <> dim_date.week") == [(0,)]


def test_areas_hold_their_households(retail_star: Path) -> None:
    share = """
        select round(count(distinct basket_id) filter(trading_area = home_area)
            / count(distinct basket_id), 2)
        from fact_sales join dim_store using (store_id) join dim_household using (household_id)
    """
    assert rows(retail_star, share) == [(0.95,)]


def test_sales_are_sorted(retail_star: Path) -> None:
    late = """
        select count(*) from (
            select (ts, basket_id, product_id) as place, lag((ts, basket_id, product_id)) over () as before
            from fact_sales
        ) where before >= place
    """
    assert rows(retail_star, late) == [(0,)]


def test_promotions_repeat_product_store_and_week(promotion_star: Path) -> None:
    keys = "count(*) - count(distinct (product_id::hugeint * 100000 + store_id) * 100 + week)"
    assert rows(promotion_star, f"select count(*), {keys} from fact_promotion") == [(20_940_529, 12_785)]

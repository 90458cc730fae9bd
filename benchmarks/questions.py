"""What is timed in process: each question as a request to the engine, and as SQL over the same star for DuckDB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cube_server.query.request import QueryRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question in both languages.

    Attributes:
        name: What people read.
        body: The request to the cube `sales`, as its JSON body.
        sql: The same for DuckDB. Its columns have the names of our flat table, so that answers can be compared.
        target: The most milliseconds that the median may take; None where nothing was promised.
    """

    name: str
    body: dict[str, Any]
    sql: str
    target: float | None = None

    @property
    def request(self) -> QueryRequest:
        """The request to the engine."""
        return QueryRequest.model_validate({"cube": "sales", **self.body})


_CATEGORY_BY_QUARTER = {"rows": ["product.category"], "columns": ["time.quarter"]}
_CATEGORY_BY_QUARTER_SQL = """
    select department as "product.department", product_category as "product.category",
        year as "time.year", quarter as "time.quarter", {measure}
    from fact_sales left join dim_product using (product_id) join dim_date using (date_key)
    group by all
"""


def _category_by_quarter(name: str, measure: str, sql: str, target: float | None = None) -> Question:
    return Question(
        name=f"{name} by category x quarter",
        body={"measures": [measure], "axes": _CATEGORY_BY_QUARTER},
        sql=_CATEGORY_BY_QUARTER_SQL.format(measure=f"{sql} as {measure}"),
        target=target,
    )


QUESTIONS = (
    _category_by_quarter("sales", "sales", "sum(sales_value)", 20.0),
    _category_by_quarter("households (distinct)", "households", "count(distinct household_id)", 60.0),
    _category_by_quarter("baskets (distinct)", "baskets", "count(distinct basket_id)"),
    Question(
        name="sales, baskets and households in all",
        body={"measures": ["sales", "baskets", "households"]},
        sql="""
            select sum(sales_value) as sales, count(distinct basket_id) as baskets,
                count(distinct household_id) as households
            from fact_sales
        """,
    ),
    Question(
        name="average basket by department x quarter, subtotals and totals",
        body={
            "measures": ["avg_basket"],
            "axes": {"rows": ["product.department"], "columns": ["time.quarter"]},
            "totals": True,
        },
        sql="""
            select department as "product.department", 1 - grouping(department) as "product.depth",
                year as "time.year", quarter as "time.quarter", 2 - 2 * grouping(quarter) as "time.depth",
                sum(sales_value)::double / count(distinct basket_id) as avg_basket
            from fact_sales left join dim_product using (product_id) join dim_date using (date_key)
            group by grouping sets ((department, year, quarter), (department), (year, quarter), ())
        """,
    ),
    Question(
        name="sales by category in one month",
        body={
            "measures": ["sales"],
            "axes": {"rows": ["product.category"]},
            "cut": [{"level": "time.month", "members": ["2017-06"]}],
        },
        sql="""
            select department as "product.department", product_category as "product.category", sum(sales_value) as sales
            from fact_sales left join dim_product using (product_id) join dim_date using (date_key)
            where year_month = '2017-06'
            group by all
        """,
    ),
    Question(
        name="sales and households by store, one department",
        body={
            "measures": ["sales", "households"],
            "axes": {"rows": ["region.store"]},
            "cut": [{"level": "product.department", "members": ["MEAT"]}],
        },
        sql="""
            select trading_area as "region.area", store_id as "region.store",
                sum(sales_value) as sales, count(distinct household_id) as households
            from fact_sales join dim_product using (product_id) join dim_store using (store_id)
            where department = 'MEAT'
            group by all
        """,
    ),
    Question(
        name="sales by household x month (27,508 cells)",
        body={"measures": ["sales"], "axes": {"rows": ["~customer.household"], "columns": ["~time.month"]}},
        sql="""
            select household_id as "~customer.household", year_month as "~time.month", sum(sales_value) as sales
            from fact_sales join dim_date using (date_key)
            group by all
        """,
    ),
    Question(
        name="product types with 10,000 in sales, best first",
        body={
            "measures": ["sales", "lines"],
            "axes": {
                "rows": [{"level": "product.type", "having": "sales >= 10000", "order": {"by": "sales", "desc": True}}]
            },
        },
        sql="""
            select department as "product.department", product_category as "product.category",
                product_type as "product.type", sum(sales_value) as sales, count(*) as lines
            from fact_sales left join dim_product using (product_id)
            group by all having sum(sales_value) >= 10000 order by sales desc
        """,
    ),
    Question(
        name="households by area x income band x weekday",
        body={
            "measures": ["households"],
            "axes": {"rows": ["region.area", "customer.income_band"], "columns": ["time.weekday"]},
        },
        sql="""
            select trading_area as "region.area", income_band as "customer.income_band", weekday as "time.weekday",
                count(distinct household_id) as households
            from fact_sales join dim_store using (store_id) join dim_household using (household_id)
                join dim_date using (date_key)
            group by all
        """,
    ),
)

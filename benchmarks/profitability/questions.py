"""What is asked of the accounts, of us and of DuckDB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cube_server.query.request import QueryRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question in both languages; the columns of the SQL have the names of our flat table."""

    name: str
    body: dict[str, Any]
    sql: str

    @property
    def request(self) -> QueryRequest:
        """The request to the engine."""
        return QueryRequest.model_validate({"cube": "profitability", **self.body})


_PROFIT = "sum(revenue) - sum(cost) as profit"

QUESTIONS = (
    Question(
        name="profit and margin by segment x month",
        body={"measures": ["profit", "margin"], "axes": {"rows": ["customer.segment"], "columns": ["~time.month"]}},
        sql=f"""
            select segment as "customer.segment", month_key as "~time.month", {_PROFIT},
                (sum(revenue) - sum(cost)) / sum(revenue) as margin
            from account join customer using (customer_id) group by all
        """,
    ),
    Question(
        name="profit and customers by line x year",
        body={"measures": ["profit", "customers"], "axes": {"rows": ["product.line"], "columns": ["time.year"]}},
        sql=f"""
            select line as "product.line", year as "time.year", {_PROFIT}, count(distinct customer_id) as customers
            from account join product using (product_id) join month using (month_key) group by all
        """,
    ),
    Question(
        name="profit per customer by region x line",
        body={
            "measures": ["profit_per_customer"],
            "axes": {"rows": ["customer.region"], "columns": ["product.line"]},
        },
        sql="""
            select region as "customer.region", line as "product.line",
                (sum(revenue) - sum(cost)) / count(distinct customer_id) as profit_per_customer
            from account join customer using (customer_id) join product using (product_id) group by all
        """,
    ),
    Question(
        name="the hundred best customers",
        body={
            "measures": ["profit"],
            "axes": {"rows": [{"level": "~customer.customer", "top": {"n": 100, "by": "profit"}}]},
        },
        sql=f"""
            select customer_id as "~customer.customer", {_PROFIT}
            from account group by all order by profit desc, 1 limit 100
        """,
    ),
    Question(
        name="customers who cost more than they bring, last year",
        body={
            "measures": ["profit"],
            "cut": [{"level": "time.year", "members": [2025]}],
            "axes": {"rows": [{"level": "~customer.customer", "having": "profit < -1000"}]},
        },
        sql=f"""
            select customer_id as "~customer.customer", {_PROFIT}
            from account join month using (month_key) where year = 2025 group by all having profit < -1000
        """,
    ),
    Question(
        name="one product by segment x month",
        body={
            "measures": ["profit"],
            "cut": [{"level": "~product.product", "members": [17]}],
            "axes": {"rows": ["customer.segment"], "columns": ["~time.month"]},
        },
        sql=f"""
            select segment as "customer.segment", month_key as "~time.month", {_PROFIT}
            from account join customer using (customer_id) where product_id = 17 group by all
        """,
    ),
)

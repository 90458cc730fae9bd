"""Accounts of customers, seeded: a few customers bring most of the profit, many bring none, some cost money."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

CUSTOMERS, PRODUCTS, MONTHS = 66_000, 1_000, 36
PER_CUSTOMER = 90
"""How many accounts (a product in a month) a customer has on average."""

_SEGMENTS = ("private", "small business", "business", "wealth", "public")
_REGIONS = 12
_LINES = 40


def write_accounts(folder: Path, *, customers: int = CUSTOMERS) -> int:
    """Write the four tables as Parquet files; give the number of facts.

    Args:
        folder: Where to write.
        customers: How many there are; products and months stay as they are.
    """
    chance = np.random.default_rng(2_026)
    facts = customers * PER_CUSTOMER
    months = [dt.date(2023 + number // 12, number % 12 + 1, 1) for number in range(MONTHS)]
    # Squares of even draws: busy customers and popular products have most of the facts.
    customer = (chance.random(facts) ** 2 * customers).astype(np.int64)
    product = (chance.random(facts) ** 2 * PRODUCTS).astype(np.int64)
    month = chance.integers(0, MONTHS, facts)
    revenue = np.round(chance.gamma(2.0, 40.0, facts) * 100).astype(np.int64)
    cost = np.round(revenue * chance.normal(0.85, 0.3, facts)).astype(np.int64)
    _write(
        folder,
        "account",
        pl.DataFrame({"customer_id": customer, "product_id": product, "revenue": revenue, "cost": cost})
        .with_columns(
            (pl.col("revenue", "cost").cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2)),
            month_key=pl.Series(months)[month],
        )
        .sort("month_key"),
    )
    numbers = np.arange(customers)
    segments = pl.Series(_SEGMENTS)[chance.choice(len(_SEGMENTS), customers, p=(0.6, 0.2, 0.1, 0.07, 0.03))]
    regions = [f"Region {number:02}" for number in chance.integers(0, _REGIONS, customers)]
    _write(folder, "customer", pl.DataFrame({"customer_id": numbers, "segment": segments, "region": regions}))
    products = range(PRODUCTS)
    lines = [f"Line {number % _LINES:02}" for number in products]
    names = [f"Product {number:04}" for number in products]
    _write(folder, "product", pl.DataFrame({"product_id": products, "line": lines, "product": names}))
    texts = [f"{month:%Y-%m}" for month in months]
    _write(folder, "month", pl.DataFrame({"month_key": months, "year": [m.year for m in months], "month": texts}))
    return facts


def _write(folder: Path, name: str, frame: pl.DataFrame) -> None:
    frame.write_parquet(folder / f"{name}.parquet")

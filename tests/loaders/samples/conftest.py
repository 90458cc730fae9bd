"""The real panel, and a panel of a few rows whose star can be worked out by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from loaders.samples.panel_source import Panel
from tests import sample
from tests.sample import retail_star

__all__ = ["retail_star"]

Row = dict[str, object]


def _line(household: int, store: int, basket: int, product: int, sales: float, utc: str) -> Row:
    ids = {"household_id": household, "store_id": store, "basket_id": basket, "product_id": product}
    amounts = {"sales_value": sales, "retail_disc": 0.1, "coupon_disc": 0.0, "coupon_match_disc": 0.0}
    return {**ids, "quantity": 1, **amounts, "week": 1, "transaction_timestamp": datetime.fromisoformat(utc)}


def _product(key: int, category: str | None, kind: str | None, size: str | None) -> Row:
    known = {"product_id": key, "manufacturer_id": 69, "department": "MEAT", "brand": "Private"}
    return {**known, "product_category": category, "product_type": kind, "package_size": size}


def _demographics(household: int, income: str, comp: str, *, marital: str | None) -> Row:
    known = {"household_id": household, "age": "65+", "income": income, "household_comp": comp}
    return {
        **known,
        "marital_status": marital,
        "home_ownership": "Renter",
        "household_size": "5+",
        "kids_count": "3+",
    }


def _campaign(key: int, kind: str, start: str, end: str) -> Row:
    days = {"start_date": datetime.fromisoformat(start), "end_date": datetime.fromisoformat(end)}
    return {"campaign_id": key, "campaign_type": kind, **days}


def _redemption(household: int, coupon: int, campaign: int, day: str) -> Row:
    ids = {"household_id": household, "coupon_upc": coupon, "campaign_id": campaign}
    return {**ids, "redemption_date": datetime.fromisoformat(day)}


# Stores 2 and 12 lie in Area A, store 46 in Area D. No product table knows product 99.
TINY: dict[str, list[Row]] = {
    "transactions": [
        # 3.30 + 0.30 as floats is less than 3.60.
        _line(1, 12, 102, 8, 0.30, "2017-07-01 03:59:59"),
        _line(1, 12, 102, 7, 3.30, "2017-07-01 03:59:59"),
        _line(1, 2, 101, 99, 3.60, "2017-01-01 11:53:26"),
        _line(2, 46, 103, 7, 5.00, "2018-01-01 04:01:20"),
        # The hour that the end of summer time repeats: 01:30 EDT and, an hour later, 01:30 EST.
        _line(2, 2, 104, 7, 1.00, "2017-11-05 05:30:00"),
        _line(2, 2, 105, 7, 1.00, "2017-11-05 06:30:00"),
    ],
    "products": [
        _product(8, None, None, None),
        _product(7, "BEEF", "CHOICE BEEF", "12 OZ"),
    ],
    "demographics": [
        _demographics(1, "Under 15K", "2 Adults No Kids", marital="Married"),
        _demographics(5, "250K+", "1 Adult Kids", marital=None),
    ],
    "campaigns": [
        {"campaign_id": 18, "household_id": 1},
        {"campaign_id": 18, "household_id": 3},
        {"campaign_id": 24, "household_id": 1},
    ],
    "campaign_descriptions": [
        _campaign(18, "Type A", "2017-10-30", "2017-12-24"),
        _campaign(24, "Type C", "2016-11-14", "2017-01-16"),
    ],
    "coupon_redemptions": [
        _redemption(1, 500, 18, "2017-11-02"),
        _redemption(1, 501, 18, "2017-11-03"),
        _redemption(4, 600, 24, "2017-01-02"),
    ],
    "coupons": [
        {"coupon_upc": 500, "product_id": 7, "campaign_id": 18},
        {"coupon_upc": 500, "product_id": 7, "campaign_id": 18},
        {"coupon_upc": 500, "product_id": 8, "campaign_id": 18},
    ],
    "promotions": [
        {"product_id": 7, "store_id": 2, "display_location": "9", "mailer_location": "0", "week": 1},
        {"product_id": 7, "store_id": 2, "display_location": "A", "mailer_location": "D", "week": 1},
        {"product_id": 8, "store_id": 2, "display_location": "Q", "mailer_location": "B", "week": 53},
    ],
}


@pytest.fixture
def tiny_panel(tmp_path: Path) -> Panel:
    """The files of a panel with six lines, five households and two campaigns."""
    folder = tmp_path / "published"
    folder.mkdir()
    for name, rows in TINY.items():
        pl.DataFrame(rows).write_parquet(folder / f"{name}.parquet")
    return Panel(folder=folder)


@pytest.fixture(scope="session")
def promotion_star() -> Path:
    """All promotions of the panel."""
    return sample.promotion_star()

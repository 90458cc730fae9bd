"""Data sets that others have modelled: the joins, levels and measures that their pages describe."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.inference.notes import NoteKind
from tests.sample import ROOT, sample_wheel

from .drafts import Drafted, drafted

DATA = ROOT.parent / "shared" / "data"


def published(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"../shared/data/{name} is not here")
    return DATA / name


@pytest.fixture(scope="module")
def foodmart() -> Drafted:
    return drafted(published("foodmart"))


def test_foodmart_is_a_snowflake(foodmart: Drafted) -> None:
    assert foodmart.links("sales_1997") == {
        "product": ("product_id", "product"),
        "customer": ("customer_id", "customer"),
        "promotion": ("promotion_id", "promotion"),
        "store": ("store_id", "store"),
        "time": ("time_id", "time"),
    }
    joined = foodmart.document["tables"]["product"]["from"]["joins"]
    assert joined[0]["on"] == {"product_class_id": "product_class_id"}
    assert foodmart.levels("product") == [["family", "department", "category", "subcategory", "product"]]
    assert foodmart.levels("store")[0] == ["country", "state", "city", "store"]
    assert foodmart.levels("customer")[0] == ["country", "state_province", "city", "customer"]
    assert foodmart.levels("time") == [["year", "quarter", "month", "day"]]


def test_foodmart_measures(foodmart: Drafted) -> None:
    measures = foodmart.measures("sales_1997")
    assert measures["store_sales"] == "sum store_sales"
    assert measures["unit_sales"] == "sum unit_sales"
    assert measures["customers"] == "distinct customer.customer"
    assert "By its name it repeats" in foodmart.told("agg_l_05_sales_fact_1997", NoteKind.LEFT_OUT)
    # Salaries are paid on dates, where the table of days has ids: the date is looked up.
    assert foodmart.links("salary")["time"] == ("pay_date_key", "time")


def test_adventure_works() -> None:
    draft = drafted(published("adventureworks"))
    assert set(draft.document["cubes"]) == {"sales", "returns"}
    assert draft.levels("product") == [["category", "subcategory", "model", "product"]]
    assert draft.levels("territory") == [["continent", "country", "territory"]]
    assert draft.document["dimensions"]["territory"]["levels"]["territory"]["caption"] == "region"
    assert draft.links("returns")["time"] == ("return_date", "time")
    assert draft.measures("sales")["revenue_per_order"] == "revenue / orders"


def test_contoso() -> None:
    draft = drafted(published("contoso"))
    links = draft.links("sales")
    assert (links["time"], links["delivery_date"]) == (("order_date", "time"), ("delivery_date", "time"))
    assert links["customer"] == ("customer_key", "customer")
    assert "repeat others in full" in draft.told("customer")
    assert draft.levels("product")[0] == ["category", "sub_category", "product"]
    category = draft.document["dimensions"]["product"]["levels"]["category"]
    assert (category["column"], category["caption"]) == ("category_key", "category_name")
    measures = draft.measures("sales")
    assert measures["net_revenue"] == "sum net_revenue"
    assert measures["avg_exchange_rate"] == "avg exchange_rate"
    # Lines have the columns of their orders beside them.
    assert draft.links("orderrows")["store"] == ("store_key", "store")


def test_online_retail_is_one_flat_file() -> None:
    draft = drafted(published("online_retail") / "raw.parquet")
    cube = draft.document["cubes"]["online_retail"]
    columns = {link["column"] for link in cube["links"].values()}
    assert {"StockCode", "CustomerID", "Country", "invoice_date_day"} <= columns
    # An invoice lies on one day: it is counted. No column has the amount.
    assert draft.measures("online_retail")["invoices"] == "distinct InvoiceNo"
    assert draft.document["tables"][cube["table"]]["from"]["values"]["amount"] == "Quantity * UnitPrice"
    assert "Quantity times UnitPrice" in draft.told("raw.amount")
    assert "it is no caption" in draft.told("raw.Description")


def test_the_retail_panel_without_its_promotions() -> None:
    tables = ["transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions"]
    draft = drafted(sample_wheel(), tables=tables, sample=200_000)
    assert draft.links("transactions") == {
        "product": ("product_id", "product"),
        "household": ("household_id", "household"),
        "store": ("store_id", "store"),
        "time": ("transaction_timestamp_day", "time"),
    }
    assert draft.levels("product")[0] == ["department", "category", "product"]
    assert draft.measures("transactions")["baskets"] == "distinct basket_id"
    assert draft.links("campaigns")["campaign"] == ("campaign_id", "campaign")
    assert "Only the first 200,000 rows" in draft.told("transactions")

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import polars as pl
import pytest

from cube_server.errors import SourceError
from loaders.samples import panel_facts
from loaders.samples.panel_source import Panel


def test_sales_are_in_store_local_time_and_order(tiny_panel: Panel) -> None:
    lines = panel_facts.sales(tiny_panel).collect()
    assert lines.select("basket_id", "product_id", "ts", "date_key", "hour_key").rows() == [
        (101, 99, datetime(2017, 1, 1, 6, 53, 26), 20170101, 6),
        (102, 7, datetime(2017, 6, 30, 23, 59, 59), 20170630, 23),
        (102, 8, datetime(2017, 6, 30, 23, 59, 59), 20170630, 23),
        (104, 7, datetime(2017, 11, 5, 1, 30), 20171105, 1),
        (105, 7, datetime(2017, 11, 5, 1, 30), 20171105, 1),
        (103, 7, datetime(2017, 12, 31, 23, 1, 20), 20171231, 23),
    ]


def test_money_is_exact(tiny_panel: Panel) -> None:
    lines = panel_facts.sales(tiny_panel).collect()
    assert lines["sales_value"].dtype == pl.Decimal(18, 2)
    assert lines["sales_value"].sum() == Decimal("14.20")
    assert lines["retail_disc"].sum() == Decimal("0.60")


def test_an_amount_that_is_not_in_cents_is_refused(tiny_panel: Panel) -> None:
    file = tiny_panel.folder / "transactions.parquet"
    pl.read_parquet(file).with_columns(coupon_disc=pl.lit(0.123)).write_parquet(file)
    with pytest.raises(SourceError, match="coupon_disc"):
        panel_facts.sales(tiny_panel)


def test_a_contact_responded_only_by_a_coupon_of_its_own_campaign(tiny_panel: Panel) -> None:
    contacts = panel_facts.campaign_contacts(tiny_panel).collect()
    assert contacts.columns == ["household_id", "campaign_id", "date_key", "responded"]
    assert contacts.rows() == [(1, 24, 20161114, 0), (1, 18, 20171030, 1), (3, 18, 20171030, 0)]


def test_redemptions_keep_households_that_were_not_contacted(tiny_panel: Panel) -> None:
    rows = panel_facts.redemptions(tiny_panel).collect().rows()
    assert rows == [(4, 600, 24, 20170102), (1, 500, 18, 20171102), (1, 501, 18, 20171103)]


def test_repeated_coupon_rows_count_once(tiny_panel: Panel) -> None:
    assert panel_facts.coupon_products(tiny_panel).collect().rows() == [(500, 7, 18), (500, 8, 18)]


def test_promotions_stand_on_weeks_of_2017_with_the_published_codes(tiny_panel: Panel) -> None:
    assert panel_facts.promotions(tiny_panel).collect().rows() == [
        (7, 2, 1, 201701, "9", "0"),
        (7, 2, 1, 201701, "A", "D"),
        (8, 2, 53, 201753, "Q", "B"),
    ]

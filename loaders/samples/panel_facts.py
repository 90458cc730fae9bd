"""The panel's fact tables and its one bridge."""

from __future__ import annotations

import polars as pl

from cube_server.errors import SourceError

from .panel_calendar import week_key
from .panel_source import STORE_ZONE, Panel, date_key

MONEY = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
"""The columns in dollars: floats in the wheel, decimals of two places in the star."""

_CENT_TOLERANCE = 1e-6

PROMOTED_YEAR = 2017
"""The year of the weeks of the promotions."""


def sales(panel: Panel) -> pl.LazyFrame:
    """One row per basket and product, by store-local time.

    Keeps the product ids that the products table lacks: they are the unknown member when loaded.

    Raises:
        SourceError: An amount is not in whole cents.
    """
    _refuse_fractions_of_cents(panel.transactions)
    utc = pl.col("transaction_timestamp").dt.replace_time_zone("UTC")
    # Polars brings its own time zones, so this needs no tzdata of the system.
    local = utc.dt.convert_time_zone(STORE_ZONE).dt.replace_time_zone(None).dt.cast_time_unit("us")
    lines = panel.transactions.with_columns(local.alias("ts")).select(
        "basket_id",
        "product_id",
        "household_id",
        "store_id",
        "ts",
        date_key(pl.col("ts")).alias("date_key"),
        pl.col("ts").dt.hour().cast(pl.Int32).alias("hour_key"),
        pl.col("week").cast(pl.Int32),
        "quantity",
        pl.col(MONEY).round(2).cast(pl.Decimal(18, 2)),
    )
    return lines.sort("ts", "basket_id", "product_id")


def campaign_contacts(panel: Panel) -> pl.LazyFrame:
    """One row per household and campaign, dated by the campaign's start.

    `responded` is 1 where the household redeemed at least one coupon of that campaign.
    """
    starts = panel.campaign_descriptions.select("campaign_id", date_key(pl.col("start_date")).alias("date_key"))
    responders = panel.redemptions.select("household_id", "campaign_id", pl.lit(1, pl.Int8).alias("responded")).unique()
    contacts = panel.campaigns.join(starts, on="campaign_id", how="left", validate="m:1").join(
        responders, on=["household_id", "campaign_id"], how="left", validate="m:1"
    )
    columns = contacts.select("household_id", "campaign_id", "date_key", pl.col("responded").fill_null(0))
    return columns.sort("date_key", "campaign_id", "household_id")


def redemptions(panel: Panel) -> pl.LazyFrame:
    """One row per redeemed coupon, dated by its redemption."""
    key = date_key(pl.col("redemption_date")).alias("date_key")
    columns = panel.redemptions.select("household_id", "coupon_upc", "campaign_id", key)
    return columns.sort("date_key", "household_id", "coupon_upc", "campaign_id")


def promotions(panel: Panel) -> pl.LazyFrame:
    """One row per placement of a product in a store and week, in published order; all weeks are of 2017.

    Some rows repeat product, store and week with another placement.
    """
    return panel.promotions.select(
        "product_id",
        "store_id",
        pl.col("week").cast(pl.Int32),
        week_key(pl.lit(PROMOTED_YEAR), pl.col("week")),
        "display_location",
        "mailer_location",
    )


def coupon_products(panel: Panel) -> pl.LazyFrame:
    """The distinct coupon, product and campaign triples: coupons are good for many products."""
    columns = panel.coupons.select("coupon_upc", "product_id", "campaign_id")
    return columns.unique().sort("coupon_upc", "product_id", "campaign_id")


def _refuse_fractions_of_cents(transactions: pl.LazyFrame) -> None:
    amounts = pl.col(MONEY)
    worst = transactions.select((amounts - amounts.round(2)).abs().max()).collect().row(0, named=True)
    for column, difference in worst.items():
        if difference is not None and difference > _CENT_TOLERANCE:
            raise SourceError(
                f"Column {column} of transactions.parquet holds amounts {difference} off whole cents.",
                hint="The panel is published in cents: take its files from the pinned wheel.",
            )

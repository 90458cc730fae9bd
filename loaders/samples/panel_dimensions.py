"""The panel's products, stores and campaigns."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from .panel_source import NONE, Panel

STORE_SIZES = (
    ("Large (1000+ baskets)", 1000),
    ("Medium (100-999)", 100),
    ("Small (10-99)", 10),
    ("Incidental (<10)", 0),
)
"""Store sizes, largest first, each with the fewest baskets that make it."""

DISPLAY_LOCATIONS = {
    "0": "Not on display",
    "1": "Store front",
    "2": "Store rear",
    "3": "Front end cap",
    "4": "Mid-aisle end cap",
    "5": "Rear end cap",
    "6": "Side aisle end cap",
    "7": "In-aisle",
    "9": "Secondary location display",
    "A": "In-shelf",
}
"""Where in a store a product stood, by the published code."""

MAILER_LOCATIONS = {
    "0": "Not on ad",
    "A": "Interior page feature",
    "C": "Interior page line item",
    "D": "Front page feature",
    "F": "Back page feature",
    "H": "Wrap front feature",
    "J": "Wrap interior coupon",
    "L": "Wrap back feature",
    "P": "Interior page coupon",
    "X": "Free on interior page",
    "Z": "Free on front page, back page or wrap",
}
"""Where in the mailer a product stood, by the published code."""


def products(panel: Panel) -> pl.LazyFrame:
    """One row per product of the published table.

    The panel names no products: the caption is type, package size and id, such as
    "ICE - CRUSHED/CUBED 22 LB #25671", without what is missing.
    """
    number = pl.format("#{}", "product_id")
    caption = pl.concat_str("product_type", "package_size", number, separator=" ", ignore_nulls=True)
    return panel.products.select(
        "product_id",
        caption.alias("product"),
        "department",
        pl.col("product_category", "product_type").fill_null(NONE),
        "brand",
        "manufacturer_id",
        pl.col("package_size").fill_null(NONE),
    ).sort("product_id")


def stores(panel: Panel) -> pl.LazyFrame:
    """One row per store, with its derived trading area and its size by baskets."""
    baskets = panel.transactions.group_by("store_id").agg(pl.col("basket_id").n_unique().alias("baskets"))
    known = panel.trading_areas.join(baskets, on="store_id", how="full", coalesce=True)
    sized = known.with_columns(_store_size_order(pl.col("baskets").fill_null(0)).alias("store_size_order"))
    names = {order: name for order, (name, _) in enumerate(STORE_SIZES, start=1)}
    size = pl.col("store_size_order").replace_strict(names, return_dtype=pl.String)
    return sized.select(
        "store_id",
        pl.format("Store {}", "store_id").alias("store"),
        pl.col("trading_area").fill_null("Unassigned"),
        size.alias("store_size"),
        "store_size_order",
    ).sort("store_id")


def campaigns(panel: Panel) -> pl.LazyFrame:
    """One row per campaign; `days` counts the first and the last day."""
    days = (pl.col("end_date") - pl.col("start_date")).dt.total_days() + 1
    return (
        panel.campaign_descriptions.with_columns(pl.col("start_date", "end_date").cast(pl.Date))
        .select(
            "campaign_id",
            pl.format("Campaign {}", "campaign_id").alias("campaign"),
            "campaign_type",
            "start_date",
            "end_date",
            days.cast(pl.Int32).alias("days"),
        )
        .sort("campaign_id")
    )


def _store_size_order(baskets: pl.Expr) -> pl.Expr:
    """Number the size that fits: one more than the sizes that ask for more baskets."""
    too_large = [(baskets < fewest).cast(pl.Int32) for _, fewest in STORE_SIZES]
    return pl.sum_horizontal(too_large) + 1


def displays(_: Panel) -> pl.LazyFrame:
    """One row per display code."""
    return _named_codes("display", DISPLAY_LOCATIONS)


def mailers(_: Panel) -> pl.LazyFrame:
    """One row per mailer code."""
    return _named_codes("mailer", MAILER_LOCATIONS)


def _named_codes(name: str, meanings: Mapping[str, str]) -> pl.LazyFrame:
    """Make a table of codes: what they mean, and whether they mean any placement at all."""
    codes = {f"{name}_location": list(meanings), name: list(meanings.values())}
    placed = pl.when(pl.col(f"{name}_location") == "0").then(pl.lit("No")).otherwise(pl.lit("Yes"))
    return pl.LazyFrame(codes).with_columns(placed.alias(f"has_{name}"))

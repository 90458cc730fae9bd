"""The panel's households: their demographics where known, and the store they mostly shop at."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cube_server.errors import SourceError

from .panel_source import UNKNOWN, Panel

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "age": ("19-24", "25-34", "35-44", "45-54", "55-64", "65+"),
    "income": (
        *("Under 15K", "15-24K", "25-34K", "35-49K", "50-74K", "75-99K"),
        *("100-124K", "125-149K", "150-174K", "175-199K", "200-249K", "250K+"),
    ),
    "home_ownership": ("Homeowner", "Probable Homeowner", "Renter", "Probable Renter"),
    "marital_status": ("Married", "Unmarried"),
    "household_size": ("1", "2", "3", "4", "5+"),
    "household_comp": ("1 Adult No Kids", "1 Adult Kids", "2 Adults No Kids", "2 Adults Kids"),
    "kids_count": ("0", "1", "2", "3+"),
}
"""The published demographic attributes, each with its values in natural order."""

INCOME_BANDS: Mapping[str, tuple[str, ...]] = {
    "Low (<35K)": ("Under 15K", "15-24K", "25-34K"),
    "Middle (35-74K)": ("35-49K", "50-74K"),
    "Upper middle (75-124K)": ("75-99K", "100-124K"),
    "High (125K+)": ("125-149K", "150-174K", "175-199K", "200-249K", "250K+"),
}
"""The incomes that make each band, in natural order."""


def households(panel: Panel) -> pl.LazyFrame:
    """One row per household that bought, was contacted, redeemed or has demographics.

    Each attribute has an `<attribute>_order` beside it for its natural order, "Unknown" last.

    Raises:
        SourceError: A demographic value is none of those in `ATTRIBUTES`.
    """
    _refuse_unlisted_values(panel.demographics)
    known = panel.demographics.with_columns(pl.lit(value=True).alias("has_demographics"))
    described = _everyone(panel).join(known, on="household_id", how="left", validate="1:1")
    placed = described.join(_homes(panel), on="household_id", how="left", validate="1:1")
    filled = placed.with_columns(pl.col(*ATTRIBUTES, "home_area").fill_null(UNKNOWN)).with_columns(_income_band())
    return filled.select(
        "household_id",
        pl.format("Household {}", "household_id").alias("household"),
        pl.col("has_demographics").fill_null(value=False),
        *(column for name, values in ATTRIBUTES.items() for column in _with_order(name, values)),
        *_with_order("income_band", tuple(INCOME_BANDS)),
        "home_store_id",
        "home_area",
    ).sort("household_id")


def _everyone(panel: Panel) -> pl.LazyFrame:
    sources = (panel.transactions, panel.campaigns, panel.redemptions, panel.demographics)
    return pl.concat([source.select("household_id") for source in sources]).unique()


def _homes(panel: Panel) -> pl.LazyFrame:
    """Find each household's store with most baskets, then most sales, then the lower id."""
    visits = panel.transactions.group_by("household_id", "store_id").agg(
        pl.col("basket_id").n_unique().alias("baskets"),
        # Whole cents: sums of floats would decide ties by their rounding.
        (pl.col("sales_value") * 100).round().cast(pl.Int64).sum().alias("cents"),
    )
    best = visits.sort("baskets", "cents", "store_id", descending=[True, True, False])
    homes = best.group_by("household_id", maintain_order=True).first()
    placed = homes.join(panel.trading_areas, on="store_id", how="left", validate="m:1")
    return placed.select(
        "household_id", pl.col("store_id").alias("home_store_id"), pl.col("trading_area").alias("home_area")
    )


def _income_band() -> pl.Expr:
    bands = {income: band for band, incomes in INCOME_BANDS.items() for income in incomes}
    return pl.col("income").replace_strict(bands, default=UNKNOWN, return_dtype=pl.String).alias("income_band")


def _with_order(name: str, values: tuple[str, ...]) -> tuple[pl.Expr, pl.Expr]:
    order = {value: position for position, value in enumerate((*values, UNKNOWN), start=1)}
    column = pl.col(name)
    return column, column.replace_strict(order, return_dtype=pl.Int32).alias(f"{name}_order")


def _refuse_unlisted_values(demographics: pl.LazyFrame) -> None:
    found = demographics.select(pl.col(name).drop_nulls().unique().implode() for name in ATTRIBUTES).collect()
    for name, values in ATTRIBUTES.items():
        unlisted = set(found[name].item()) - set(values)
        if unlisted:
            raise SourceError(
                f"Column {name} of demographics.parquet holds {sorted(unlisted)}.",
                hint=f"Known values, in order: {', '.join(values)}.",
            )

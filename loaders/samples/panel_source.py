"""The retail panel as published: the Parquet files of its wheel, and the one table derived for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cube_server.errors import SourceError

STORE_ZONE = "America/New_York"
"""The zone of the stores' clocks; the wheel holds UTC instants that do not say so."""

UNKNOWN = "Unknown"
"""Stands where a household's attribute is missing."""

NONE = "(none)"
"""Stands where a product's attribute is missing."""

TRADING_AREAS = Path(__file__).with_name("store_trading_area.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The published tables as lazy frames, with the columns and names they were published with.

    Attributes:
        folder: The folder of the wheel's Parquet files.
    """

    folder: Path

    @property
    def transactions(self) -> pl.LazyFrame:
        """One row per basket and product; `transaction_timestamp` is UTC without a zone."""
        return self._scan("transactions")

    @property
    def products(self) -> pl.LazyFrame:
        """One row per known product; category, type and package size may be null."""
        return self._scan("products")

    @property
    def demographics(self) -> pl.LazyFrame:
        """One row per household of which anything is known: about a third of them."""
        return self._scan("demographics")

    @property
    def campaigns(self) -> pl.LazyFrame:
        """One row per campaign and household that was contacted."""
        return self._scan("campaigns")

    @property
    def campaign_descriptions(self) -> pl.LazyFrame:
        """One row per campaign: its type, first and last day."""
        return self._scan("campaign_descriptions")

    @property
    def coupons(self) -> pl.LazyFrame:
        """Which coupon is good for which product in which campaign; some rows repeat."""
        return self._scan("coupons")

    @property
    def redemptions(self) -> pl.LazyFrame:
        """One row per redeemed coupon."""
        return self._scan("coupon_redemptions")

    @property
    def promotions(self) -> pl.LazyFrame:
        """Where a product stood in a store and in the mailer, by week: 20.9 million rows."""
        return self._scan("promotions")

    @property
    def trading_areas(self) -> pl.LazyFrame:
        """Store and trading area; not published but derived from the households that stores share."""
        return pl.scan_csv(TRADING_AREAS, schema={"store_id": pl.Int64, "trading_area": pl.String})

    def _scan(self, name: str) -> pl.LazyFrame:
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            raise SourceError(
                f"The retail panel's file {path} is missing.",
                hint="Give the folder that holds all the Parquet files of the wheel.",
            )
        return pl.scan_parquet(path)


def date_key(date: pl.Expr) -> pl.Expr:
    """Number a day (date or datetime) as yyyymmdd, int32."""
    month_and_day = date.dt.month().cast(pl.Int32) * 100 + date.dt.day()
    return date.dt.year() * 10_000 + month_and_day

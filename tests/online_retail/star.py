"""A small preparation of the lines of Online Retail: what the loaders cannot do yet, done by hand for the tests.

The rules are those of the data's page: stock codes fold to upper case, a line's kind is the first that matches, a
product is the commonest description of its code among priced lines, then the latest.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

FEES = ("POST", "DOT", "C2", "BANK CHARGES", "AMAZONFEE", "CRUK", "D", "M", "S", "B")
KINDS = (
    "Sale",
    "Voucher",
    "Cancellation",
    "Fee or adjustment",
    "Free item",
    "Stock write-off",
    "Bad debt",
)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FIRST, LAST = dt.date(2010, 12, 1), dt.date(2011, 12, 31)


def prepare(source: Path, star: Path) -> None:
    """Write the star's tables as Parquet.

    Args:
        source: The folder with raw.parquet and country_region.csv.
        star: Where the tables go.
    """
    lines = _lines(source / "raw.parquet")
    tables = {
        "fact_lines": lines.drop("description"),
        "dim_product": _products(lines),
        "dim_customer": lines.select("customer_id").drop_nulls().unique().sort("customer_id"),
        "dim_country": pl.read_csv(source / "country_region.csv", schema_overrides={"is_home_market": pl.Boolean}),
        "dim_kind": pl.DataFrame({"line_kind": KINDS, "kind_order": range(len(KINDS))}),
        "dim_date": _days(),
    }
    for name, table in tables.items():
        table.write_parquet(star / f"{name}.parquet")


def _lines(raw: Path) -> pl.DataFrame:
    code = pl.col("StockCode").str.to_uppercase()
    price = pl.col("UnitPrice").cast(pl.String).cast(pl.Decimal(18, 3))
    return (
        pl.read_parquet(raw)
        .with_columns(code.alias("stock_code"), price.alias("price"))
        .select(
            pl.col("row_no").cast(pl.Int64),
            pl.col("InvoiceNo").alias("invoice_no"),
            "stock_code",
            pl.col("Description").alias("description"),
            pl.col("Quantity").cast(pl.Int64).alias("quantity"),
            "price",
            (pl.col("Quantity").cast(pl.Decimal(18, 0)) * pl.col("price")).cast(pl.Decimal(18, 3)).alias("amount"),
            pl.col("InvoiceDate").alias("ts"),
            pl.col("InvoiceDate").dt.strftime("%Y%m%d").cast(pl.Int64).alias("date_key"),
            pl.col("CustomerID").cast(pl.Int64).alias("customer_id"),
            pl.col("Country").alias("country"),
            _kind().alias("line_kind"),
        )
    )


def _kind() -> pl.Expr:
    invoice, code = pl.col("InvoiceNo"), pl.col("stock_code")
    is_cancelled, is_free = invoice.str.starts_with("C"), pl.col("UnitPrice") == 0
    return (
        pl.when(invoice.str.starts_with("A"))
        .then(pl.lit("Bad debt"))
        .when(code.is_in(FEES))
        .then(pl.lit("Fee or adjustment"))
        .when(code.str.starts_with("GIFT"))
        .then(pl.when(is_cancelled).then(pl.lit("Cancellation")).otherwise(pl.lit("Voucher")))
        .when(is_cancelled)
        .then(pl.lit("Cancellation"))
        .when(is_free & pl.col("CustomerID").is_null())
        .then(pl.lit("Stock write-off"))
        .when(is_free)
        .then(pl.lit("Free item"))
        .otherwise(pl.lit("Sale"))
    )


def _products(lines: pl.DataFrame) -> pl.DataFrame:
    described = lines.filter(pl.col("price") > 0, pl.col("description").is_not_null())
    counted = described.group_by("stock_code", "description").agg(pl.len().alias("times"), pl.col("ts").max())
    best = counted.sort("times", "ts", "description", descending=[True, True, False]).unique(
        "stock_code", keep="first", maintain_order=True
    )
    codes = lines.select("stock_code").unique()
    return codes.join(best.select("stock_code", pl.col("description").alias("product")), on="stock_code", how="left")


def _days() -> pl.DataFrame:
    day = pl.col("date")
    weekday = day.dt.weekday().cast(pl.Int64)
    return pl.DataFrame({"date": pl.date_range(FIRST, LAST, eager=True)}).select(
        day.dt.strftime("%Y%m%d").cast(pl.Int64).alias("date_key"),
        day,
        day.dt.year().cast(pl.Int64).alias("year"),
        pl.format("Q{}", day.dt.quarter()).alias("quarter"),
        day.dt.strftime("%Y-%m").alias("year_month"),
        weekday.alias("weekday_no"),
        weekday.replace_strict(dict(enumerate(WEEKDAYS, 1)), return_dtype=pl.String).alias("weekday"),
    )

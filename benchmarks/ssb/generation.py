"""The benchmark's tables as Parquet, at any scale factor: the paper's columns, domains, sizes and independence.

What is made depends on the scale factor and the seed alone. Left out are the columns that say nothing of a member:
addresses, phones, and the flags of the calendar.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as pq

from benchmarks.ssb.domains import COLORS, CONTAINERS, MODES, NATIONS, PRIORITIES, SEGMENTS, TYPES

TABLES = ("date", "customer", "supplier", "part", "lineorder")
FIRST_DAY, LAST_DAY = dt.date(1992, 1, 1), dt.date(1998, 12, 31)
_LAST_ORDER = dt.date(1998, 8, 2)
_ORDERS = 1_500_000
_ORDERS_AT_ONCE = 250_000
"""Memory is bounded by them, at any scale factor."""

_Ints = npt.NDArray[np.int64]


def generate(scale: float, folder: Path, seed: int = 2009) -> int:
    """Write the five tables into a folder; give the number of lines.

    Args:
        scale: The scale factor: 1 is six million lines.
        folder: Is made if it does not exist.
        seed: Of the random numbers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    of_customer, of_supplier, of_part, of_order = (
        np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(4)
    )
    customers, suppliers = max(int(30_000 * scale), 30), max(int(2_000 * scale), 10)
    parts = int(200_000 * (1 + np.floor(np.log2(scale)))) if scale >= 1 else max(int(200_000 * scale), 200)
    days = _days()
    days.write_parquet(folder / "date.parquet")
    _customers(of_customer, customers).write_parquet(folder / "customer.parquet")
    _places(of_supplier, suppliers, "s", "supp").write_parquet(folder / "supplier.parquet")
    _parts(of_part, parts).write_parquet(folder / "part.parquet")
    orders = max(int(_ORDERS * scale), 1_500)
    lines = _lines(of_order, orders, (customers, suppliers, parts), days["d_datekey"].to_numpy())
    return _write_parts(folder / "lineorder.parquet", lines)


def _write_parts(path: Path, parts: Iterator[pl.DataFrame]) -> int:
    first = next(parts).to_arrow()
    lines = len(first)
    with pq.ParquetWriter(path, first.schema, compression="zstd", compression_level=1) as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part.to_arrow())
            lines += part.height
    return lines


def _days() -> pl.DataFrame:
    day = pl.col("day")
    year, month = day.dt.year(), day.dt.month()
    return pl.DataFrame({"day": pl.date_range(FIRST_DAY, LAST_DAY, eager=True)}).select(
        d_datekey=(year * 10_000 + month.cast(pl.Int32) * 100 + day.dt.day()),
        d_date=day.dt.to_string("%B %-d, %Y"),
        d_dayofweek=day.dt.to_string("%A"),
        d_month=day.dt.to_string("%B"),
        d_year=year,
        d_yearmonthnum=year * 100 + month,
        d_yearmonth=day.dt.to_string("%b%Y"),
        d_daynuminmonth=day.dt.day(),
        d_daynuminyear=day.dt.ordinal_day(),
        d_monthnuminyear=month,
        d_weeknuminyear=(day.dt.ordinal_day() - 1) // 7 + 1,
    )


def _places(random: np.random.Generator, count: int, prefix: str, name: str) -> pl.DataFrame:
    """Make customers or suppliers, each in a city of a nation of a region."""
    nation, digit = random.integers(0, len(NATIONS), count), random.integers(0, 10, count)
    names, regions = (pl.Series(texts) for texts in zip(*NATIONS, strict=True))
    number = pl.Series(np.arange(1, count + 1, dtype=np.int32))
    city = names.str.head(9).str.pad_end(9)[nation] + pl.Series(digit).cast(pl.String)
    title = {"c": "Customer", "s": "Supplier"}[prefix]
    columns = {
        f"{name}key": number,
        "name": pl.Series([f"{title}#"] * count) + number.cast(pl.String).str.zfill(9),
        "city": city,
        "nation": names[nation],
        "region": regions[nation],
    }
    return pl.DataFrame({f"{prefix}_{column}": values for column, values in columns.items()})


def _customers(random: np.random.Generator, count: int) -> pl.DataFrame:
    return _places(random, count, "c", "cust").with_columns(c_mktsegment=_drawn(random, SEGMENTS, count))


def _parts(random: np.random.Generator, count: int) -> pl.DataFrame:
    maker, category, brand = (pl.Series(random.integers(1, size + 1, count)).cast(pl.String) for size in (5, 5, 40))
    made_by = pl.Series(["MFGR#"] * count) + maker
    return pl.DataFrame(
        {
            "p_partkey": np.arange(1, count + 1, dtype=np.int32),
            "p_name": _drawn(random, COLORS, count) + " " + _drawn(random, COLORS, count),
            "p_mfgr": made_by,
            "p_category": made_by + category,
            "p_brand1": made_by + category + brand,
            "p_color": _drawn(random, COLORS, count),
            "p_type": _drawn(random, TYPES, count),
            "p_size": random.integers(1, 51, count).astype(np.int8),
            "p_container": _drawn(random, CONTAINERS, count),
        }
    )


def _drawn(random: np.random.Generator, texts: tuple[str, ...], count: int) -> pl.Series:
    return pl.Series(texts)[random.integers(0, len(texts), count)]


def _lines(
    random: np.random.Generator, orders: int, sizes: tuple[int, int, int], days: npt.NDArray[np.int32]
) -> Iterator[pl.DataFrame]:
    """Make the lines of the orders, in the order of their keys, some orders at a time."""
    for start in range(0, orders, _ORDERS_AT_ONCE):
        yield _some_lines(random, np.arange(start, min(start + _ORDERS_AT_ONCE, orders)), sizes, days)


def _some_lines(
    random: np.random.Generator, orders: _Ints, sizes: tuple[int, int, int], days: npt.NDArray[np.int32]
) -> pl.DataFrame:
    customers, suppliers, parts = sizes
    counts = random.integers(1, 8, len(orders))
    order = np.repeat(np.arange(len(orders)), counts)
    size = len(order)
    day = random.integers(0, (_LAST_ORDER - FIRST_DAY).days + 1, len(orders))[order]
    part = random.integers(1, parts + 1, size)
    price, quantity, discount = _price(part), random.integers(1, 51, size), random.integers(0, 11, size)
    tax, extended = random.integers(0, 9, size), price * quantity
    revenue = extended * (100 - discount) // 100
    total = np.bincount(order, weights=revenue * (100 + tax) // 100)[order]
    return pl.DataFrame(
        {
            # Eight keys of each 32 are used.
            "lo_orderkey": ((orders >> 3 << 5) | (orders & 7))[order] + 1,
            "lo_linenumber": (np.arange(size) - (np.cumsum(counts) - counts)[order] + 1).astype(np.int8),
            "lo_custkey": _buyers(random, customers, len(orders))[order].astype(np.int32),
            "lo_partkey": part.astype(np.int32),
            "lo_suppkey": random.integers(1, suppliers + 1, size).astype(np.int32),
            "lo_orderdate": days[day],
            "lo_orderpriority": pl.Series(PRIORITIES)[random.integers(0, len(PRIORITIES), len(orders))[order]],
            "lo_shippriority": np.zeros(size, np.int8),
            "lo_quantity": quantity.astype(np.int8),
            "lo_extendedprice": extended.astype(np.int32),
            "lo_ordtotalprice": total.astype(np.int32),
            "lo_discount": discount.astype(np.int8),
            "lo_revenue": revenue.astype(np.int32),
            "lo_supplycost": (6 * price // 10).astype(np.int32),
            "lo_tax": tax.astype(np.int8),
            "lo_commitdate": days[day + random.integers(30, 91, len(orders))[order]],
            "lo_shipmode": _drawn(random, MODES, size),
        }
    )


def _price(part: _Ints) -> _Ints:
    """Give a part's price in cents (TPC-H, clause 4.2.3)."""
    return 90_000 + part // 10 % 20_001 + 100 * (part % 1_000)


def _buyers(random: np.random.Generator, customers: int, count: int) -> _Ints:
    """Draw customers; a third of them never orders."""
    drawn = random.integers(1, customers + 1, count)
    return np.where(drawn % 3 == 0, np.maximum(drawn - 1, 1), drawn)

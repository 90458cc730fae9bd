"""Random small stars with a calendar that has gaps, loaded into our warehouse and shown to DuckDB as the view `sales`.

Days stand around the ends of months and years, leap days among them; some days, months and quarters are missing from
the calendar altogether. Facts link to days, customers and products that exist, to ids without a row, or to nothing;
amounts may be null, negative or zero.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from hypothesis import strategies as st

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from loaders.pipeline import load

DAYS = tuple(
    date.fromisoformat(day)
    for day in (
        "2023-02-27", "2023-02-28", "2023-03-01", "2023-11-30", "2023-12-01", "2023-12-30", "2023-12-31",
        "2024-01-01", "2024-01-02", "2024-01-15", "2024-01-31", "2024-02-01", "2024-02-28", "2024-02-29",
        "2024-03-01", "2024-03-31", "2024-05-31", "2024-06-30", "2025-01-01", "2025-02-28",
    )
)  # fmt: skip
CUSTOMERS = {1: "north", 2: "north", 3: "south", 4: None, 5: "south", 6: "west"}
PRODUCTS = {1: "a", 2: "a", 3: "b", 4: None, 5: "b"}
ODD = 98
"""An id that has no row in any dimension."""

Fact = tuple[int | None, int | None, int | None, int | None, Decimal | None]
"""Day, customer, product, basket, amount."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The days of the calendar, and the facts."""

    days: tuple[date, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A level of time, as the engine and as the oracle have it.

    Attributes:
        name: Such as `time.month`.
        keys: The columns of its key path, in both.
        number: The oracle's column with the number of the period.
    """

    name: str
    keys: tuple[str, ...]
    number: str


YEAR = Place("time.year", ("year",), "y")
QUARTER = Place("time.quarter", ("year", "quarter"), "q")
MONTH = Place("time.month", ("year", "quarter", "month"), "m")
DAY = Place("time.day", ("year", "quarter", "month", "day"), "d")
WEEK = Place("time.weekly.week", ("week",), "w")
PLACES = (MONTH, DAY, QUARTER, YEAR, WEEK)

MEASURES: dict[str, dict[str, Any]] = {
    "amount": {"aggregate": "sum", "column": "amount"},
    "lines": {"aggregate": "count"},
    "baskets": {"aggregate": "distinct", "column": "basket"},
    "customers": {"aggregate": "distinct", "level": "customer.customer"},
    "smallest": {"aggregate": "min", "column": "amount"},
    "largest": {"aggregate": "max", "column": "amount"},
    "average": {"aggregate": "avg", "column": "amount"},
}
AGGREGATES = {
    "amount": "sum(amount)",
    "lines": "nullif(count(row), 0)",
    "baskets": "if(count(row) = 0, null, count(distinct basket))",
    "customers": "if(count(row) = 0, null, count(distinct customer))",
    "smallest": "min(amount)",
    "largest": "max(amount)",
    "average": "avg(amount)",
}
"""The same in SQL; without rows all are null."""

STOCKS: dict[str, dict[str, Any]] = {
    "opening": {"aggregate": "sum", "semi_additive": {"take": "first"}},
    "closing": {"aggregate": "sum", "semi_additive": {"take": "last"}},
    "closing_lines": {"aggregate": "count", "semi_additive": {"take": "last"}},
    "closing_most": {"aggregate": "max", "semi_additive": {"take": "last"}},
    "oldest": {"aggregate": "sum", "semi_additive": {"take": "first_nonempty"}},
    "newest": {"aggregate": "sum", "semi_additive": {"take": "last_nonempty"}},
    "newest_lines": {"aggregate": "count", "semi_additive": {"take": "last_nonempty"}},
    "newest_each": {"aggregate": "sum", "semi_additive": {"take": "last_nonempty", "per": ["product.product"]}},
    "oldest_each": {
        "aggregate": "sum",
        "semi_additive": {"take": "first_nonempty", "per": ["product.product", "customer.area"]},
    },
    "least_each": {"aggregate": "min", "semi_additive": {"take": "last_nonempty", "per": ["customer.customer"]}},
    "daily": {"aggregate": "sum", "semi_additive": {"take": "average"}},
    "daily_most": {"aggregate": "max", "semi_additive": {"take": "average", "days": "calendar"}},
    "daily_present": {"aggregate": "sum", "semi_additive": {"take": "average", "days": "present"}},
    "daily_lines": {"aggregate": "count", "semi_additive": {"take": "average", "days": "present"}},
    "daily_each": {
        "aggregate": "sum",
        "semi_additive": {"take": "average", "days": "present", "per": ["product.product"]},
    },
}
"""Semi-additive measures: every rule, and every aggregate that may have one."""

for _stock in STOCKS.values():
    _stock["semi_additive"]["over"] = "time"
    if _stock["aggregate"] != "count":
        _stock["column"] = "amount"

MODEL: dict[str, Any] = {
    "format": 1,
    "name": "shop",
    "tables": {
        "fact": {
            "columns": {
                "row": "int", "day_id": "int", "customer_id": "int", "product_id": "int", "basket": "int",
                "amount": "decimal(2)",
            }
        },
        "dim_time": {
            "key": ["day_id"],
            "columns": {
                "day_id": "int", "day": "date", "year": "int", "quarter": "text", "month": "text", "week": "text",
            },
        },
        "dim_customer": {"key": ["customer"], "columns": {"customer": "int", "area": "text"}},
        "dim_product": {"key": ["product"], "columns": {"product": "int", "category": "text"}},
    },
    "dimensions": {
        "time": {
            "table": "dim_time",
            "role": "time",
            "levels": {
                "year": {"column": "year", "unique": True, "period": "year"},
                "quarter": {"column": "quarter", "period": "quarter"},
                "month": {"column": "month", "unique": True, "period": "month"},
                "day": {"column": "day", "unique": True, "period": "day"},
                "week": {"column": "week", "unique": True, "period": "week"},
            },
            "hierarchies": {
                "calendar": {"levels": ["year", "quarter", "month", "day"]},
                "weekly": {"levels": ["week", "day"]},
            },
        },
        "customer": {
            "table": "dim_customer",
            "levels": {"area": {"column": "area", "unique": True}, "customer": {"column": "customer", "unique": True}},
            "hierarchies": {"home": {"levels": ["area", "customer"]}},
        },
        "product": {
            "table": "dim_product",
            "levels": {
                "category": {"column": "category", "unique": True},
                "product": {"column": "product", "unique": True},
            },
            "hierarchies": {"goods": {"levels": ["category", "product"]}},
        },
    },
    "cubes": {
        "sales": {
            "table": "fact",
            "links": {
                "time": {"column": "day_id"},
                "customer": {"column": "customer_id"},
                "product": {"column": "product_id"},
            },
            "measures": {**MEASURES, **STOCKS},
        }
    },
}  # fmt: skip

VIEW = """
create view calendar as
select *, year(day) as y, year(day) * 4 + quarter(day) as q, year(day) * 12 + month(day) as m,
    date_diff('day', date '2000-01-03', day) as d, date_diff('day', date '2000-01-03', day) // 7 as w
from read_parquet('{0}/dim_time.parquet');
create table sales as
select f.row, f.basket, f.amount, t.* exclude (day_id),
    f.customer_id as customer, c.area, f.product_id as product, p.category,
    f.day_id is not null and t.day is null as time_odd,
    f.customer_id is not null and c.customer is null as customer_odd,
    f.product_id is not null and p.product is null as product_odd
from read_parquet('{0}/fact.parquet') f
left join calendar t on t.day_id = f.day_id
left join read_parquet('{0}/dim_customer.parquet') c on c.customer = f.customer_id
left join read_parquet('{0}/dim_product.parquet') p on p.product = f.product_id;
"""


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Draw a shop."""
    days = draw(st.lists(st.sampled_from(DAYS), min_size=4, max_size=14, unique=True).map(sorted))
    ids = [int(day.strftime("%Y%m%d")) for day in days]
    fact = st.tuples(
        st.sampled_from([*ids, *ids, *ids, ODD, None]),
        st.sampled_from([*CUSTOMERS, *CUSTOMERS, ODD, None]),
        st.sampled_from([*PRODUCTS, *PRODUCTS, ODD, None]),
        st.none() | st.integers(1, 6),
        st.none() | st.integers(-2_000, 5_000).map(lambda cents: Decimal(cents) / 100),
    )
    size = draw(st.sampled_from((25, 40, 12, 4, 0)))
    return Shop(tuple(days), tuple(draw(st.lists(fact, min_size=size, max_size=size))))


Rows = dict[tuple[Any, ...], tuple[Any, ...]]
"""Values by key."""


@dataclass(frozen=True, slots=True)
class OpenShop:
    """A shop, an engine over it, and the oracle's `sales` and `calendar` of the same files."""

    engine: Engine
    oracle: duckdb.DuckDBPyConnection

    def ask(self, keys: Sequence[str], measures: Sequence[str], **body: object) -> list[tuple[Any, ...]]:
        """Ask, and give the columns of keys and measures, in the order of the answer.

        A name `time.unknown` among the keys is false where no member of the dimension is unknown.
        """
        request = QueryRequest.model_validate({"cube": "sales", "measures": list(measures), **body})
        flat = flatten(self.engine.query(request), Budget(Limits()))
        missing = [name for name in keys if name.endswith(".unknown") and name not in flat.columns]
        return flat.with_columns(pl.lit(value=False).alias(name) for name in missing).select(*keys, *measures).rows()

    def rows(self, keys: Sequence[str], measures: Sequence[str], **body: object) -> Rows:
        """Ask, and give values by key."""
        return by_key(self.ask(keys, measures, **body), len(keys))

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Ask the oracle."""
        return self.oracle.execute(text).fetchall()


def by_key(rows: Sequence[tuple[Any, ...]], keys: int) -> Rows:
    """Split rows into keys and values; each key stands once."""
    found = {row[:keys]: row[keys:] for row in rows}
    assert len(found) == len(rows), "two rows have one key"
    return found


@contextmanager
def opened(shop: Shop) -> Iterator[OpenShop]:
    """Write, load and open a shop."""
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as oracle:
        folder = Path(name)
        engine = loaded(shop, folder)
        oracle.execute(VIEW.format(folder / "source"))
        yield OpenShop(engine, oracle)


def loaded(shop: Shop, folder: Path) -> Engine:
    """Write a shop's files into `folder`, load them and open an engine."""
    source, model = folder / "source", folder / "cubes.json"
    source.mkdir()
    model.write_text(json.dumps(MODEL), encoding="utf-8")
    _write(shop, source)
    load(read_model(model), str(source), folder / "warehouse", progress=SILENT)
    return Engine.open(model, folder / "warehouse")


def _write(shop: Shop, source: Path) -> None:
    days = [
        (int(day.strftime("%Y%m%d")), day, day.year, f"Q{(day.month + 2) // 3}", day.strftime("%Y-%m"),
         f"{day.isocalendar().year}-W{day.isocalendar().week:02}")
        for day in shop.days
    ]  # fmt: skip
    numbers, text = pl.Int64, pl.String
    tables: dict[str, tuple[Sequence[Any], dict[str, Any]]] = {
        "dim_time": (
            days,
            {"day_id": numbers, "day": pl.Date, "year": numbers, "quarter": text, "month": text, "week": text},
        ),
        "dim_customer": (list(CUSTOMERS.items()), {"customer": numbers, "area": text}),
        "dim_product": (list(PRODUCTS.items()), {"product": numbers, "category": text}),
        "fact": (
            [(row, *fact) for row, fact in enumerate(shop.facts)],
            {"row": numbers, "day_id": numbers, "customer_id": numbers, "product_id": numbers, "basket": numbers,
             "amount": pl.Decimal(18, 2)},
        ),
    }  # fmt: skip
    for name, (rows, schema) in tables.items():
        pl.DataFrame(rows, schema=schema, orient="row").write_parquet(source / f"{name}.parquet")

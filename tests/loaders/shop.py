"""A shop small enough to see whole: three dimensions, two roles of time, keys that are unknown and null."""

from __future__ import annotations

import copy
import json
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.warehouse.snapshot import Snapshot

Frames = Mapping[str, pl.DataFrame]

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "shop",
    "tables": {
        "sale": {
            "key": ["sale_id"],
            "columns": {
                "sale_id": "int",
                "product_id": "int",
                "customer": "text",
                "ordered": "int",
                "shipped": "int",
                "at": "timestamp",
                "amount": "decimal(2)",
                "weight": "float",
                "online": "bool",
                "note": "text",
            },
        },
        "product": {
            "key": ["product_id"],
            "columns": {
                "product_id": "int",
                "product": "text",
                "category": "text",
                "category_no": "int",
                "price": "decimal(2)",
            },
        },
        "customer": {"source": "people", "key": ["name"], "columns": {"name": "text", "city": "text"}},
        "day": {"key": ["day_no"], "columns": {"day_no": "int", "day": "date", "year": "int"}},
        "unused": {"columns": {"x": "int"}},
    },
    "dimensions": {
        "product": {
            "table": "product",
            "levels": {
                "category": {"column": "category", "order": "category_no", "unique": True},
                "product": {"column": "product_id", "caption": "product", "unique": True},
            },
            "hierarchies": {"goods": {"levels": ["category", "product"]}},
        },
        "customer": {
            "table": "customer",
            "levels": {"customer": {"column": "name", "attributes": {"city": {"column": "city"}}}},
            "hierarchies": {"customers": {"levels": ["customer"]}},
        },
        "time": {
            "role": "time",
            "table": "day",
            "levels": {"year": {"column": "year"}, "day": {"column": "day", "unique": True}},
            "hierarchies": {"calendar": {"levels": ["year", "day"]}},
        },
    },
    "cubes": {
        "sales": {
            "table": "sale",
            "links": {
                "product": {"column": "product_id"},
                "customer": {"column": "customer"},
                "order_date": {"column": "ordered", "dimension": "time"},
                "ship_date": {"column": "shipped", "dimension": "time"},
            },
            "measures": {"amount": {"aggregate": "sum", "column": "amount"}, "lines": {"aggregate": "count"}},
        }
    },
}


def document() -> dict[str, Any]:
    """Give a copy of the shop's model to change."""
    return copy.deepcopy(DOCUMENT)


def model(changed: Mapping[str, Any] = DOCUMENT) -> Model:
    """Read a model document."""
    return parse_model(json.dumps(changed))


def frames() -> dict[str, pl.DataFrame]:
    """Give the shop's tables by their source names."""
    return {
        "product": pl.DataFrame(
            {
                "product_id": [30, 10, 20],
                "product": ["Tea, green", 'Pot "large"', "Two\nlines"],
                "category": ["Food", "Goods", "Goods"],
                "category_no": [1, 2, 2],
                "price": pl.Series([Decimal("3.50"), Decimal("20.00"), None], dtype=pl.Decimal(18, 2)),
                "ignored": ["a", "b", "c"],
            }
        ),
        "people": pl.DataFrame({"name": ["Ann", "Böb"], "city": ["Oslo", None]}),
        "day": pl.DataFrame(
            {
                "day_no": [20240102, 20240101, 20240103],
                "day": [date(2024, 1, 2), date(2024, 1, 1), date(2024, 1, 3)],
                "year": [2024, 2024, 2024],
            }
        ),
        "sale": pl.DataFrame(
            {
                "sale_id": [1, 2, 3, 4, 5, 6],
                "product_id": [10, 30, 99, None, 99, 20],
                "customer": ["Böb", "Ann", "Zoe", "Ann", None, "Ann"],
                "ordered": [20240102, 20240101, 20240102, None, 20240101, 20240103],
                "shipped": [20240103, 20240103, None, None, 20240101, 20250101],
                "at": [datetime(2024, 1, 1, 9, 30), None, *[datetime(2024, 1, 2, 0, 0, 0, 500_000)] * 4],
                "amount": pl.Series(
                    [Decimal("20.00"), Decimal("3.50"), Decimal("-1.25"), Decimal("0.10"), None, Decimal("7.00")],
                    dtype=pl.Decimal(18, 2),
                ),
                "weight": [1.5, None, 0.1, 2.0, 3.0, 1e-9],
                "online": [True, False, None, True, True, False],
                "note": ["x", None, "a|b;c", "  padded ", "é", "=1+1"],
            }
        ),
    }


def write_csv(tables: Frames, folder: Path) -> str:
    """Write a folder of CSV files and give the source."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.write_csv(folder / f"{name}.csv")
    return str(folder)


def write_parquet(tables: Frames, folder: Path) -> str:
    """Write a folder of Parquet files and give the source."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return str(folder)


def write_sqlite(tables: Frames, file: Path) -> str:
    """Write a SQLite database as its tools do: decimals as floats, bools as ints, times as text."""
    loose = {
        name: frame.with_columns(
            pl.col(pl.Decimal).cast(pl.Float64),
            pl.col(pl.Boolean).cast(pl.Int8),
            pl.col(pl.Date).dt.to_string("%Y-%m-%d"),
            pl.col(pl.Datetime).dt.to_string("%Y-%m-%d %H:%M:%S%.6f"),
        )
        for name, frame in tables.items()
    }
    with sqlite3.connect(file) as connection:
        for name, frame in loose.items():
            columns = ", ".join(f'"{column}"' for column in frame.columns)
            connection.execute(f'create table "{name}" ({columns})')
            marks = ", ".join("?" * frame.width)
            connection.executemany(f'insert into "{name}" values ({marks})', frame.rows())
    connection.close()
    return f"sqlite:///{file}"


def rows(snapshot: Snapshot, table: str) -> list[tuple[Any, ...]]:
    """Give all rows of a stored table."""
    stored = snapshot.table(table)
    return stored.read(list(stored.columns)).rows()


def statuses(snapshot: Snapshot, table: str, key: str) -> dict[Any, tuple[int, int]]:
    """Give the surrogate key and status of each key of a dimension's table."""
    found = snapshot.table(table).read([key, "_key", "_status"]).rows()
    return {natural: (surrogate, status) for natural, surrogate, status in found}

"""A star of columns such as real databases have, with one of each mistake; what is in it is told here by hand."""

from __future__ import annotations

import json
from pathlib import Path

MODEL = {
    "format": 1,
    "name": "odd",
    "tables": {
        "item": {
            "source": "mart.item",
            "key": ["item_id"],
            "columns": {"item_id": "text", "item": "text", "color": "text", "code": "text"},
        },
        "day": {"source": "mart.day", "key": ["day"], "columns": {"day": "date", "month": "text"}},
        "sold": {
            "source": "mart.sold",
            "key": ["id"],
            "columns": {"id": "int", "item_id": "text", "day": "date", "amount": "decimal(2)", "pieces": "int"},
        },
    },
    "dimensions": {
        "item": {
            "table": "item",
            "levels": {
                "color": {"column": "color"},
                "code": {"column": "code"},
                "item": {"column": "item_id", "caption": "item", "unique": True},
            },
            "hierarchies": {"colors": {"levels": ["color", "item"]}, "codes": {"levels": ["code", "item"]}},
        },
        "time": {
            "table": "day",
            "role": "time",
            "levels": {"month": {"column": "month"}, "day": {"column": "day", "unique": True}},
            "hierarchies": {"days": {"levels": ["month", "day"]}},
        },
    },
    "cubes": {
        "sales": {
            "table": "sold",
            "links": {"item": {"column": "item_id"}, "time": {"column": "day"}},
            "measures": {
                "amount": {"aggregate": "sum", "column": "amount"},
                "items": {"aggregate": "distinct", "level": "item.item"},
            },
        }
    },
}
"""A model of the star."""

ID = "00000000-0000-0000-0000-00000000000{}".format
ITEMS = (
    f"('{ID(1)}', 'Apple', 'red', 'A')",
    f"('{ID(2)}', 'Pear', 'green', 'B ')",
)
DAYS = ("('2024-01-01', '2024-01')", "('2024-01-02', '2024-01')", "('2024-01-03', '2024-01')")
SOLD = (
    f"(1, '{ID(1)}', '2024-01-01', 1.25, 2)",
    f"(2, '{ID(2)}', '2024-01-03', 2.50, 3)",
    f"(3, '{ID(9)}', '2024-01-03', 4.00, 1)",
    "(4, null, null, 8.00, 1)",
)
"""By hand: an unknown item, a fact without item and day, and no sale on the second day."""

POSTGRESQL = (
    "CREATE SCHEMA mart",
    "CREATE TYPE mart.color AS ENUM ('red', 'green')",
    "CREATE TABLE mart.every_item (item_id uuid, item text, color mart.color, code char(3), tags text[], more jsonb, "
    "weight numeric(9, 1))",
    "CREATE VIEW mart.item AS SELECT item_id, item, color, code, tags, more, weight FROM mart.every_item",
    "CREATE TABLE mart.every_day (day date PRIMARY KEY, month text)",
    "CREATE TABLE mart.sold (id bigint, item_id uuid, day date, amount numeric, pieces numeric, len interval) "
    "PARTITION BY LIST (day)",
    "CREATE TABLE mart.sold_rest PARTITION OF mart.sold DEFAULT",
)
DUCKDB = (
    "CREATE SCHEMA mart",
    "CREATE TYPE color AS ENUM ('red', 'green')",
    "CREATE TABLE mart.every_item (item_id uuid, item text, color color, code char(3), tags text[], "
    "more struct(a int), weight decimal(9, 1))",
    "CREATE VIEW mart.item AS SELECT item_id, item, color, code, tags, more, weight FROM mart.every_item",
    "CREATE TABLE mart.every_day (day date PRIMARY KEY, month text)",
    "CREATE TABLE mart.sold (id hugeint, item_id uuid, day date, amount decimal(12, 3), pieces bigint, len interval)",
)
_ROWS = (
    f"INSERT INTO mart.every_item (item_id, item, color, code) VALUES {', '.join(ITEMS)}",
    f"INSERT INTO mart.every_day VALUES {', '.join(DAYS)}",
    f"INSERT INTO mart.sold (id, item_id, day, amount, pieces) VALUES {', '.join(SOLD)}",
)
MADE = {
    "postgresql": (*POSTGRESQL, *_ROWS, "CREATE MATERIALIZED VIEW mart.day AS SELECT day, month FROM mart.every_day"),
    "duckdb": (*DUCKDB, *_ROWS, "CREATE VIEW mart.day AS SELECT day, month FROM mart.every_day"),
}
"""The statements that make the star, by kind of database."""

MISTAKES = (
    "INSERT INTO mart.every_item (item_id, item, color, code) "
    f"VALUES ('{ID(2)}', 'Pear again', 'green', 'B'), (null, 'Nobody', 'red', 'C')",
    f"INSERT INTO mart.sold (id, item_id, day, amount, pieces) VALUES (5, '{ID(1)}', '2024-01-01', 1.125, 1.5)",
)
"""A key that stands twice, a row without one, and numbers with too many digits (pieces in PostgreSQL)."""


def write_model(folder: Path, **columns: str) -> Path:
    """Write the model; other types for columns of items, such as `tags`, may be added."""
    document = json.loads(json.dumps(MODEL))
    document["tables"]["item"]["columns"] |= columns
    path = folder / "cubes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path

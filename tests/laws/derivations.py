"""Random derived tables: rows chosen, joined, made distinct and totalled, with random formulas in every place."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from cube_server.query.request import FactsRequest, QueryRequest
from cube_server.types import DataType, Kind
from loaders.pipeline import load
from tests.laws.databases import Request
from tests.laws.row_formulas import formulas, of_column
from tests.sql.sources import typed_frame

Row = tuple[Any, ...]
Document = dict[str, Any]

LINE = {
    "id": "int", "item": "int", "pieces": "int", "note": "text", "other": "text", "price": "decimal(2)",
    "weight": "float", "sold": "timestamp", "day": "date", "flag": "bool",
}  # fmt: skip
ITEM = {"id": "int", "kind": "int", "name": "text", "since": "date", "made": "timestamp", "size": "float", "ok": "bool"}
KIND = {"id": "int", "kind name": "text"}
RAW = {"raw_line": LINE, "raw_item": ITEM, "raw_kind": KIND, "raw_tag": KIND}

TEXTS = ("b", "B", "äb", "ÄB ", " it's", 'q"', "50%_", "a\\b", "", "한글", "e\u0301", "😀", "2024", None)
DAYS = tuple(map(dt.date.fromisoformat, ("1969-12-31", "2023-12-31", "2024-02-29", "2024-12-30", "2025-01-01")))
MOMENTS = (
    dt.datetime(2024, 2, 29, 23, 59, 59, 999_999), dt.datetime(2023, 12, 31), dt.datetime(1969, 12, 31, 18, 30, 15),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Workshop:
    """A model whose tables are made of others, and the rows of those."""

    document: Document
    rows: dict[str, tuple[Row, ...]]


def loaded(workshop: Workshop, folder: Path) -> Engine:
    """Write the raw tables into `folder`, load what is made of them and open an engine."""
    source, path = folder / "source", folder / "cubes.json"
    source.mkdir()
    path.write_text(json.dumps(workshop.document), encoding="utf-8")
    model = read_model(path)
    for table in model.tables:
        if table.derivation is None:
            typed_frame(table, workshop.rows[table.name]).write_parquet(source / f"{table.name}.parquet")
    load(model, str(source), folder / "warehouse", progress=SILENT)
    return Engine.open(path, folder / "warehouse")


@st.composite
def workshops(draw: st.DrawFn) -> Workshop:
    """Draw a model, and rows for it."""
    tables = {**{name: {"columns": columns} for name, columns in RAW.items()}, **_made(draw)}
    document = {"format": 1, "name": "derived", "tables": tables, "dimensions": _DIMENSIONS, "cubes": _CUBES}
    return Workshop(document, _rows(draw))


def _made(draw: st.DrawFn) -> Document:
    line, item = _kinds(LINE, "raw_line."), _kinds(ITEM, "raw_item.")
    beside = {**line, **_kinds(ITEM, "i.")}
    of_kind = {**item, 'column("k", "kind name")': Kind.TEXT}
    tagged = {**line, 'column("raw_tag", "kind name")': Kind.TEXT}
    channel, number = draw(formulas(Kind.TEXT, line, 2)), draw(formulas(Kind.INT, line, 2))
    keep = st.sampled_from(("all", "matched"))
    sale = {"to_channel": f"tuple({channel}, {number})", **_values(draw, _SALE, beside)}
    return {
        "item": {
            "key": ["id"],
            "columns": {"id": "int", **_ITEM, "initial": {"type": "text", "value": draw(_of_itself)}},
            "from": {
                "table": "raw_item",
                "joins": [{"table": "raw_kind", "as": "k", "on": {"id": draw(_key(item))}, "keep": draw(keep)}],
                "values": _values(draw, _ITEM, of_kind),
                **_where(draw, of_kind),
            },
        },
        "channel": {
            "key": ["key"],
            "columns": {"key": "text", "channel": "text", "number": "int"},
            "from": {
                "table": "raw_line",
                "values": {"key": sale["to_channel"], "channel": channel, "number": number},
                "distinct": True,
            },
        },
        "sale": {
            "key": ["id"],
            "columns": {"id": "int", "item": "int", "to_channel": "text", **_SALE},
            "from": {
                "table": "raw_line",
                "joins": [{"table": "raw_item", "as": "i", "on": {"id": draw(_key(line))}, "keep": draw(keep)}],
                "values": sale,
                **_where(draw, beside),
            },
        },
        "daily": {
            "columns": {"item": "int", "day": "date", "times": "int", **_TOTALS},
            "from": {
                "table": "raw_line",
                "joins": [{"table": "raw_tag", "on": {"id": draw(_key(line))}, "keep": draw(keep)}],
                "values": {"item": draw(_key(line)), "day": draw(formulas(Kind.DATE, tagged, 2))},
                "totals": {
                    "times": {"aggregate": "count"},
                    "sum": {"aggregate": "sum", "formula": draw(formulas(Kind.INT, tagged))},
                    "least": {"aggregate": "min", "formula": draw(formulas(Kind.INT, tagged))},
                    "most": {"aggregate": "max", "formula": draw(of_column("decimal(2)", tagged))},
                },
            },
        },
        "calendar": _CALENDAR,
    }


def _kinds(columns: Mapping[str, str], prefix: str) -> dict[str, Kind]:
    return {f"{prefix}{name}": DataType.parse(type_).kind for name, type_ in columns.items()}


def _values(draw: st.DrawFn, made: Mapping[str, str], columns: Mapping[str, Kind]) -> dict[str, str]:
    return {name: draw(of_column(type_, columns)) for name, type_ in made.items()}


def _where(draw: st.DrawFn, columns: Mapping[str, Kind]) -> Document:
    return {"where": draw(formulas(Kind.BOOL, columns, 2))} if draw(st.integers(0, 4)) == 0 else {}


def _key(columns: Mapping[str, Kind]) -> st.SearchStrategy[str]:
    """Draw the number of an item or a kind, mostly as it is."""
    plain = next(name for name in columns if name.endswith((".item", ".kind")))
    return st.just(plain) | formulas(Kind.INT, columns, 1)


_of_itself = st.sampled_from(("left(label, 1)", "upper(label)", "if(ok, label, text(number))", "text(since)"))
_ITEM = {"label": "text", "number": "int", "since": "date", "ok": "bool", "cost": "float"}
_SALE = {
    "day": "date", "amount": "decimal(2)", "number": "int", "ratio": "float", "said": "text", "flag": "bool",
    "at": "timestamp",
}  # fmt: skip
_TOTALS = {"sum": "int", "least": "int", "most": "decimal(2)"}
_CALENDAR: Document = {
    "key": ["date"],
    "columns": {"date": "date", "year": "int", "month": "text", "week": "int"},
    "from": {
        "days": ["sale.day", "raw_line.sold", "daily.day"],
        "values": {
            "year": 'extract("year", date)',
            "month": "left(text(date), 7)",
            "week": 'extract("week", date)',
        },
    },
}
_DIMENSIONS: Document = {
    "item": {
        "table": "item",
        "levels": {
            "label": {"column": "label", "unique": True},
            "item": {
                "column": "id",
                "caption": "label",
                "unique": True,
                "attributes": {name: {"column": name} for name in ("number", "since", "ok", "initial")},
            },
        },
        "hierarchies": {"h": {"levels": ["label", "item"]}},
    },
    "channel": {
        "table": "channel",
        "levels": {"channel": {"column": "channel"}, "key": {"column": "key", "unique": True}},
        "hierarchies": {"h": {"levels": ["channel", "key"]}},
    },
    "time": {
        "table": "calendar",
        "role": "time",
        "levels": {
            "year": {"column": "year", "unique": True},
            "month": {"column": "month", "unique": True},
            "day": {"column": "date", "unique": True, "attributes": {"week": {"column": "week"}}},
        },
        "hierarchies": {"calendar": {"levels": ["year", "month", "day"]}},
    },
}


def _sums(*columns: str) -> Document:
    return {name: {"aggregate": "sum", "column": name} for name in columns}


_CUBES: Document = {
    "sales": {
        "table": "sale",
        "links": {"item": {"column": "item"}, "channel": {"column": "to_channel"}, "time": {"column": "day"}},
        "measures": {
            "lines": {"aggregate": "count"},
            **_sums("amount", "number", "ratio"),
            "latest": {"aggregate": "max", "column": "amount"},
            "items": {"aggregate": "distinct", "level": "item.item"},
            "labels": {"aggregate": "distinct", "level": "item.label"},
            "sayings": {"aggregate": "distinct", "column": "said"},
        },
    },
    "days": {
        "table": "daily",
        "links": {"item": {"column": "item"}, "time": {"column": "day"}},
        "measures": {"rows": {"aggregate": "count"}, **_sums("times", "sum", "least", "most")},
    },
}


def _rows(draw: st.DrawFn) -> dict[str, tuple[Row, ...]]:
    number = st.none() | st.integers(-2, 9)
    text = st.sampled_from(TEXTS)
    quarters = st.none() | st.integers(-9, 30).map(lambda number: number / 4)
    price = st.none() | st.integers(-300, 900).map(lambda cents: Decimal(cents) / 100)
    day, moment = st.sampled_from((*DAYS, None)), st.sampled_from((*MOMENTS, None))
    flag = st.sampled_from((True, False, None))
    line = st.tuples(number, number, text, text, price, quarters, moment, day, flag)
    item = st.tuples(number, text, day, moment, quarters, flag)
    size = draw(st.sampled_from((15, 30, 3, 0)))
    return {
        "raw_line": tuple(enumerated(draw(st.lists(line, min_size=size, max_size=size)))),
        "raw_item": tuple(enumerated(draw(st.lists(item, min_size=2, max_size=6)))),
        "raw_kind": tuple(enumerated(draw(st.lists(st.tuples(text), max_size=5)))),
        "raw_tag": tuple(draw(st.lists(st.tuples(number, text), max_size=6))),
    }


def enumerated(rows: list[Row]) -> list[Row]:
    """Number rows from 1."""
    return [(number, *row) for number, row in enumerate(rows, start=1)]


LEVELS = (
    "item.label", "item.item", "item.number", "item.since", "item.ok", "item.initial", "channel.channel", "channel.key",
    "time.month", "time.day", "time.week",
)  # fmt: skip


@st.composite
def questions(draw: st.DrawFn) -> Request:
    """Draw a question to a workshop."""
    cube = draw(st.sampled_from(("sales", "sales", "days")))
    levels = [name for name in LEVELS if cube == "sales" or not name.startswith("channel")]
    cut: list[Document] = draw(st.sampled_from(([], [], [{"level": "time.year", "members": [2024], "by": "value"}])))
    # Facts without a key come as they were loaded, which no database knows.
    if cube == "sales" and draw(st.integers(0, 2)) == 0:
        return FactsRequest.model_validate({"cube": cube, "cut": cut})
    rows = draw(st.lists(st.sampled_from(levels), min_size=1, max_size=2, unique_by=lambda name: name[:4]))
    body = {"cube": cube, "measures": list(_CUBES[cube]["measures"]), "axes": {"rows": rows}, "cut": cut}
    return QueryRequest.model_validate({**body, "totals": True})

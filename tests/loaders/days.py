"""Sales of products by day, to be loaded in pieces: a model, and writing a piece as a folder of CSV."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.model.tables import Mode
from loaders.modes import How
from loaders.periods import Period
from loaders.pipeline import load
from loaders.report import LoadReport

Sale = tuple[int, int | None, str | None, int]
"""Its number, its product, its day, and its amount in cents."""

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "days",
    "tables": {
        "sale": {"key": ["id"], "columns": {"id": "int", "product": "int", "day": "date", "amount": "decimal(2)"}},
        "product": {"key": ["id"], "columns": {"id": "int", "kind": "text"}},
        "day": {"key": ["day"], "columns": {"day": "date", "month": "text"}},
    },
    "dimensions": {
        "product": {
            "table": "product",
            "levels": {"kind": {"column": "kind"}, "product": {"column": "id", "unique": True}},
            "hierarchies": {"kinds": {"levels": ["kind", "product"]}},
        },
        "time": {
            "role": "time",
            "table": "day",
            "levels": {
                "month": {"column": "month", "unique": True, "period": "month"},
                "day": {"column": "day", "unique": True, "period": "day"},
            },
            "hierarchies": {"calendar": {"levels": ["month", "day"]}},
        },
    },
    "cubes": {
        "sales": {
            "table": "sale",
            "links": {"product": {"column": "product"}, "time": {"column": "day"}},
            "measures": {
                "amount": {"aggregate": "sum", "column": "amount"},
                "lines": {"aggregate": "count"},
                "products": {"aggregate": "distinct", "level": "product.product"},
            },
        }
    },
}

FIRST = dt.date(2024, 1, 1)
DAYS = [(FIRST + dt.timedelta(days=number)).isoformat() for number in range(91)]
"""The days of three months; the calendar knows all of them."""


def model(**modes: str) -> Model:
    """Read the model, with modes for some tables."""
    document = json.loads(json.dumps(DOCUMENT))
    for table, mode in modes.items():
        document["tables"][table]["load"] = {"mode": mode}
    return parse_model(json.dumps(document))


def write(
    folder: Path,
    *,
    sales: Sequence[Sale] | None = None,
    products: Mapping[int, str] | None = None,
    days: Iterable[str] | None = None,
) -> str:
    """Write the tables that are given as a source, and give it."""
    folder.mkdir(parents=True, exist_ok=True)
    if sales is not None:
        lines = [f"{id},{_text(product)},{_text(day)},{amount / 100:.2f}" for id, product, day, amount in sales]
        (folder / "sale.csv").write_text("\n".join(["id,product,day,amount", *lines, ""]))
    if products is not None:
        lines = [f"{id},{kind}" for id, kind in products.items()]
        (folder / "product.csv").write_text("\n".join(["id,kind", *lines, ""]))
    if days is not None:
        (folder / "day.csv").write_text("\n".join(["day,month", *(f"{day},{day[:7]}" for day in days), ""]))
    return str(folder)


def increment(source: str, warehouse: Path, mode: str = "append", *, again: bool = False) -> LoadReport:
    """Load a source by one mode for all tables."""
    return load(model(), source, warehouse, how=How(modes={"": Mode(mode)}, again=again))


def replace(source: str, warehouse: Path, period: Period | None = None) -> LoadReport:
    """Replace a period, or that which the source covers."""
    return load(model(), source, warehouse, how=How(modes={"": Mode.REPLACE}, period=period))


def _text(value: object) -> str:
    return "" if value is None else str(value)

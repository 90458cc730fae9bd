"""The worked example of stocks in docs/model.md: the counts of the page's first table give its second table."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from loaders.pipeline import load
from tests.comparison import same
from tests.sample import ROOT

PAGE = ROOT / "docs" / "model.md"

PER_PRODUCT = ["product.product"]
RULES: dict[str, dict[str, Any]] = {
    "`first`": {"take": "first"},
    "`last`": {"take": "last"},
    "`last_nonempty` of the cell": {"take": "last_nonempty"},
    "`last_nonempty` per product": {"take": "last_nonempty", "per": PER_PRODUCT},
    "`average`": {"take": "average"},
    "`average` of present days": {"take": "average", "days": "present"},
    "`average` of present days, per product": {"take": "average", "days": "present", "per": PER_PRODUCT},
}


def table(header: str) -> list[list[str]]:
    """Give the cells of the page's table with this header."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(header)}\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, header
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]


@pytest.fixture
def stock(tmp_path: Path) -> Engine:
    """An engine over the page's counts; on the 31st a product C is counted."""
    days = {f"2024-01-{day}": {"A": a, "B": b} for day, a, b, _ in table("| day | A | B | all |")}
    days["2024-01-31"]["C"] = "7"
    counts = [f"{day},{product},{units}" for day, row in days.items() for product, units in row.items() if units]
    files = {
        "time": ["day,month", *(f"{day},2024-01" for day in days), "2024-02-01,2024-02"],
        "product": ["product", "A", "B", "C"],
        "stock": ["day,product,units", *counts],
    }
    for name, lines in files.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = tmp_path / "cubes.json"
    path.write_text(json.dumps(_model()), encoding="utf-8")
    load(read_model(path), str(tmp_path), tmp_path / "warehouse", progress=SILENT)
    return Engine.open(path, tmp_path / "warehouse")


def _model() -> dict[str, Any]:
    rule = {"aggregate": "sum", "column": "units"}
    measures = {f"rule_{place}": {**rule, "semi_additive": {"over": "time", **part}} for place, part in _numbered()}
    return {
        "format": 1,
        "name": "stock",
        "tables": {
            "time": {"key": ["day"], "columns": {"day": "date", "month": "text"}},
            "product": {"key": ["product"], "columns": {"product": "text"}},
            "stock": {"columns": {"day": "date", "product": "text", "units": "int"}},
        },
        "dimensions": {
            "time": {
                "table": "time",
                "role": "time",
                "levels": {"month": {"column": "month"}, "day": {"column": "day", "unique": True}},
                "hierarchies": {"calendar": {"levels": ["month", "day"]}},
            },
            "product": {
                "table": "product",
                "levels": {"product": {"column": "product"}},
                "hierarchies": {"products": {"levels": ["product"]}},
            },
        },
        "cubes": {
            "stock": {
                "table": "stock",
                "links": {"time": {"column": "day"}, "product": {"column": "product"}},
                "measures": measures,
            }
        },
    }


def _numbered() -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(RULES.values()))


def test_the_rules_give_what_the_page_says(stock: Engine) -> None:
    rows = table("| rule | A | B | all | why |")
    assert [row[0] for row in rows] == list(RULES)
    names = [f"rule_{place}" for place in range(len(RULES))]
    shown = [["A"], ["B"], ["A", "B"]]
    found = []
    for products in shown:
        cut = [{"level": "product.product", "members": products}, {"level": "time.month", "members": ["2024-01"]}]
        request = QueryRequest.model_validate({"cube": "stock", "measures": names, "cut": cut})
        found.append(flatten(stock.query(request), Budget(Limits())).row(0))
    for place, (rule, *cells) in enumerate(rows):
        for number, cell in enumerate(cells[:3]):
            value = found[number][place]
            expected = None if cell == "null" else float(cell)
            assert same(value if value is None else round(value, 3), expected), (rule, shown[number])

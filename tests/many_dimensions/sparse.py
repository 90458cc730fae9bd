"""A process of its own that tells how much memory a sparse star takes: five dimensions, 10**12 cells, 10**6 facts.

`python -m tests.many_dimensions.sparse FOLDER` loads the star into the folder; with `ask` behind it, it opens the
loaded one, asks it, and writes what the process grew by, in bytes, as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import polars as pl

from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from cube_server.query.request import QueryRequest
from loaders.pipeline import load
from tests.toy.star import toy_warehouse

DIMENSIONS = 5
LEAVES = 252
"""252 to the fifth is a little more than 10**12."""
FACTS = 1_000_000
COLUMNS_BYTES = FACTS * (DIMENSIONS * 4 + 8)
"""The facts' columns as they are given: 32-bit keys and a 64-bit amount."""


def write(folder: Path) -> None:
    """Write the star and load it."""
    source = folder / "source"
    source.mkdir()
    row = pl.int_range(FACTS, dtype=pl.UInt64)
    links = [(row.hash(seed=n + 1) % LEAVES).cast(pl.Int32).alias(f"d{n}_id") for n in range(DIMENSIONS)]
    amount = (row.hash(seed=99) % 1_000).cast(pl.Int64).alias("amount")
    pl.select(*links, amount).write_parquet(source / "fact.parquet")
    for number in range(DIMENSIONS):
        pl.DataFrame({"id": range(LEAVES)}).write_parquet(source / f"dim_{number}.parquet")
    model = folder / "cubes.json"
    model.write_text(json.dumps(_model()), encoding="utf-8")
    load(read_model(model), str(source), folder / "warehouse", progress=SILENT)


def _model() -> dict[str, Any]:
    names = [f"d{number}" for number in range(DIMENSIONS)]
    table = {"key": ["id"], "columns": {"id": "int"}}
    return {
        "format": 1,
        "name": "sparse",
        "tables": {
            "fact": {"columns": {**{f"{name}_id": "int" for name in names}, "amount": "int"}},
            **{f"dim_{number}": table for number in range(DIMENSIONS)},
        },
        "dimensions": {
            name: {
                "table": f"dim_{number}",
                "levels": {"leaf": {"column": "id", "unique": True}},
                "hierarchies": {"main": {"levels": ["leaf"]}},
            }
            for number, name in enumerate(names)
        },
        "cubes": {
            "cube": {
                "table": "fact",
                "links": {name: {"column": f"{name}_id"} for name in names},
                "measures": {"amount": {"aggregate": "sum", "column": "amount"}, "lines": {"aggregate": "count"}},
            }
        },
    }


def ask(folder: Path) -> dict[str, int]:
    """Open the star, ask it, and tell what the process grew by since it had answered another, small one."""
    other = folder / "toy"
    other.mkdir()
    small = Engine.open(*toy_warehouse(other))
    small.query(QueryRequest.model_validate({"cube": "sales", "axes": {"rows": ["product.product"]}}))
    before = _memory()["VmRSS"]
    engine = Engine.open(folder / "cubes.json", folder / "warehouse")
    for body in EVERY_COLUMN:
        engine.query(QueryRequest.model_validate({"cube": "cube", **body}))
    held = _memory()["VmRSS"]
    for body in WIDE:
        engine.query(QueryRequest.model_validate({"cube": "cube", **body}))
    return {"held": held - before, "after_wide_tables": _memory()["VmRSS"] - before}


EVERY_COLUMN: tuple[dict[str, Any], ...] = (
    {"measures": ["amount", "lines"]},
    *({"axes": {"rows": [f"d{number}.leaf"]}} for number in range(DIMENSIONS)),
)
"""The grand total, and each dimension: all columns are read, and the answers are small."""

WIDE: tuple[dict[str, Any], ...] = (
    {"axes": {"rows": ["d0.leaf"], "columns": ["d1.leaf"]}},
    {"axes": {"rows": ["d2.leaf", "d3.leaf"]}, "totals": True},
)
"""Answers of 63,504 cells."""


def _memory() -> dict[str, int]:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return {name: 1024 * int(size) for name, size in re.findall(r"^(Vm\w+):\s+(\d+) kB", status, flags=re.MULTILINE)}


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if sys.argv[2:] == ["ask"]:
        sys.stdout.write(json.dumps(ask(place)))
    else:
        write(place)

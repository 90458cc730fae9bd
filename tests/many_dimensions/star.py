"""Generated stars of many dimensions: 20,000 facts, the same in every run; levels nest by integer division.

A leaf is a number from 0 to 1023; the level `l0` is the coarsest, `l9` the leaf, and each level's key is half of the
next one's. So a member's parent at any level is known without any table.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load

LEVELS = 10
LEAVES = 1024
FACTS = 20_000

MEASURES: dict[str, Any] = {
    "amount": {"aggregate": "sum", "column": "amount"},
    "lines": {"aggregate": "count"},
    "baskets": {"aggregate": "distinct", "column": "basket"},
}


def many_dimensions(folder: Path, dimensions: int) -> Engine:
    """Write a star of so many dimensions to a folder, load it, and open an engine."""
    source, model = folder / "source", folder / "cubes.json"
    source.mkdir()
    _facts(dimensions).write_parquet(source / "fact.parquet")
    leaf = pl.int_range(LEAVES, eager=True)
    table = pl.DataFrame({f"l{level}": leaf // parts(level) for level in range(LEVELS)})
    for number in range(dimensions):
        table.write_parquet(source / f"dim_{number}.parquet")
    model.write_text(json.dumps(_model(dimensions)), encoding="utf-8")
    load(read_model(model), str(source), folder / "warehouse", progress=SILENT)
    return Engine.open(model, folder / "warehouse")


def oracle_of(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open DuckDB over a star's facts, as the view `fact`."""
    connection = duckdb.connect()
    connection.execute(f"create view fact as from read_parquet('{folder / 'source' / 'fact.parquet'}')")
    return connection


def parts(level: int) -> int:
    """How many leaves a member of a level has."""
    return int(2 ** (LEVELS - 1 - level))


def key_sql(dimension: int, level: int) -> str:
    """Write the key of a fact's member at a level as SQL."""
    return f"d{dimension}_id // {parts(level)}"


def _facts(dimensions: int) -> pl.DataFrame:
    """Scatter facts by hashes of their numbers: some members are frequent, some have none."""
    row = pl.int_range(FACTS, dtype=pl.UInt64)
    links = [
        ((row.hash(seed=number + 1) % LEAVES) * (row.hash(seed=number + 101) % LEAVES) // LEAVES)
        .cast(pl.Int64)
        .alias(f"d{number}_id")
        for number in range(dimensions)
    ]
    amount = (row.hash(seed=1001) % 2_000).cast(pl.Int64) - 500
    basket = (row.hash(seed=1002) % 4_000).cast(pl.Int64)
    return pl.select(row.cast(pl.Int64).alias("row"), *links, amount.alias("amount"), basket.alias("basket"))


def _model(dimensions: int) -> dict[str, Any]:
    columns = {"row": "int", **{f"d{number}_id": "int" for number in range(dimensions)}, "amount": "int"}
    levels = [f"l{level}" for level in range(LEVELS)]
    table = {"key": [levels[-1]], "columns": dict.fromkeys(levels, "int")}
    return {
        "format": 1,
        "name": "many",
        "tables": {
            "fact": {"columns": {**columns, "basket": "int"}},
            **{f"dim_{number}": table for number in range(dimensions)},
        },
        "dimensions": {
            f"d{number}": {
                "table": f"dim_{number}",
                "levels": {level: {"column": level, "unique": True} for level in levels},
                "hierarchies": {"main": {"levels": levels}},
            }
            for number in range(dimensions)
        },
        "cubes": {
            "cube": {
                "table": "fact",
                "links": {f"d{number}": {"column": f"d{number}_id"} for number in range(dimensions)},
                "measures": MEASURES,
            }
        },
    }

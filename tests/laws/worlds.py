"""A random star loaded twice: into our warehouse, and shown to DuckDB as the Parquet files that it was loaded from."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load
from tests.laws.stars import ATTRIBUTES, Star

_DIMENSION_SCHEMA = {
    "id": pl.Int64,
    "l0": pl.String,
    "l1": pl.String,
    "name": pl.String,
    "attr": pl.String,
    "attr_order": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class World:
    """A star, an engine over it, and the oracle's view `star` of the same files."""

    star: Star
    engine: Engine
    oracle: duckdb.DuckDBPyConnection


@contextmanager
def world(star: Star) -> Iterator[World]:
    """Write, load and open a star."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as oracle:
        engine = loaded(star, Path(folder))
        _show(star, Path(folder) / "source", oracle)
        yield World(star, engine, oracle)


def loaded(star: Star, folder: Path) -> Engine:
    """Write a star's files into `folder`, load them and open an engine."""
    source, model = folder / "source", folder / "cubes.json"
    source.mkdir()
    model.write_text(json.dumps(star.model()), encoding="utf-8")
    _write(star, source)
    load(read_model(model), str(source), folder / "warehouse", progress=SILENT)
    return Engine.open(model, folder / "warehouse")


def _write(star: Star, source: Path) -> None:
    for dimension in star.dimensions:
        rows = [(*row, ATTRIBUTES.get(row[4] or "")) for row in dimension.rows]
        pl.DataFrame(rows, schema=_DIMENSION_SCHEMA, orient="row").write_parquet(
            source / f"dim_{dimension.name}.parquet"
        )
    links = {f"{d.name}_id": pl.Int64 for d in star.dimensions}
    numbers = {"basket": pl.Int64, "amount": pl.Decimal(18, 2), "quantity": pl.Int64, "weight": pl.Float64}
    schema: dict[str, Any] = {"row": pl.Int64, **links, **numbers}
    facts = [
        (place, *fact.links, fact.basket, fact.amount, fact.quantity, fact.weight)
        for place, fact in enumerate(star.facts)
    ]
    pl.DataFrame(facts, schema=schema, orient="row").write_parquet(source / "fact.parquet")


def _show(star: Star, source: Path, oracle: duckdb.DuckDBPyConnection) -> None:
    """Make the view `star`: facts with `d0_l0`, `d0_leaf`, ... and `d0_odd` where an id has no row."""
    columns = ["f.row, f.basket, f.amount, f.quantity, f.weight"]
    joins = []
    for dimension in star.dimensions:
        d = dimension.name
        leaf = f"f.{d}_id" if dimension.by_id else f"{d}.name"
        columns.append(f"{d}.l0 as {d}_l0, {d}.l1 as {d}_l1, {leaf} as {d}_leaf, {d}.attr as {d}_attr")
        columns.append(f"(f.{d}_id is not null and {d}.id is null) as {d}_odd")
        joins.append(f"left join read_parquet('{source}/dim_{d}.parquet') {d} on {d}.id = f.{d}_id")
    facts = f"read_parquet('{source}/fact.parquet') f {' '.join(joins)}"
    oracle.execute(f"create table star as select {', '.join(columns)} from {facts}")

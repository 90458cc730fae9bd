"""`python -m benchmarks increments`: a day's load into a year beside loading the year anew; from commit to served."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import polars as pl
from rich.console import Console

from cube_server.engine import Engine
from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.model.tables import Mode
from cube_server.warehouse.store import Warehouse
from loaders.modes import BY_MODEL, How
from loaders.pipeline import load

_DAYS = 365
_POLL = 1.0
"""How often a server looks, by default."""

_DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "year",
    "tables": {
        "sale": {
            "key": ["id"],
            "columns": {"id": "int", "product": "int", "day": "date", "pieces": "int", "amount": "decimal(2)"},
        },
        "product": {"key": ["id"], "columns": {"id": "int", "kind": "int"}},
        "day": {"key": ["day"], "columns": {"day": "date", "month": "int"}},
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
            "levels": {"month": {"column": "month"}, "day": {"column": "day", "unique": True, "period": "day"}},
            "hierarchies": {"calendar": {"levels": ["month", "day"]}},
        },
    },
    "cubes": {
        "sales": {
            "table": "sale",
            "links": {"product": {"column": "product"}, "time": {"column": "day"}},
            "measures": {"amount": {"aggregate": "sum", "column": "amount"}},
        }
    },
}


def main(arguments: list[str]) -> int:
    """Run the benchmark; return 1 if a load is not served within two seconds of its commit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks increments", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="rows a day (10,000)")
    rows = parser.parse_args(arguments).rows
    model, console = parse_model(json.dumps(_DOCUMENT)), Console()
    with TemporaryDirectory(prefix="cube-server-bench-") as name:
        folder = Path(name)
        sales = _sales(rows)
        year = sales.filter(pl.col("day") < sales["day"].max())
        last = sales.filter(pl.col("day") == sales["day"].max())
        late = last.with_columns(amount=pl.col("amount") + 1)
        whole = _timed(model, _source(folder / "year", year), folder / "warehouse", BY_MODEL)
        console.print(f"a year, full: {_told(year.height, whole)}")
        steps = (("append", last), ("upsert", late), ("replace", last))
        seconds = [
            _timed(model, _part(folder / mode, part), folder / "warehouse", How(modes={"": Mode(mode)}))
            for mode, part in steps
        ]
        anew = _timed(model, _source(folder / "all", sales), folder / "anew", BY_MODEL)
        console.print(f"a year and a day, full: {_told(sales.height, anew)}")
        for (mode, part), taken in zip(steps, seconds, strict=True):
            console.print(f"the day, {mode}: {_told(part.height, taken)}; {anew / taken:.1f} times as fast as the year")
        served = _until_served(model, folder, _part(folder / "more", late))
        console.print(f"from commit to served, looking every {_POLL:g} s: {served:.2f} s")
    return 0 if served <= 2 else 1


def _sales(rows: int) -> pl.DataFrame:
    number = pl.int_range(rows * _DAYS, eager=True)
    return pl.DataFrame({"id": number}).select(
        "id",
        product=(pl.col("id") * 7919) % 5_000,
        day=pl.date(2025, 1, 1) + pl.duration(days=pl.col("id") // rows),
        pieces=pl.col("id") % 9 + 1,
        amount=((pl.col("id") * 104_729) % 10_000).cast(pl.Decimal(18, 2)),
    )


def _source(folder: Path, sales: pl.DataFrame) -> str:
    source = _part(folder, sales)
    products = pl.DataFrame({"id": pl.int_range(5_000, eager=True)}).with_columns(kind=pl.col("id") % 50)
    products.write_parquet(folder / "product.parquet")
    days = pl.DataFrame({"day": pl.date_range(pl.date(2025, 1, 1), pl.date(2025, 12, 31), eager=True)})
    days.with_columns(month=pl.col("day").dt.month().cast(pl.Int64)).write_parquet(folder / "day.parquet")
    return source


def _part(folder: Path, sales: pl.DataFrame) -> str:
    folder.mkdir()
    sales.write_parquet(folder / "sale.parquet")
    return str(folder)


def _timed(model: Model, source: str, warehouse: Path, how: How) -> float:
    begun = time.perf_counter()
    load(model, source, warehouse, how=how)
    return time.perf_counter() - begun


def _until_served(model: Model, folder: Path, source: str) -> float:
    """Load while an engine looks for snapshots as a server does; give the time from the commit until it serves it."""
    path = folder / "cubes.json"
    path.write_text(json.dumps(_DOCUMENT), encoding="utf-8")
    engine = Engine.open(path, folder / "warehouse")
    work = Thread(target=load, args=(model, source, folder / "warehouse"), kwargs={"how": How(modes={"": Mode.UPSERT})})
    work.start()
    while not engine.refresh():
        time.sleep(_POLL)
    served = time.time()
    work.join()
    manifest = Warehouse(folder / "warehouse").layout.manifest(engine.snapshot.id)
    return served - manifest.stat().st_mtime


def _told(rows: int, seconds: float) -> str:
    return f"{rows:,} rows in {seconds:.2f} s, {rows / seconds:,.0f} rows/s"

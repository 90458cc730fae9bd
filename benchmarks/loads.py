"""`python -m benchmarks loads`: how many rows a second a full load takes in, beside DuckDB and polars reading the same.

The sample's lines, several times over, from Parquet and from CSV. A peer reads and types the same columns and writes
them: DuckDB to a database of its own, polars to Parquet; neither checks keys, gives surrogate keys or counts columns.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
from rich.console import Console

from benchmarks.sample import ROOT
from tests.sample import sample_star

_LOAD = """
import json, resource, sys, time
from pathlib import Path
from cube_server.model.read import read_model
from loaders.pipeline import load

started = time.perf_counter()
load(read_model(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.perf_counter() - started, peak]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one load took, beside its peers.

    Attributes:
        format: "parquet" or "csv".
        rows: How many facts there are.
        seconds: The load's.
        mebibytes: The most memory that it had.
        duckdb: DuckDB's seconds.
        polars: Polars' seconds.
    """

    format: str
    rows: int
    seconds: float
    mebibytes: float
    duckdb: float
    polars: float

    def __str__(self) -> str:
        """Tell it on one line."""
        rates = ", ".join(
            f"{name} {self.rows / seconds / 1e6:.2f} M rows/s"
            for name, seconds in (("cube-server", self.seconds), ("DuckDB", self.duckdb), ("polars", self.polars))
        )
        return f"{self.format}: {self.rows:,} rows; {rates}; {self.mebibytes:,.0f} MiB at most"


def main(arguments: list[str]) -> int:
    """Measure and print; return the exit code: 1 if Parquet comes in at less than a million rows a second."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks loads", description="Measure full loads.")
    parser.add_argument("--copies", type=int, default=4, help="how often the sample's lines are repeated (4)")
    options = parser.parse_args(arguments)
    console = Console()
    with TemporaryDirectory(prefix="cube-server-bench-") as folder:
        loads = list(measured(Path(folder), options.copies))
    for load in loads:
        console.print(str(load))
    return 0 if all(load.rows / load.seconds > 1e6 for load in loads if load.format == "parquet") else 1


def measured(folder: Path, copies: int) -> Iterator[Load]:
    """Measure a load from Parquet and one from CSV."""
    model = _model(folder)
    for format_ in ("parquet", "csv"):
        source = folder / format_
        source.mkdir()
        rows = _write(source, format_, copies)
        seconds, mebibytes = _load(model, source, folder / f"warehouse-{format_}")
        facts = source / f"fact_sales.{format_}"
        yield Load(
            format=format_,
            rows=rows,
            seconds=seconds,
            mebibytes=mebibytes,
            duckdb=_seconds(_duckdb, facts, folder / f"{format_}.duckdb"),
            polars=_seconds(_polars, facts, folder / f"{format_}-copy.parquet"),
        )


def _model(folder: Path) -> Path:
    """Write the sample's model with its first cube alone; its lines repeat, so that they have no key."""
    document = json.loads((ROOT / "cubes.json").read_text(encoding="utf-8"))
    cube = document["cubes"]["sales"]
    cube["links"] = {name: link for name, link in cube["links"].items() if "through" not in link}
    cube.update({"measures": {"lines": {"aggregate": "count"}}, "attributes": {}, "sets": {}, "members": {}})
    cube.pop("drillthrough", None)
    document["cubes"] = {"sales": cube}
    document["tables"]["fact_sales"].pop("key", None)
    path = folder / "cubes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def _write(source: Path, format_: str, copies: int) -> int:
    star = sample_star()
    for path in star.glob("dim_*.parquet"):
        (source / path.name).symlink_to(path)
    lines = pl.concat([pl.read_parquet(star / "fact_sales.parquet")] * copies)
    if format_ == "csv":
        lines.write_csv(source / "fact_sales.csv")
    else:
        lines.write_parquet(source / "fact_sales.parquet")
    return lines.height


def _load(model: Path, source: Path, warehouse: Path) -> tuple[float, float]:
    command = [sys.executable, "-c", _LOAD, str(model), str(source), str(warehouse)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    seconds, mebibytes = json.loads(told.stdout)
    return seconds, mebibytes


def _duckdb(facts: Path, database: Path) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"create table facts as from '{facts}'")


def _polars(facts: Path, copy: Path) -> None:
    read = pl.read_csv(facts, try_parse_dates=True) if facts.suffix == ".csv" else pl.read_parquet(facts)
    read.write_parquet(copy, compression="zstd")


def _seconds(read: Callable[[Path, Path], None], facts: Path, target: Path) -> float:
    started = time.perf_counter()
    read(facts, target)
    return time.perf_counter() - started

"""The benchmark's tables loaded as a user loads them, and what that and opening them took."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.sample import ROOT
from benchmarks.ssb.generation import generate
from benchmarks.ssb.results import Stored

MODEL = Path(__file__).parent / "cubes.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The benchmark at one scale.

    Attributes:
        tables: A folder with a Parquet file for each table.
        warehouse: The same, loaded.
        stored: What that took.
    """

    tables: Path
    warehouse: Path
    stored: Stored


def prepare(scale: float, folder: Path) -> Loaded:
    """Generate the tables in a folder, unless it has them, and load them into a new warehouse."""
    tables, warehouse = folder / "tables", folder / "warehouse"
    lines = _generated(scale, tables)
    shutil.rmtree(warehouse, ignore_errors=True)
    seconds, mebibytes = _load(tables, warehouse)
    probed = _probe(MODEL, warehouse)
    stored = Stored(
        lines=lines,
        load_seconds=seconds,
        load_mebibytes=mebibytes,
        bytes_a_line=_bytes(warehouse / "data" / "line") / lines,
        encoded_bytes_a_line=_bytes(warehouse / "segments") / lines,
        **probed,
    )
    return Loaded(tables=tables, warehouse=warehouse, stored=stored)


def scattered_model(folder: Path) -> Path:
    """Write a model in which leaves are numbered by their own keys, not in the order of places and makers."""
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    for name in ("customer", "supplier", "part"):
        dimension = document["dimensions"][name]
        dimension["hierarchies"] = {"alone": {"levels": [name]}, **dimension["hierarchies"]}
    path = folder / "scattered.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def _generated(scale: float, tables: Path) -> int:
    """Generate the tables, all or none; give the number of lines."""
    if not tables.exists():
        begun = tables.with_name(f"{tables.name}.begun")
        shutil.rmtree(begun, ignore_errors=True)
        generate(scale, begun)
        begun.rename(tables)
    lines: int = pq.read_metadata(tables / "lineorder.parquet").num_rows
    return lines


def _load(tables: Path, warehouse: Path) -> tuple[float, float]:
    """Load in a process of its own; give seconds, and the most MiB that it had."""
    places = ("--model", MODEL, "--from", tables, "--warehouse", warehouse)
    command = [sys.executable, "-m", "cube_server", "load", *map(str, places)]
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"Loading ended with {process.returncode}.")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def _probe(model: Path, warehouse: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.ssb.probe", str(model), str(warehouse)]
    told: dict[str, float] = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return told


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())

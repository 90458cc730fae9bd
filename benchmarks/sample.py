"""The retail panel, made ready to be measured: the published wheel, its star schema, and a warehouse of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cube_server.model.read import read_model
from loaders.pipeline import load
from loaders.samples.download import download
from loaders.samples.retail_panel import CORE_TABLES, build_star

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "cubes.json"
DOWNLOADS = ROOT / ".cache" / "sample"
"""Shared with `cube-server demo`, so that nothing is downloaded twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The panel on disk.

    Attributes:
        model: The model, without the cube of promotions: no question asks for its twenty million rows.
        star: A folder with a Parquet file for each table: what DuckDB reads.
        warehouse: The same, loaded: what the engine reads.
    """

    model: Path
    star: Path
    warehouse: Path


def prepare(folder: Path) -> Sample:
    """Build and load the panel in an empty folder; downloads it if it is not here."""
    star = build_star(download(DOWNLOADS), folder / "star", tables=CORE_TABLES).folder
    model, warehouse = _core_model(folder / "cubes.json"), folder / "warehouse"
    load(read_model(model), str(star), warehouse)
    return Sample(model=model, star=star, warehouse=warehouse)


def _core_model(target: Path) -> Path:
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    document["tables"] = {name: table for name, table in document["tables"].items() if name in CORE_TABLES}
    document["cubes"] = {name: cube for name, cube in document["cubes"].items() if cube["table"] in CORE_TABLES}
    target.write_text(json.dumps(document), encoding="utf-8")
    return target

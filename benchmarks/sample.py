"""The retail panel, made ready to be measured: the published wheel, its star schema, and a warehouse of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cube_server.model.read import read_model
from loaders.pipeline import load
from loaders.samples.download import download
from loaders.samples.retail_panel import ALL_TABLES, build_star

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "cubes.json"
DOWNLOADS = ROOT / ".cache" / "sample"
"""Shared with `cube-server demo`, so that nothing is downloaded twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The panel on disk.

    Attributes:
        star: A folder with a Parquet file for each table: what DuckDB reads.
        warehouse: The same, loaded: what the engine reads.
    """

    star: Path
    warehouse: Path


def prepare(folder: Path) -> Sample:
    """Build and load the panel in an empty folder; downloads it if it is not here."""
    star = build_star(download(DOWNLOADS), folder / "star", tables=ALL_TABLES).folder
    warehouse = folder / "warehouse"
    load(read_model(MODEL), str(star), warehouse)
    return Sample(star=star, warehouse=warehouse)

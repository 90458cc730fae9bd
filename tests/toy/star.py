"""The toy star: loading it, and showing the same files to DuckDB."""

from __future__ import annotations

from pathlib import Path
from string import Template

import duckdb

from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load

FOLDER = Path(__file__).parent
MODEL = FOLDER / "cubes.json"


def toy_warehouse(folder: Path) -> tuple[Path, Path]:
    """Load the toy star into a new warehouse; give the paths of model and warehouse."""
    warehouse = folder / "warehouse"
    load(read_model(MODEL), str(FOLDER), warehouse, progress=SILENT)
    return MODEL, warehouse


def toy_oracle() -> duckdb.DuckDBPyConnection:
    """Open DuckDB over the CSV files, each read once; it sorts nulls last, ascending or descending."""
    # Its tables are small: threads would only take turns with those of the tests beside.
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("set default_null_order = 'nulls_last'")
    connection.execute(Template((FOLDER / "oracle.sql").read_text(encoding="utf-8")).substitute(folder=FOLDER))
    return connection

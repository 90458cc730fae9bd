"""FoodMart (fictional, Apache-2.0) from the files beside this checkout: loading it, and showing them to DuckDB.

A table of the model is the source's file of that name, as it is, unless `VIEWS` makes it of several.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load
from tests.sample import ROOT

MODEL = Path(__file__).parent / "cubes.json"
SOURCE = ROOT.parent / "shared" / "data" / "foodmart"

VIEWS = {
    "product": "select * from '{0}/product.parquet' join '{0}/product_class.parquet' using (product_class_id)",
    "inventory_fact": "from '{0}/inventory_fact_1997.parquet' union all from '{0}/inventory_fact_1998.parquet'",
}
"""Tables that the source has in parts: classes beside products, a table of inventory for each year."""


def source() -> Path:
    """Give the folder of the published files; skip the test where it is not."""
    if not SOURCE.is_dir():
        pytest.skip("FoodMart is not here: ../shared/data/foodmart")
    return SOURCE


def foodmart_warehouse(folder: Path) -> tuple[Path, Path]:
    """Load FoodMart into a new warehouse; give the paths of model and warehouse."""
    model, star, warehouse = read_model(MODEL), folder / "star", folder / "warehouse"
    star.mkdir()
    with foodmart_oracle() as oracle:
        for table in model.tables:
            oracle.execute(f"copy (from {table.source}) to '{star / table.source}.parquet'")
    load(model, str(star), warehouse, progress=SILENT)
    return MODEL, warehouse


def foodmart_oracle() -> duckdb.DuckDBPyConnection:
    """Open DuckDB over the published files; it sorts nulls last, ascending or descending."""
    connection = duckdb.connect()
    connection.execute("set default_null_order = 'nulls_last'")
    for file in source().glob("*.parquet"):
        if file.stem not in VIEWS:
            connection.execute(f"create view {file.stem} as from '{file}'")
    for name, text in VIEWS.items():
        connection.execute(f"create view {name} as {text.format(source())}")
    return connection

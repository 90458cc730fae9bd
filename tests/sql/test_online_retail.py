"""The business questions to Online Retail, asked of databases that hold its lines, cleaned by the load."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pytest
from starlette.testclient import TestClient

from cube_server.model.dimensions import Link
from cube_server.model.elements import Cube, Model
from cube_server.model.read import read_model
from cube_server.warehouse.snapshot import Snapshot
from cube_server.warehouse.store import Warehouse
from loaders.report import LoadReport
from tests.api.serving import serving
from tests.online_retail import test_cases
from tests.online_retail.conftest import MODEL, loaded, source
from tests.sql.sources import fill, fill_clickhouse, fill_postgresql

__all__ = ["loaded", "source"]


@pytest.fixture(scope="module")
def star(loaded: tuple[Path, LoadReport], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the tables as they are after cleaning, facts with natural keys, and a model of just these."""
    folder = tmp_path_factory.mktemp("online_retail")
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    names = {part["table"] for part in (*document["dimensions"].values(), *document["cubes"].values())}
    document["tables"] = {name: plain(document["tables"][name]) for name in names}
    (folder / "cubes.json").write_text(json.dumps(document | {"$schema": None}), encoding="utf-8")
    snapshot = Warehouse(loaded[0]).latest()
    for name, frame in natural(read_model(folder / "cubes.json"), snapshot).items():
        frame.write_parquet(folder / f"{name}.parquet")
    return folder


def plain(table: dict[str, object]) -> dict[str, object]:
    """Leave out how a table is made."""
    columns = table["columns"]
    assert isinstance(columns, dict)
    typed = {name: part if isinstance(part, str) else part["type"] for name, part in columns.items()}
    return {"columns": typed} | ({"key": table["key"]} if "key" in table else {})


def natural(model: Model, snapshot: Snapshot) -> dict[str, pl.DataFrame]:
    """Read a snapshot's tables; for their surrogate keys facts get the dimensions' own again."""
    (cube,) = model.cubes
    frames = {
        table.name: snapshot.table(table.name).read([column.name for column in table.columns])
        for table in model.tables
        if table != cube.table
    }
    links = {link.column.name: link for link in cube.links}
    found = [
        frames[links[column.name].dimension.table.name][links[column.name].key.name].gather(places).alias(column.name)
        if column.name in links
        else places
        for column in cube.table.columns
        for places in [stored(snapshot, cube, column.name, links)]
    ]
    # A row for facts without a key is the warehouse's own.
    known = {name: frame.drop_nulls(frame.columns[0]) for name, frame in frames.items()}
    return known | {cube.table.name: pl.DataFrame(found)}


def stored(snapshot: Snapshot, cube: Cube, name: str, links: Mapping[str, Link]) -> pl.Series:
    """Read a column of facts as it is stored: of a link the rows of the dimension's table."""
    column = f"{name}@{links[name].name}" if name in links else name
    return snapshot.table(cube.table.name).read([column])[column]


@pytest.fixture(scope="module", params=["duckdb", "postgresql", "clickhouse"])
def shop(request: pytest.FixtureRequest, star: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over a database of the tables."""
    path = star / "cubes.json"
    model = read_model(path)
    if request.param == "postgresql":
        address = fill_postgresql(request.getfixturevalue("postgresql"), "online_retail", model, star)
    elif request.param == "clickhouse":
        address = fill_clickhouse(request.getfixturevalue("clickhouse"), "online_retail", model, star)
    else:
        address = fill("duckdb", model, star, tmp_path_factory.mktemp("database"))
    with serving((path, address), max_seconds=120) as client:  # type: ignore[arg-type]
        yield client


test_the_answers_are_the_recorded_ones = test_cases.test_the_answer_is_the_recorded_one

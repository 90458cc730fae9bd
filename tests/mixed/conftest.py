"""The toy star in two places: facts from the last of January 2024 on here, older ones in a database."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cube_server.engine import Engine
from cube_server.model.elements import Model
from cube_server.model.read import read_model
from tests.sql.sources import fill, fill_clickhouse, fill_postgresql
from tests.toy.star import FOLDER, MODEL, toy_warehouse

KINDS = ["duckdb", "postgresql", *(["clickhouse"] if os.environ.get("CUBE_TEST_LONG") else [])]
SINCE = "2024-01-31"
HERE = ("dim_store", "dim_promo")
"""Dimensions that lie here alone."""


def there(model: Model) -> Model:
    """Give the part of a model that lies in the database."""
    return replace(model, tables=tuple(table for table in model.tables if table.name not in HERE))


def lay_out(folder: Path, address: str = "", **more: object) -> Path:
    """Load the toy here, copy it into DuckDB without some tables unless another database has it; give storage.json."""
    toy_warehouse(folder)
    document = {
        "format": 1,
        "here": "warehouse",
        "there": address or fill("duckdb", there(read_model(MODEL)), FOLDER, folder),
        "tables": dict.fromkeys(HERE, "here"),
        "recent": {name: {"link": "time", "since": SINCE} for name in ("sales", "moved", "bridged", "visits")},
        **more,
    }
    storage = folder / "storage.json"
    storage.write_text(json.dumps(document), encoding="utf-8")
    return storage


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage.json of the toy star."""
    return lay_out(tmp_path_factory.mktemp("mixed"))


@pytest.fixture(scope="session")
def mixed(storage: Path) -> Iterator[Engine]:
    """An engine over both places."""
    engine = Engine.open(MODEL, storage)
    yield engine
    engine.close()


@pytest.fixture(scope="session", params=KINDS)
def everywhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine over both places, for each kind of database."""
    if request.param == "duckdb":
        yield request.getfixturevalue("mixed")
        return
    model = there(read_model(MODEL))
    if request.param == "clickhouse":
        address = fill_clickhouse(request.getfixturevalue("clickhouse"), "mixed", model, FOLDER)
    else:
        address = fill_postgresql(request.getfixturevalue("postgresql"), "mixed", model, FOLDER)
    engine = Engine.open(MODEL, lay_out(tmp_path_factory.mktemp(request.param), address))
    yield engine
    engine.close()

"""The toy star in two places: facts from the last of January 2024 on here, older ones in DuckDB."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cube_server.engine import Engine
from cube_server.model.read import read_model
from tests.sql.sources import fill
from tests.toy.star import FOLDER, MODEL, toy_warehouse

SINCE = "2024-01-31"
HERE = ("dim_store", "dim_promo")
"""Dimensions that lie here alone."""


def lay_out(folder: Path, **more: object) -> Path:
    """Load the toy here, copy it there without some tables, and give storage.json."""
    toy_warehouse(folder)
    model = read_model(MODEL)
    tables = tuple(table for table in model.tables if table.name not in HERE)
    document = {
        "format": 1,
        "here": "warehouse",
        "there": fill("duckdb", replace(model, tables=tables), FOLDER, folder),
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

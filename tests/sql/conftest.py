"""The toy star in databases of each kind, as its files have it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from cube_server.engine import Engine
from cube_server.model.read import read_model
from tests.sql.sources import fill, fill_clickhouse, fill_tables
from tests.toy.star import FOLDER, MODEL

TRINO = os.environ.get("CUBE_TEST_TRINO", "")
"""The URL of a Trino with a schema to write into, such as `trino://me@localhost:8080/memory/default`."""
KINDS = ["duckdb", "sqlite", "postgresql", "clickhouse", *(["trino"] if TRINO else [])]


@pytest.fixture(scope="session", params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database of each kind that holds the toy star."""
    model = read_model(MODEL)
    if request.param == "postgresql":
        server: sa.URL = request.getfixturevalue("postgresql")
        address = server.render_as_string(hide_password=False)
        fill_tables(address, model, FOLDER)
        return address
    if request.param == "trino":
        fill_tables(TRINO, model, FOLDER)
        return TRINO
    if request.param == "clickhouse":
        return fill_clickhouse(request.getfixturevalue("clickhouse"), "toy", model, FOLDER)
    return fill(request.param, model, FOLDER, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def live(address: str) -> Iterator[Engine]:
    """An engine over the toy star where it lives."""
    engine = Engine.open(MODEL, address)
    yield engine
    engine.close()

"""How hard the laws are tried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from cube_server.model.elements import Model
from tests.clickhouse import running_clickhouse
from tests.postgresql import running_postgresql
from tests.sql.sources import fill, fill_clickhouse, fill_tables

if TYPE_CHECKING:
    # It takes the profile that is registered here.
    from tests.laws.databases import Fillers

settings.register_profile(
    "laws",
    max_examples=16,
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    # Each example loads a warehouse; hypothesis would rather draw thousands.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """A PostgreSQL of its own."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def clickhouse() -> Iterator[str]:
    """The URL of a ClickHouse of its own."""
    with running_clickhouse() as server:
        yield server


@pytest.fixture(scope="session")
def fillers(postgresql: sa.URL, clickhouse: str) -> Fillers:
    """What makes a database of each kind of a star's files."""
    server = postgresql.render_as_string(hide_password=False)

    def fill_server(model: Model, files: Path, folder: Path) -> str:
        del folder
        fill_tables(server, model, files)
        return server

    return {
        "DuckDB": partial(fill, "duckdb"),
        "SQLite": partial(fill, "sqlite"),
        "PostgreSQL": fill_server,
        "ClickHouse": lambda model, files, _: fill_clickhouse(clickhouse, "law", model, files),
    }

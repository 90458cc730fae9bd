"""How hard the laws are tried, and the databases that they are tried on."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from cube_server.model.elements import Model
from tests.postgresql import empty_database
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
def fillers(postgresql: sa.URL, clickhouse: str) -> Fillers:
    """What makes a database of each kind of a star's files."""
    server = empty_database(postgresql, "law").render_as_string(hide_password=False)

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

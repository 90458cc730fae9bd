"""The business questions to the real panel, asked of databases that hold its files.

PostgreSQL is filled with two million rows first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import duckdb
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cube_server.model.read import read_model
from tests.api.serving import serving
from tests.panel import test_analysis_cases, test_bridges, test_cases
from tests.panel.application import MODEL
from tests.sample import sample_star
from tests.sql.sources import fill_postgresql

SECONDS = 600
"""The longest that a question may take, on however busy a machine."""


@pytest.fixture(scope="module", params=["duckdb", "clickhouse", "postgresql"])
def panel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over a database of the panel's files."""
    if request.param == "duckdb":
        address = in_duckdb(tmp_path_factory.mktemp("panel"))
    elif request.param == "clickhouse":
        address = in_clickhouse(request.getfixturevalue("clickhouse"))
    else:
        address = in_postgresql(request.getfixturevalue("postgresql"))
    with serving((MODEL, address), max_seconds=SECONDS) as client:  # type: ignore[arg-type]
        yield client


def in_postgresql(server: sa.URL) -> str:
    """Copy the files into tables; what is sorted and hashed stays in memory."""
    address = fill_postgresql(server, "panel", read_model(MODEL), sample_star())
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER DATABASE panel SET work_mem = '256MB'")
    engine.dispose()
    return address


def in_duckdb(folder: Path) -> str:
    """Make views of the files."""
    file = folder / "panel.duckdb"
    with duckdb.connect(str(file)) as connection:
        for part in sample_star().glob("*.parquet"):
            connection.execute(f"create view {part.stem} as from read_parquet('{part}')")
    return f"duckdb:///{file}"


def in_clickhouse(server: str) -> str:
    """Copy the files into tables."""
    url = sa.make_url(server)
    client = clickhouse_connect.get_client(host=url.host, port=url.port, username=url.username)
    client.command("CREATE DATABASE panel")
    for part in sample_star().glob("*.parquet"):
        made = f"CREATE TABLE panel.{part.stem} ENGINE = MergeTree ORDER BY tuple()"
        client.command(f"{made} AS SELECT * FROM file('{part}', 'Parquet')")
    client.close()
    return url.set(database="panel").render_as_string(hide_password=False)


test_cases_are_duckdbs = test_cases.test_the_answer_is_duckdbs
test_analyses_are_duckdbs = test_analysis_cases.test_the_answer_is_duckdbs
test_bridges_are_duckdbs = test_bridges.test_the_answer_is_duckdbs

"""What tests of several folders share, made once in a process of tests: stars, their applications, databases.

A fixture that test modules import is made once for each of them; here it is made once.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
from hypothesis import settings

from cube_server.engine import Engine
from tests.clickhouse import running_clickhouse
from tests.comparison import Row
from tests.panel.application import panel as panel
from tests.panel.application import panel_address as panel_address
from tests.panel.application import panel_expected as panel_expected
from tests.panel.application import panel_paths as panel_paths
from tests.postgresql import running_postgresql
from tests.toy.star import toy_oracle, toy_warehouse

MEMORY = Path("/dev/shm")
# Tests load thousands of small warehouses, and a load waits for the disk a dozen times: in memory it need not.
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 << 30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# Servers under test make no rollups in the background, and answer from the facts.
os.environ.setdefault("CUBE_ROLLUPS", "off")
os.environ.setdefault("CUBE_RESULT_CACHE", "0")


# A busy machine is slow, not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def toy_paths(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The toy star's model file and loaded warehouse."""
    return toy_warehouse(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="session")
def toy(toy_paths: tuple[Path, Path]) -> Engine:
    """An engine over the toy star."""
    return Engine.open(*toy_paths)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """A PostgreSQL of its own."""
    with running_postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def clickhouse() -> Iterator[str]:
    """The URL of a ClickHouse of its own."""
    with running_clickhouse() as url:
        yield url


@pytest.fixture(scope="session")
def oracle() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB over the toy star's CSV files."""
    with toy_oracle() as connection:
        yield connection


@pytest.fixture(scope="session")
def expected(oracle: duckdb.DuckDBPyConnection) -> Callable[[str], list[Row]]:
    """What the oracle answers to SQL. It is asked once: many backends are held against the same answer."""
    return cache(lambda sql: oracle.sql(sql).fetchall())

"""What many tests share: the toy star, loaded once, and the oracle over its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
from hypothesis import settings

from cube_server.engine import Engine
from tests.postgresql import running_postgresql
from tests.toy.star import toy_oracle, toy_warehouse

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
def oracle() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB over the toy star's CSV files."""
    with toy_oracle() as connection:
        yield connection

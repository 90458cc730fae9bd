"""FoodMart, loaded once, and the oracle over its published files."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from cube_server.engine import Engine
from tests.foodmart.star import foodmart_oracle, foodmart_warehouse


@pytest.fixture(scope="session")
def foodmart(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over FoodMart."""
    return Engine.open(*foodmart_warehouse(tmp_path_factory.mktemp("foodmart")))


@pytest.fixture(scope="session")
def published() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB over the published files."""
    with foodmart_oracle() as connection:
        yield connection

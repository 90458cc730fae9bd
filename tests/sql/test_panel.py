"""The business questions to the real panel, asked of a DuckDB that holds its files."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from starlette.testclient import TestClient

from tests.api.serving import serving
from tests.panel import test_analysis_cases, test_cases
from tests.panel.conftest import MODEL
from tests.panel.test_cases import star
from tests.sample import sample_star

__all__ = ["star"]


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over a database whose tables are views of the panel's files."""
    file = tmp_path_factory.mktemp("panel") / "panel.duckdb"
    with duckdb.connect(str(file)) as connection:
        for part in sample_star().glob("*.parquet"):
            connection.execute(f"create view {part.stem} as from read_parquet('{part}')")
    with serving((MODEL, f"duckdb:///{file}"), max_seconds=120) as client:  # type: ignore[arg-type]
        yield client


test_cases_are_duckdbs = test_cases.test_the_answer_is_duckdbs
test_analyses_are_duckdbs = test_analysis_cases.test_the_answer_is_duckdbs

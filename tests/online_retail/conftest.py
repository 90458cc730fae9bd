"""The application on Online Retail, loaded once as published; skipped where the data is not beside this checkout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import LoadReport, load
from tests.api.serving import serving
from tests.sample import ROOT

SOURCE = ROOT.parent / "shared" / "data" / "online_retail"
MODEL = Path(__file__).with_name("cubes.json")


@pytest.fixture(scope="session")
def source() -> Path:
    """The folder of the data."""
    if not SOURCE.is_dir():
        pytest.skip("Online Retail (../shared/data) is not beside this checkout")
    return SOURCE


@pytest.fixture(scope="session")
def loaded(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LoadReport]:
    """The warehouse, and what the load told."""
    warehouse = tmp_path_factory.mktemp("warehouse")
    return warehouse, load(read_model(MODEL), str(source), warehouse, progress=SILENT)


@pytest.fixture(scope="session")
def shop(loaded: tuple[Path, LoadReport]) -> Iterator[TestClient]:
    """The application, at http://localhost."""
    with serving((MODEL, loaded[0])) as client:
        yield client

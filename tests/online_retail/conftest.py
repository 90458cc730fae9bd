"""The application on Online Retail, prepared and loaded once; skipped where the data is not beside this checkout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load
from tests.api.serving import serving
from tests.sample import ROOT

from .star import prepare

SOURCE = ROOT.parent / "shared" / "data" / "online_retail"
MODEL = Path(__file__).with_name("cubes.json")


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application, at http://localhost."""
    if not SOURCE.is_dir():
        pytest.skip("Online Retail (../shared/data) is not beside this checkout")
    star, warehouse = tmp_path_factory.mktemp("star"), tmp_path_factory.mktemp("warehouse")
    prepare(SOURCE, star)
    load(read_model(MODEL), str(star), warehouse, progress=SILENT)
    with serving((MODEL, warehouse)) as client:
        yield client

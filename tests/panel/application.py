"""The application on the real panel: fixtures of all tests, so that a process of tests loads it once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache, partial
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from cube_server.metadata.database import FILE, open_metadata
from cube_server.metadata.loads import Loads
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load
from loaders.recording import recorded
from tests.api.serving import serving
from tests.comparison import Row
from tests.sample import ROOT, sample_star
from tests.ui.serving import serving as serving_process

MODEL = ROOT / "cubes.json"


@pytest.fixture(scope="session")
def panel_paths(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The panel's model file and loaded warehouse."""
    warehouse = tmp_path_factory.mktemp("panel") / "warehouse"
    model, star = read_model(MODEL), str(sample_star())
    with closing(open_metadata(None, warehouse)) as database:
        loading = partial(load, model, star, warehouse)
        recorded(
            Loads(database), lambda progress: loading(progress=progress), model=model, source=star, progress=SILENT
        )
    return MODEL, warehouse


@pytest.fixture(scope="session")
def panel(panel_paths: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application on the panel, at http://localhost; no other server on its warehouse has what tests save in it."""
    metadata = tmp_path_factory.mktemp("metadata") / FILE
    shutil.copy(panel_paths[1] / FILE, metadata)
    with serving(panel_paths, metadata=SecretStr(f"sqlite:///{metadata}")) as client:
        yield client


@pytest.fixture(scope="session")
def panel_address(panel_paths: tuple[Path, Path]) -> Iterator[str]:
    """Where a server of the panel listens, a process of its own."""
    if not (ROOT / "api" / "static" / "index.html").is_file():
        pytest.fail("the page is not built: make ui")
    with serving_process(panel_paths) as found:
        yield found


@pytest.fixture(scope="session")
def panel_expected() -> Iterator[Callable[[str], list[Row]]]:
    """What DuckDB answers to SQL over the panel's star schema, as it was built from the published files.

    It is asked once: memory and databases are held against the same answer.
    """
    with duckdb.connect() as connection:
        for file in sample_star().glob("*.parquet"):
            connection.execute(f"create view {file.stem} as from read_parquet('{file}')")
        yield cache(lambda sql: connection.execute(sql).fetchall())

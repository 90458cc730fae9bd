"""A client of the application on the toy star."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from cube_server.metadata.database import open_metadata
from cube_server.metadata.loads import LoadRecord, Loads
from tests.api.serving import SAVED, serving

LOADED = LoadRecord(
    started=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
    seconds=1,
    outcome="loaded",
    source="toy",
    model_name="toy",
    model_hash="abc",
    snapshot="000001",
)


@pytest.fixture(scope="session")
def client(toy_paths: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application on the toy star, at http://localhost, with one saved report and one load on record."""
    address = f"sqlite:///{tmp_path_factory.mktemp('metadata') / 'metadata.sqlite'}"
    with closing(open_metadata(address, toy_paths[1])) as database:
        Loads(database).add(LOADED)
    with serving(toy_paths, metadata=SecretStr(address)) as client:
        assert client.post("/api/v1/reports", json=SAVED).status_code == 201
        yield client

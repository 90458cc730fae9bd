"""A client of the application on the toy star."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from tests.api.serving import SAVED, serving


@pytest.fixture(scope="session")
def client(toy_paths: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application on the toy star, at http://localhost, with one saved report."""
    metadata = SecretStr(f"sqlite:///{tmp_path_factory.mktemp('metadata') / 'metadata.sqlite'}")
    with serving(toy_paths, metadata=metadata) as client:
        assert client.post("/api/v1/reports", json=SAVED).status_code == 201
        yield client

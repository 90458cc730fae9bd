"""A client of the application on the toy star."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.api.serving import serving


@pytest.fixture(scope="session")
def client(toy_paths: tuple[Path, Path]) -> Iterator[TestClient]:
    """The application on the toy star, at http://localhost."""
    with serving(toy_paths) as client:
        yield client

"""The toy star with rollups of many grains."""

from __future__ import annotations

from pathlib import Path

import pytest

from cube_server.engine import Engine
from tests.rollups.forcing import force


@pytest.fixture(scope="session")
def toy(toy_paths: tuple[Path, Path]) -> Engine:
    """An engine over the toy star that answers from rollups."""
    return force(Engine.open(*toy_paths))

"""Clients of the Slicer API: on the toy star as it is, and on the toy star as a Cubes workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.serving import serving
from tests.slicer.workspace import workspace_model

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def shop_paths(toy_paths: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The model of the workspace, and the toy star's warehouse."""
    return workspace_model(tmp_path_factory.mktemp("slicer")), toy_paths[1]


@pytest.fixture(scope="session")
def shop(shop_paths: tuple[Path, Path]) -> Iterator[TestClient]:
    """The application on the workspace."""
    with serving(shop_paths) as client:
        yield client


@pytest.fixture(scope="session")
def plain(toy_paths: tuple[Path, Path]) -> Iterator[TestClient]:
    """The application on the toy star, whose model says nothing of the Slicer API."""
    with serving(toy_paths) as client:
        yield client


@pytest.fixture(scope="session")
def ask(shop: TestClient) -> Ask:
    """Ask the cube `shop` for JSON, with parameters by name."""

    def ask_shop(resource: str, **parameters: str) -> Any:  # noqa: ANN401 - JSON
        response = shop.get(f"/slicer/cube/shop/{resource}", params=parameters)
        assert response.status_code == 200, response.text
        return response.json()

    return ask_shop

"""The client on the application that serves the toy star; requests go through the application itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cube_server_client import Client, Cube
from tests.api.serving import serving


@pytest.fixture(scope="session")
def shop(toy_paths: tuple[Path, Path]) -> Iterator[Client]:
    """A client of the toy star."""
    with serving(toy_paths) as http:
        yield Client(http=http)


@pytest.fixture(scope="session")
def sales(shop: Client) -> Cube:
    """Its cube."""
    return shop.cube("sales")

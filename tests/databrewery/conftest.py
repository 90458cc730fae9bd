"""The toy installation imported and loaded, and its SQLite file to ask for what is right."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cube_server.engine import Engine
from loaders.databrewery.importing import Imported, import_cubes
from loaders.pipeline import load

from .installation import install


@dataclass(frozen=True, slots=True)
class Installation:
    """The toy installation: what its import gave, and its folder."""

    imported: Imported
    folder: Path

    @property
    def source(self) -> str:
        """Where its tables are."""
        return f"sqlite:///{self.folder / 'shop.sqlite'}"


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Import the toy installation."""
    folder = tmp_path_factory.mktemp("shop")
    return Installation(import_cubes((install(folder),)), folder)


@pytest.fixture(scope="session")
def engine(shop: Installation) -> Engine:
    """Load the imported model, and serve it."""
    model = shop.folder / "cubes.json"
    model.write_text(shop.imported.text, encoding="utf-8")
    load(shop.imported.model, shop.source, shop.folder / "warehouse")
    return Engine.open(model, shop.folder / "warehouse")


@pytest.fixture(scope="session")
def oracle(shop: Installation) -> Iterator[sqlite3.Connection]:
    """Open the tables as Cubes would."""
    connection = sqlite3.connect(shop.folder / "shop.sqlite")
    yield connection
    connection.close()

"""The metadata database in SQLite, and in a PostgreSQL that runs without being a service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from cube_server.metadata.database import Database, open_metadata
from tests.postgresql import empty_database


@dataclass
class Time:
    """A clock that stands until somebody moves it."""

    at: dt.datetime = field(default_factory=lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    def __call__(self) -> dt.datetime:
        return self.at

    def passes(self, **span: int) -> None:
        self.at += dt.timedelta(**span)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'metadata.sqlite'}"
        return
    server: sa.URL = request.getfixturevalue("postgresql")
    yield empty_database(server, "tried").render_as_string(hide_password=False)


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """An empty metadata database, of each kind."""
    database = open_metadata(address, Path("unused"))
    yield database
    database.close()


@pytest.fixture
def time() -> Time:
    """A clock to move by hand."""
    return Time()

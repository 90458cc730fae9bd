"""Which database an URL names."""

from __future__ import annotations

from importlib.util import find_spec

import sqlalchemy as sa

from cube_server.backends.sql.alchemy_database import sqlite_database
from cube_server.backends.sql.database import Writable
from cube_server.backends.sql.postgresql_database import PostgreSQLDatabase
from cube_server.errors import SettingsError
from cube_server.urls import shown

_VALID = "Valid: duckdb:///FILE, postgresql://USER@HOST/DATABASE, sqlite:///FILE."


def open_database(address: str, *, is_writable: bool = False) -> Writable:
    """Open the database that an URL names: `duckdb:///shop.duckdb`, `postgresql://me@host/shop`, `sqlite:///shop.db`.

    Args:
        address: The URL.
        is_writable: Whether it is to be changed too; of a DuckDB file that has to be said when it is opened.

    Raises:
        SettingsError: There is no backend for such a database, or its driver is not installed.
    """
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError as error:
        raise SettingsError("The address of the database is no URL.", hint=_VALID) from error
    kind = url.get_backend_name()
    if kind == "duckdb":
        # Not everybody has DuckDB installed.
        if find_spec("duckdb") is None:
            raise SettingsError(f"{shown(url)} needs DuckDB.", hint="Install it: pip install cube-server[duckdb]")
        from cube_server.backends.sql.duckdb_database import DuckDBDatabase

        return DuckDBDatabase(url, is_writable=is_writable)
    if kind == "postgresql":
        return PostgreSQLDatabase(url)
    if kind == "sqlite":
        return sqlite_database(url)
    raise SettingsError(f"No backend for {shown(url)}.", hint=_VALID)

"""Which database an URL names."""

from __future__ import annotations

from importlib.util import find_spec

import sqlalchemy as sa

from cube_server.backends.sql.alchemy_database import sqlite_database
from cube_server.backends.sql.database import Database, Writable
from cube_server.backends.sql.postgresql_database import PostgreSQLDatabase
from cube_server.backends.sql.trino_database import TrinoDatabase
from cube_server.errors import CapabilityError, SettingsError
from cube_server.urls import shown

_KINDS = frozenset({"clickhouse", "duckdb", "postgresql", "sqlite", "trino"})
_VALID = (
    "Valid: clickhouse://USER@HOST/DATABASE, duckdb:///FILE, postgresql://USER@HOST/DATABASE, sqlite:///FILE, "
    "trino://USER@HOST/CATALOG/SCHEMA."
)


def is_served(address: str) -> bool:
    """Tell whether an address is the URL of a kind of database that there is a backend for."""
    return address.partition("://")[0].partition("+")[0] in _KINDS and "://" in address


def open_database(address: str) -> Database:
    """Open the database that an URL names: `duckdb:///shop.duckdb`, `postgresql://me@host/shop`, `sqlite:///shop.db`.

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

        return DuckDBDatabase(url)
    if kind == "clickhouse":
        if find_spec("clickhouse_connect") is None:
            hint = "Install it: pip install cube-server[clickhouse]"
            raise SettingsError(f"{shown(url)} needs clickhouse-connect.", hint=hint)
        from cube_server.backends.sql.clickhouse_database import ClickHouseDatabase

        return ClickHouseDatabase(url)
    if kind == "trino":
        return TrinoDatabase(url)
    if kind == "postgresql":
        return PostgreSQLDatabase(url)
    if kind == "sqlite":
        return sqlite_database(url)
    raise SettingsError(f"No backend for {shown(url)}.", hint=_VALID)


def open_writable(address: str) -> Writable:
    """Open the database that an URL names to change it, as for making rollups; see `open_database`.

    Raises:
        SettingsError: There is no backend for such a database, or its driver is not installed.
        CapabilityError: It is one that is only read.
    """
    url = sa.make_url(address) if "://" in address else None
    if url is not None and url.get_backend_name() == "duckdb" and find_spec("duckdb") is not None:
        from cube_server.backends.sql.duckdb_database import DuckDBDatabase

        return DuckDBDatabase(url, is_writable=True)
    database = open_database(address)
    if isinstance(database, Writable) and not isinstance(database, TrinoDatabase):
        return database
    database.close()
    problem = f"Rollups are not made in {database.dialect.title}."
    raise CapabilityError(problem, hint="Make materialized views there, and a cube over them.")

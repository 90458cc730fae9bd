"""Connecting to a database: one transaction that sees one state, and time-outs, so that nothing hangs for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from cube_server.errors import SourceError
from cube_server.urls import shown, without_secrets

SECONDS_TO_CONNECT = 15
SECONDS_TO_ANSWER = 900
"""How long a database may take to begin to answer, and to give the next rows."""

_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""A PostgreSQL that has gone without a word is noticed within a minute."""

_SNAPSHOTS = {
    "postgresql": "REPEATABLE READ",
    "mysql": "REPEATABLE READ",
    "mariadb": "REPEATABLE READ",
    "mssql": "SNAPSHOT",
}
"""The isolation in which all queries of a transaction see the state of its first one."""

_DRIVERS = {"postgresql": "postgresql+psycopg", "clickhouse": "clickhousedb+connect"}
"""The same as where facts stay in a database; SQLAlchemy would take another, or none."""

_EXTRAS = {"psycopg": "cube-server[postgresql]", "clickhousedb": "cube-server[clickhouse]"}


@contextmanager
def connected(address: str) -> Iterator[sa.Connection]:
    """Connect, and begin the transaction in which everything is read.

    Args:
        address: An SQLAlchemy URL.

    Raises:
        SourceError: The URL is none, its driver is not installed, or the database refuses, or does not answer in time;
            also when it fails while it is read.
    """
    url = _parse(address)
    engine = _engine(url)
    # What is copied comes by the driver itself, whose errors are its own.
    failures = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except failures as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0].rstrip(".")
        told = f"Cannot read {shown(url)}: {without_secrets(reason, url)}."
        # `from None`: a driver's own message may hold the password, and a traceback would show it.
        raise SourceError(told, hint=_hint(reason)) from None
    finally:
        engine.dispose()


def _hint(reason: str) -> str:
    if "statement timeout" in reason:
        return "Ask for less, add an index, or give it more time: ?options=-c%20statement_timeout=MILLISECONDS."
    if "timeout" in reason or "timed out" in reason:
        return "Is it there, and may it be reached from here? ?connect_timeout=SECONDS in the URL waits longer."
    return ""


def _parse(address: str) -> sa.URL:
    try:
        url = sa.make_url(address)
    except (ArgumentError, ValueError):
        raise SourceError(
            "The source is no database URL.",  # not shown: it may hold a password
            hint="Write DIALECT://USER:PASSWORD@HOST/DATABASE, or sqlite:///FILE.",
        ) from None
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    missing = url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file()
    if missing:
        raise SourceError(f"There is no SQLite file {url.database!r}.")
    return url


def _engine(url: sa.URL) -> sa.Engine:
    dialect = url.get_backend_name()
    level = {"isolation_level": _SNAPSHOTS[dialect]} if dialect in _SNAPSHOTS else {}
    try:
        engine = sa.create_engine(url, connect_args=_connect_args(url), **level)
    except ModuleNotFoundError as error:
        raise _missing(url, error.name or "") from None
    except sa.exc.NoSuchModuleError:
        raise _missing(url, dialect) from None
    except SQLAlchemyError as error:
        raise SourceError(f"Cannot read {shown(url)}: {without_secrets(str(error).rstrip('.'), url)}.") from None
    if dialect == "sqlite":
        _begin_for_reading(engine)
    if dialect == "postgresql":
        engine = engine.execution_options(postgresql_readonly=True)
    return engine


def _missing(url: sa.URL, driver: str) -> SourceError:
    told = f"The driver {driver!r} for {shown(url)} is not installed."
    return SourceError(told, hint=f"Run `pip install '{_EXTRAS.get(driver, driver)}'`.")


def _connect_args(url: sa.URL) -> Mapping[str, Any]:
    """Give what the URL does not say itself, of drivers that we know."""
    known: dict[str, Any] = {}
    if url.drivername in ("postgresql+psycopg", "postgresql+psycopg2"):
        waiting = f"-c statement_timeout={SECONDS_TO_ANSWER * 1000} -c lock_timeout={SECONDS_TO_ANSWER * 1000}"
        known = {"connect_timeout": SECONDS_TO_CONNECT, "options": waiting, **_ALIVE}
    elif url.get_driver_name() in ("pymysql", "mysqldb"):
        known = {"connect_timeout": SECONDS_TO_CONNECT, "read_timeout": SECONDS_TO_ANSWER}
    return {name: value for name, value in known.items() if name not in url.query}


def _begin_for_reading(engine: sa.Engine) -> None:
    """Let SQLite see one state of the database throughout: its driver begins no transaction for a SELECT."""

    @sa.event.listens_for(engine, "connect")
    def _(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

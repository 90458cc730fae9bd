"""Opening the metadata database: transactions, and errors that keep its password to themselves."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from urllib.parse import unquote

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from cube_server.errors import MetadataError
from cube_server.metadata.migration import is_current, upgrade
from cube_server.metadata.tables import TABLES
from cube_server.urls import shown, without_secrets

FILE = "metadata.sqlite"
"""The database in a warehouse's folder, unless another is named."""

_SECONDS = 10
"""How long SQLite waits for another writer."""

_OTHERWISE = "name another database by --metadata URL or CUBE_METADATA."


class Database:
    """A metadata database. Safe to share between threads; nothing is opened before it is used.

    A file of SQLite is made by the first thing that is written. Until then everything reads as empty, so that a
    warehouse that cannot be written can be served.

    >>> database = open_metadata(None, Path("warehouse"))
    >>> database.name
    'sqlite:///warehouse/metadata.sqlite'
    """

    def __init__(self, url: sa.URL) -> None:
        self._url = url
        self._file = _file(url)
        self._engine = _engine(url)
        self._lock = Lock()
        self._checked: object = None

    @property
    def name(self) -> str:
        """The URL without its password and options."""
        return shown(self._url)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a connection to read.

        Raises:
            MetadataError: The database cannot be read, or is of an unknown version.
        """
        with self._reported("read"):
            if self._mark() is None:
                with _empty().connect() as connection:
                    yield connection
            else:
                self._prepare()
                with self._engine.connect() as connection:
                    yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Begin a transaction to write; it is committed at the end, or taken back as a whole.

        Raises:
            MetadataError: The database cannot be written, or is of an unknown version.
            IntegrityError: SQLAlchemy's own, where a row breaks a rule of its table: the store tells what it means.
        """
        with self._reported("write"):
            self._make_file()
            self._prepare()
            with self._writer.begin() as connection:
                yield connection

    def prepare(self) -> None:
        """Bring the database up to date, if there is one; raises as `reading` does."""
        with self.reading():
            pass

    def close(self) -> None:
        """Close the connections that are kept."""
        self._engine.dispose()

    @property
    def _writer(self) -> sa.Engine:
        return self._engine.execution_options(writes=True)

    def _mark(self) -> object:
        """Tell one database from another: None while there is no file, else new when the file is exchanged."""
        if self._file is None:
            return self.name
        try:
            found = self._file.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_dev, found.st_ino

    def _prepare(self) -> None:
        with self._lock:
            if self._checked is not None and self._mark() == self._checked:
                return
            with self._engine.connect() as connection:
                ready = is_current(connection)
            if not ready:
                with self._writer.begin() as connection:
                    upgrade(connection)
            self._checked = self._mark()

    def _make_file(self) -> None:
        """Make an empty file that only its owner reads: it will hold the secret that signs tokens."""
        if self._file is not None and self._mark() is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(self._file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    @contextmanager
    def _reported(self, action: str) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except (SQLAlchemyError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            hint = "Make it and its folder writable, or " if action == "write" else "Mend it, or "
            # `from None`: a driver's own message may hold the password, and a traceback would show it.
            raise MetadataError(
                f"Cannot {action} the metadata database {self.name}: {without_secrets(reason, self._url)}.",
                hint=hint + _OTHERWISE,
            ) from None


def open_metadata(address: str | None, warehouse: Path) -> Database:
    """Open the metadata database of a server.

    Args:
        address: An SQLAlchemy URL; None for a file of SQLite in the warehouse's folder.
        warehouse: The folder that `cube-server load` fills.

    Raises:
        MetadataError: The URL is none, or its driver is not installed.
    """
    if address is None:
        return Database(sa.URL.create("sqlite", database=str(warehouse / FILE)))
    try:
        url = sa.make_url(address)
    except (ArgumentError, ValueError):
        raise MetadataError(
            "The metadata database's name is no database URL.",  # not shown: it may hold a password
            hint="Write DIALECT://USER:PASSWORD@HOST/DATABASE, or sqlite:///FILE.",
        ) from None
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise MetadataError("A metadata database in memory would keep nothing.", hint="Write sqlite:///FILE.")
    return Database(url)


@cache
def _empty() -> sa.Engine:
    """Make what opens connections each of which is to an empty database of its own, in memory."""
    engine = sa.create_engine("sqlite://", poolclass=NullPool)
    tables = ";".join(str(CreateTable(table).compile(engine)) for table in TABLES.sorted_tables)

    @sa.event.listens_for(engine, "connect")
    def _(connection: DBAPIConnection, _record: object) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.executescript(tables)

    return engine


def _file(url: sa.URL) -> Path | None:
    """Give the file of SQLite, which may be named by a URI: `file:/path?mode=ro`."""
    if url.get_backend_name() != "sqlite":
        return None
    name = url.database or ""
    return Path(unquote(name.removeprefix("file:")) if name.startswith("file:") else name)


def _engine(url: sa.URL) -> sa.Engine:
    is_file = url.get_backend_name() == "sqlite"
    try:
        if not is_file:
            return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True)
        # No pool: a file that was restored from a backup is seen at once.
        engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": _SECONDS})
    except ModuleNotFoundError as error:
        raise MetadataError(
            f"The driver {error.name!r} for {shown(url)} is not installed.", hint=f"Run `pip install {error.name}`."
        ) from None
    except SQLAlchemyError:
        raise MetadataError(f"There is no driver for {shown(url)}.", hint="Write sqlite:///FILE.") from None
    _begin_ourselves(engine)
    return engine


def _begin_ourselves(engine: sa.Engine) -> None:
    """Begin SQLite's transactions when SQLAlchemy says so: its driver would leave out reading, and making tables.

    A writer takes its lock at once, so that two of them wait for each other instead of failing halfway.
    """

    @sa.event.listens_for(engine, "connect")
    def _(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

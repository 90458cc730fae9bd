"""Databases through SQLAlchemy's engines: PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from cube_server.backends.sql.database import Database, Schema, dtype
from cube_server.backends.sql.dialects import POSTGRESQL, SQLITE, Dialect, Selection
from cube_server.backends.sql.sqlite_functions import add_functions
from cube_server.backends.sql.transactions import Run, Transaction
from cube_server.errors import BusyError, SettingsError, WarehouseError
from cube_server.types import DataType, Kind
from cube_server.urls import shown, without_secrets

_DIALECTS = {"postgresql": POSTGRESQL, "sqlite": SQLITE}
_TIMED_OUT = ("57014",)
"""PostgreSQL's code of a statement that was cancelled."""


class AlchemyDatabase:
    """A database behind a SQLAlchemy engine.

    Args:
        url: Where it is.

    Raises:
        SettingsError: The driver is not installed.
    """

    def __init__(self, url: sa.URL) -> None:
        kind = url.get_backend_name()
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        self.url = url
        self._dialect = _DIALECTS[kind]
        try:
            self._engine = sa.create_engine(url, pool_pre_ping=kind != "sqlite")
        except ModuleNotFoundError as error:
            raise SettingsError(
                f"{shown(url)} needs the driver {error.name}.", hint=f"Install it: pip install cube-server[{kind}]"
            ) from error
        if kind == "sqlite":
            sa.event.listen(self._engine, "connect", add_functions)

    @property
    def dialect(self) -> Dialect:
        """Which kind it is."""
        return self._dialect

    def fetch(self, statement: Selection, schema: Schema, seconds: float) -> pl.DataFrame:
        """Run a statement; see `Database.fetch`."""
        with self._connected() as connection:
            return self._run(connection, statement, schema, seconds)

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """Hold a transaction that sees what is committed when it begins; see `Database.transaction`."""
        with self._connected() as connection:
            run = partial(self._run, connection)
            if self._dialect is POSTGRESQL:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                # With the snapshot's name other connections see the same.
                name = connection.execute(sa.select(sa.func.pg_export_snapshot())).scalar_one()
                yield Transaction(self, run, lambda: self._joined(name))
                return
            connection.exec_driver_sql("BEGIN")
            yield Transaction(self, run)

    @contextmanager
    def _joined(self, snapshot: str) -> Iterator[Run]:
        """Open one more connection that sees a snapshot of PostgreSQL that another transaction holds."""
        with self._connected() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            # This command takes no parameters; the name is the database's own.
            connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            yield partial(self._run, connection)

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        """Open a connection; what the driver raises becomes an error of this program."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") in _TIMED_OUT or "interrupted" in str(error.orig):
                raise BusyError("The database took too long.", hint="Ask for less, or later.") from error
            raise self._unreachable(str(error.orig)) from error
        except SQLAlchemyError as error:
            raise self._unreachable(str(error)) from error

    def _run(self, connection: sa.Connection, statement: Selection, schema: Schema, seconds: float) -> pl.DataFrame:
        self._limit(connection, seconds)
        rows = connection.execute(statement).fetchall()
        columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
        return pl.DataFrame(
            [_series(name, values, type_) for (name, type_), values in zip(schema.items(), columns, strict=True)]
        )

    def text(self, statement: Selection) -> str:
        """Write a statement with its parameters in place."""
        return str(statement.compile(self._engine, compile_kwargs={"literal_binds": True}))

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Give the types of a table's columns."""
        inspector = sa.inspect(self._engine)
        if not inspector.has_table(table):
            return None
        return {column["name"]: str(column["type"]) for column in inspector.get_columns(table)}

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def _limit(self, connection: sa.Connection, seconds: float) -> None:
        """Let the database itself end what takes too long."""
        milliseconds = max(int(seconds * 1000), 1)
        if self._dialect is POSTGRESQL:
            wanted = {"transaction_read_only": "on", "statement_timeout": str(milliseconds), "TimeZone": "UTC"}
            connection.execute(sa.select(*(sa.func.set_config(name, value, True) for name, value in wanted.items())))

    def _unreachable(self, message: str) -> WarehouseError:
        told = without_secrets(message.strip(), self.url)
        return WarehouseError(
            f"The database {shown(self.url)} does not answer: {told}",
            hint="Check it against the model: `cube-server validate MODEL --against URL`.",
        )


def _series(name: str, values: tuple[object, ...], type_: DataType) -> pl.Series:
    if type_.kind is Kind.DECIMAL:
        return pl.Series(name, values, dtype=pl.Float64 if any(isinstance(v, float) for v in values) else None).cast(
            dtype(type_)
        )
    return pl.Series(name, values, dtype=dtype(type_), strict=False)

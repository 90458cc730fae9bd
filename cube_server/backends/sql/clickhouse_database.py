"""ClickHouse, through clickhouse-connect: SQL by its SQLAlchemy dialect, parameters bound by the server, Arrow out."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import clickhouse_connect
import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from clickhouse_connect.cc_sqlalchemy.dialect import ClickHouseDialect
from clickhouse_connect.driver.exceptions import Error
from clickhouse_connect.driver.external import ExternalData

from cube_server.backends.sql.clickhouse_types import clickhouse_type_name
from cube_server.backends.sql.database import Change, Database, Schema, gathered, typed
from cube_server.backends.sql.dialects import CLICKHOUSE, Dialect, Selection
from cube_server.backends.sql.failures import CONNECT_SECONDS, failure
from cube_server.backends.sql.filling import TableOf
from cube_server.backends.sql.inline import SentTable, sent_tables
from cube_server.backends.sql.watch import watching
from cube_server.budget import Budget
from cube_server.errors import BusyError, LimitError, SettingsError, WarehouseError
from cube_server.types import Kind

_SETTINGS: Mapping[str, Any] = {
    # Otherwise what has no row on the other side is 0 or '', not null.
    "join_use_nulls": 1,
    "cast_keep_nullable": 1,
    "transform_null_in": 0,
    "aggregate_functions_null_for_empty": 0,
    "count_distinct_implementation": "uniqExact",
    "prefer_column_name_to_alias": 1,
    "decimal_check_overflow": 1,
    # A profile may allow to answer from a part of the rows. Then it is an error, and no wrong number.
    **{
        f"{what}_overflow_mode": "throw"
        for what in ("distinct", "group_by", "join", "read", "result", "set", "sort", "timeout", "transfer")
    },
}
_ENDED = frozenset({159, 160, 394})
"""TIMEOUT_EXCEEDED, TOO_SLOW, QUERY_WAS_CANCELLED."""
_TOO_LARGE = frozenset({407, 321})
"""DECIMAL_OVERFLOW, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE."""
_GRACE = 1.0
"""Seconds after which the server ends by itself what was not ended by then."""
_LONGEST = 86_400
_PLAIN = frozenset({Kind.INT, Kind.FLOAT, Kind.BOOL})
"""Kinds that come out as what they are. Enums come as numbers, old dates and times as counts, unless they are cast."""


class ClickHouseDatabase:
    """A ClickHouse.

    Args:
        url: `clickhouse://USER:PASSWORD@HOST:8123/DATABASE`; `?secure=true` for HTTPS.

    Raises:
        WarehouseError: It cannot be reached.
    """

    def __init__(self, url: sa.URL) -> None:
        self._url = url
        self._compiler = ClickHouseDialect(server_side_params=True)
        self._compiler.div_is_floordiv = False
        is_secure = url.query.get("secure") == "true" or url.port in (443, 8443)
        try:
            self._client: Any = clickhouse_connect.get_client(
                host=url.host or "localhost",
                port=url.port or (8443 if is_secure else 8123),
                username=url.username or "default",
                password=url.password or "",
                database=url.database or "default",
                interface="https" if is_secure else "http",
                autogenerate_session_id=False,
                form_encode_query_params=True,
                query_limit=0,
                send_receive_timeout=_LONGEST,
                connect_timeout=int(str(url.query.get("connect_timeout", CONNECT_SECONDS))),
            )
        except Error as error:
            raise self._failed(error) from error

    @property
    def dialect(self) -> Dialect:
        """ClickHouse's."""
        return CLICKHOUSE

    def fetch(self, statement: Selection, schema: Schema, budget: Budget) -> pl.DataFrame:
        """Run a statement; see `Database.fetch`."""
        query = f"cube-server-{uuid4()}"
        try:
            with watching(budget, lambda: self._client.command(f"KILL QUERY WHERE query_id = '{query}' ASYNC")):
                tables = self._tables(_cast(statement, schema), query, budget)
                return gathered((typed(table, schema) for table in tables), schema, budget)
        except (Error, pa.ArrowException) as error:
            raise self._failed(error) from error

    @contextmanager
    def transaction(self, ahead: Selection | None = None) -> Iterator[Database]:  # noqa: ARG002 - costs no message
        """Give itself: it holds nothing still between statements (`Dialect.holds_still`)."""
        yield self

    def change(self, statements: Sequence[Change]) -> None:
        """Run statements that change it, one by one: it has no transactions; see `Writable.change`."""
        try:
            for statement in statements:
                self._change(statement)
        except Error as error:
            raise self._failed(error) from error

    def settle(self, table: sa.Table) -> None:
        """Leave a table as it is: what ClickHouse knows of its parts it has written with them."""

    def text(self, statement: Selection) -> str:
        """Write a statement with its parameters in place."""
        return str(statement.compile(dialect=self._compiler, compile_kwargs={"literal_binds": True}))

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Give the types of a table's columns."""
        schema, _, name = table.rpartition(".")
        found = sa.table("columns", sa.column("name"), sa.column("type"), schema="system")
        within = sa.column("database", sa.String) == (schema or self._url.database or "default")
        wanted = sa.select(found.c.name, found.c.type).where(within, sa.column("table", sa.String) == name)
        compiled = wanted.compile(dialect=self._compiler)
        try:
            return dict(self._client.query(str(compiled), parameters=compiled.params).result_rows) or None
        except Error as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Let go of all connections."""
        self._client.close()

    def _change(self, statement: Change) -> None:
        compiled = statement.compile(dialect=self._compiler, compile_kwargs={"render_postcompile": True})
        values = getattr(compiled, "params", None) or {}
        self._client.command(
            str(compiled),
            parameters={name: _plain(value) for name, value in values.items()},
            settings=dict(_SETTINGS),
            external_data=_external(sent_tables(statement.select)) if isinstance(statement, TableOf) else None,
        )

    def _tables(self, statement: Selection, query: str, budget: Budget) -> Iterator[pa.Table]:
        compiled = statement.compile(dialect=self._compiler, compile_kwargs={"render_postcompile": True})
        stream = self._client.query_arrow_stream(
            str(compiled),
            parameters={name: _plain(value) for name, value in compiled.params.items()},
            settings={**_SETTINGS, "query_id": query, "max_execution_time": max(budget.seconds_left, 0.0) + _GRACE},
            external_data=_external(sent_tables(statement)),
        )
        with stream as tables:
            yield from tables

    def _failed(self, error: Exception) -> BusyError | LimitError | SettingsError | WarehouseError:
        code = getattr(error, "code", None)
        if code in _ENDED:
            return BusyError("The database ended the statement.", hint="Ask for less, or later.")
        if code in _TOO_LARGE:
            return LimitError("A number does not fit into 38 digits.", hint="Measure in greater units.")
        return failure(str(error), self._url)


def _cast(statement: Selection, schema: Schema) -> Selection:
    """Let the server give the types that are expected."""
    columns = zip(schema.items(), statement.selected_columns, strict=True)
    cast = (
        column if type_.kind in _PLAIN else sa.cast(column, CLICKHOUSE.type(type_)).label(name)
        for (name, type_), column in columns
    )
    return statement.with_only_columns(*cast, maintain_column_froms=True)


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat(sep=" ", timespec="microseconds") if isinstance(value, datetime) else value


def _external(tables: tuple[SentTable, ...]) -> ExternalData | None:
    """Put the tables that travel with a statement into files beside it."""
    if not tables:
        return None
    data = ExternalData()
    for table in tables:
        content = io.BytesIO()
        table.frame.write_ipc_stream(content, compat_level=pl.CompatLevel.oldest())
        structure = ", ".join(f"{name} {clickhouse_type_name(type_)}" for name, type_ in table.types.items())
        data.add_file(file_name=table.name, data=content.getvalue(), fmt="ArrowStream", structure=structure)
    return data

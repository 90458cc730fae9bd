"""What differs between databases, as values: types, exactness, and what an engine lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa

from cube_server.backends.sql.capabilities import Capabilities
from cube_server.backends.sql.clickhouse_types import (
    clickhouse_converted,
    clickhouse_deviation,
    clickhouse_materialized,
    clickhouse_table,
    clickhouse_type,
    clickhouse_variance,
    widened,
)
from cube_server.backends.sql.duckdb_frozen import IS_FROZEN
from cube_server.backends.sql.text_columns import TextColumn
from cube_server.types import DataType, Kind

Column = sa.ColumnElement[Any]
Selection = sa.Select[*tuple[Any, ...]]

_TYPES: dict[Kind, Callable[[], sa.types.TypeEngine[Any]]] = {
    Kind.INT: sa.BigInteger,
    Kind.FLOAT: sa.Double,
    Kind.TEXT: sa.String,
    Kind.BOOL: sa.Boolean,
    Kind.DATE: sa.Date,
    Kind.TIMESTAMP: sa.DateTime,
}

DIGITS = 38
"""How many digits a decimal is taken to have: the most that all engines agree on."""


class Sending(Enum):
    """How a table of values travels with a statement."""

    LISTS = "a list a column"
    UNNESTED = "a list a column, in FROM"
    JSON = "a text in JSON"
    TABLES = "a file beside the statement"


def _standard_type(type_: DataType) -> sa.types.TypeEngine[Any]:
    return sa.Numeric(DIGITS, type_.scale) if type_.kind is Kind.DECIMAL else _TYPES[type_.kind]()


def _the_same(value: Column) -> Column:
    return value


def _as_it_is(number: Column, type_: DataType) -> Column:
    del type_
    return number


def narrowed(number: Column, type_: DataType) -> Column:
    """Give numbers that may be added up in 38 digits, beyond which Trino refuses."""
    scale = type_.scale if type_.kind is Kind.DECIMAL else 0
    return sa.cast(number, sa.Numeric(DIGITS, scale)) if type_.kind in (Kind.INT, Kind.DECIMAL) else number


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A kind of database.

    Attributes:
        name: As SQLAlchemy calls it.
        title: As people do.
        has_decimals: Whether it adds decimals up exactly. Without, they are stored as floats and are added up as
            integers in units of their last digit.
        sending: How a table of values travels with a statement.
        most_sent: How many rows of it may.
        types: Gives the SQL type of a column whose type the model tells.
        widened: Gives a number that may be added up without wrapping around, or is refused when it does not fit.
        converts: Gives a value as of another type, where a plain cast does not round, or fails beneath nulls.
        materialized: Gives a computed value that is not taken for a constant, even where it is one: ClickHouse does not
            join by constants.
        variance: Computes the variance of a sample of doubles, null for fewer than two.
        deviation: The same for the standard deviation.
        capabilities: What it lacks, and what is done instead.
        holds_still: Whether a transaction sees one state of the data. Without, the state is looked at once more after
            all is answered.
        moment: A text that two transactions have in common only if they see the same data; None if there is none.
        frozen: Whether the data stays as it is as long as the database is open; None if it never does.
        hashes_null: Whether it joins by hashing where null equals null. Without, each row would be compared with each.
        casts_text: Whether columns of text are cast to it where they are read, since they may be `uuid`, an enum or
            `char(n)`, which are not compared with text, or not as text. A column that is text already stays as it is,
            and its indexes serve.
        has_writers: Whether each row of a table has the number of the transaction that wrote it, `xmin`.
        table: Gives what SQLAlchemy's tables need to be made there, beside columns.
        cuts_floats: Whether decimals are made of floats by cutting digits off, so that 1.15 becomes 1.14.
        has_with: Whether it computes what WITH names, once. ClickHouse writes it out, and forgets there what is set:
            that a null stays null when its type is changed.
        has_indexes: Whether an index on a column spares it reading a table of which little is asked. Others know what
            lies where by the order of rows.
    """

    name: str
    title: str
    has_decimals: bool = True
    sending: Sending = Sending.LISTS
    most_sent: int = 500_000
    types: Callable[[DataType], sa.types.TypeEngine[Any]] = _standard_type
    widened: Callable[[Column, DataType], Column] = _as_it_is
    converts: Callable[[Column, DataType], Column] | None = None
    materialized: Callable[[Column], Column] = _the_same
    variance: Callable[[Column], Column] = sa.func.var_samp
    deviation: Callable[[Column], Column] = sa.func.stddev_samp
    capabilities: Capabilities
    moment: Column | None = None
    frozen: Column | None = None
    has_writers: bool = False
    casts_text: bool = False
    has_indexes: bool = False
    cuts_floats: bool = False
    table: Callable[[], Mapping[str, object]] = dict
    holds_still: bool = True
    hashes_null: bool = True
    has_with: bool = True

    def column(self, name: str, type_: DataType) -> sa.ColumnClause[Any]:
        """Give a column of a table."""
        cast = self.casts_text and type_.kind is Kind.TEXT
        return TextColumn(name, self.type(type_)) if cast else sa.column(name, self.type(type_))

    def type(self, type_: DataType) -> sa.types.TypeEngine[Any]:
        """Give the SQL type of a column."""
        return sa.Double() if type_.kind is Kind.DECIMAL and not self.has_decimals else self.types(type_)

    def converted(self, value: Column, type_: DataType) -> Column:
        """Give a value as of a type, numbers rounded to its digits."""
        return self.converts(value, type_) if self.converts else sa.cast(value, self.type(type_))


_NO_FORMATS = "but for `to_date` and `to_timestamp`"

DUCKDB = Dialect(
    name="duckdb",
    title="DuckDB",
    frozen=IS_FROZEN,
    capabilities=Capabilities(rows="Arrow, in chunks"),
)
POSTGRESQL = Dialect(
    name="postgresql",
    title="PostgreSQL",
    moment=sa.cast(sa.func.pg_current_snapshot(), sa.String),
    has_writers=True,
    hashes_null=False,
    casts_text=True,
    has_indexes=True,
    capabilities=Capabilities(
        text="byte for byte under any deterministic collation",
        derived=f"subselects, {_NO_FORMATS}; `upper` and `lower` as its locale has them",
        timestamps="in UTC",
        ending="cancel request, and `statement_timeout`",
        rollups="tables in order, indexed",
    ),
)
SQLITE = Dialect(
    name="sqlite",
    title="SQLite",
    has_decimals=False,
    sending=Sending.JSON,
    capabilities=Capabilities(
        decimals="stored as floats; added up exactly, as whole numbers in units of the last digit",
        large_sums="the database refuses",
        text="byte for byte, unless a column says `NOCASE`",
        timestamps="as SQLAlchemy writes them: `2024-01-31 09:00:00.000000`",
        sending="a text in JSON, as a parameter",
    ),
)
CLICKHOUSE = Dialect(
    name="clickhouse",
    title="ClickHouse",
    sending=Sending.TABLES,
    holds_still=False,
    has_with=False,
    types=clickhouse_type,
    widened=widened,
    converts=clickhouse_converted,
    materialized=clickhouse_materialized,
    cuts_floats=True,
    variance=clickhouse_variance,
    deviation=clickhouse_deviation,
    table=clickhouse_table,
    capabilities=Capabilities(
        decimals="exact; a `Float64` is none, since ClickHouse would cut it: 1.15 as 1.14",
        large_sums="`limit_exceeded`: added up in 128 bits, decimals in 256, for its own sums wrap around",
        dates="1900 to 2299, as `Date32`",
        timestamps="in UTC, as `DateTime64(6)`",
        nulls="a column that is not `Nullable` has none: its `0` or `''` is a key like others",
        sending="a table in Arrow beside the statement (external data)",
        rows="Arrow, in chunks",
        derived=f"subselects, {_NO_FORMATS}",
        holding="nothing: the state is looked at before and after, and the question asked again if it has changed",
        ending="`KILL QUERY`, and `max_execution_time`",
        rollups="`MergeTree` tables in order",
    ),
)
TRINO = Dialect(
    name="trino",
    title="Trino (compiled only)",
    sending=Sending.UNNESTED,
    most_sent=10_000,
    widened=narrowed,
    holds_still=False,
    capabilities=Capabilities(
        specification="some, translated to DuckDB; on no server",
        decimals="exact",
        large_sums="`limit_exceeded`: added up in 38 digits",
        sending="lists as parameters, at most 10,000 rows: they become part of its text",
        derived=f"subselects, {_NO_FORMATS}; translated to DuckDB too",
        holding="nothing: the state is looked at before and after, and the question asked again if it has changed",
        ending="cancel request, and `query_max_run_time`",
        rollups="no: make materialized views, and a cube over them",
    ),
)
DIALECTS = (POSTGRESQL, DUCKDB, CLICKHOUSE, TRINO, SQLITE)
"""All kinds that are known."""

"""ClickHouse's types and functions, where the standard's would lose something.

Its `Date` begins in 1970 and its `DateTime` ends in 2106, both without a word; sums of whole numbers wrap around; the
variance of one value is not a number. clickhouse-connect is imported only where a ClickHouse is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from cube_server.types import DataType, Kind

_Column = sa.ColumnElement[Any]
_WIDEST = 76


@cache
def clickhouse_type(type_: DataType) -> sa.types.TypeEngine[Any]:
    """Give the type of a column."""
    from clickhouse_connect.cc_sqlalchemy.datatypes import sqltypes

    # Lists of these are bound as they are, which the driver's own types refuse.
    class Instant(sqltypes.DateTime64):  # type: ignore[no-untyped-call]
        def bind_processor(self, dialect: sa.Dialect) -> None:
            """Leave values as they are."""

    class Flag(sqltypes.Bool):  # type: ignore[no-untyped-call]
        def bind_processor(self, dialect: sa.Dialect) -> None:
            """Leave values as they are."""

    types: dict[Kind, sa.types.TypeEngine[Any]] = {
        Kind.INT: sqltypes.Int64(),
        Kind.FLOAT: sqltypes.Float64(),
        Kind.TEXT: sa.String(),
        Kind.BOOL: Flag(),
        Kind.DATE: sqltypes.Date32(),
        Kind.TIMESTAMP: Instant(6, "UTC"),
        Kind.DECIMAL: sa.Numeric(38, type_.scale),
    }
    return types[type_.kind]


def clickhouse_table() -> Mapping[str, object]:
    """Give what a table needs that is written row by row."""
    from clickhouse_connect.cc_sqlalchemy.ddl.tableengine import MergeTree

    return {"clickhousedb_engine": MergeTree(order_by="tuple()")}


def clickhouse_type_name(type_: DataType) -> str:
    """Give the name of a column's type, which may be null."""
    names = {
        Kind.INT: "Int64",
        Kind.FLOAT: "Float64",
        Kind.TEXT: "String",
        Kind.BOOL: "Bool",
        Kind.DATE: "Date32",
        Kind.TIMESTAMP: "DateTime64(6, 'UTC')",
        Kind.DECIMAL: f"Decimal(38, {type_.scale})",
    }
    return f"Nullable({names[type_.kind]})"


def widened(number: _Column, type_: DataType) -> _Column:
    """Give numbers that may be added up: a sum in ClickHouse has 64 or 128 bits, and wraps around in silence."""
    if type_.kind is Kind.INT:
        return sa.cast(number, sa.Numeric(38, 0))
    return sa.cast(number, sa.Numeric(_WIDEST, type_.scale)) if type_.kind is Kind.DECIMAL else number


def clickhouse_converted(value: _Column, type_: DataType) -> _Column:
    """Give a value as of a type, numbers rounded to its digits.

    ClickHouse cuts floats, so that 1.15 becomes 1.14, and refuses the infinities that x / 0 leaves beneath a null.
    """
    if type_.kind not in (Kind.INT, Kind.DECIMAL):
        return sa.cast(value, clickhouse_type(type_))
    given = sa.func.coalesce(value, 0)
    found: _Column = sa.cast(given, clickhouse_type(type_))
    if type_.kind is Kind.DECIMAL:
        units: _Column = sa.literal_column(str(10**type_.scale))
        found = sa.cast(sa.func.round(given.op("*")(units)), clickhouse_type(type_)).op("/")(units)
    return sa.case((value.is_not(None), found))


def clickhouse_materialized(value: _Column) -> _Column:
    """Write a value as a full column."""
    return sa.func.materialize(value, type_=value.type)


def clickhouse_variance(value: _Column) -> _Column:
    """Compute the variance of a sample by Welford's algorithm; null for fewer than two values, not NaN."""
    return sa.case((sa.func.count(value) > 1, sa.func.varSampStable(value)))


def clickhouse_deviation(value: _Column) -> _Column:
    """Compute the standard deviation of a sample; see `clickhouse_variance`."""
    return sa.case((sa.func.count(value) > 1, sa.func.stddevSampStable(value)))

"""The model's type of what a file holds."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cube_server.types import DataType, Kind

_KINDS = {
    pl.Float32: Kind.FLOAT,
    pl.Float64: Kind.FLOAT,
    pl.String: Kind.TEXT,
    pl.Categorical: Kind.TEXT,
    pl.Enum: Kind.TEXT,
    pl.Time: Kind.TEXT,
    pl.Boolean: Kind.BOOL,
    pl.Date: Kind.DATE,
    pl.Datetime: Kind.TIMESTAMP,
}


def declared_type(dtype: pl.DataType) -> DataType | None:
    """Give the model's type for a dtype; None if it has no like of it.

    >>> declared_type(pl.Int32())
    DataType(kind=<Kind.INT: 'int'>, scale=0)
    """
    if isinstance(dtype, pl.Decimal):
        return DataType(Kind.DECIMAL, dtype.scale)
    kind = Kind.INT if dtype.is_integer() else _KINDS.get(dtype.base_type())
    return DataType(kind) if kind else None


_NO_VALUES: Mapping[type[pl.DataType], str] = {
    pl.List: "a list",
    pl.Array: "an array",
    pl.Struct: "a record",
    pl.Binary: "binary",
    pl.Duration: "an interval",
}


def untyped(schema: Mapping[str, pl.DataType]) -> Mapping[str, str]:
    """Tell what the columns are that a model has no type for.

    >>> untyped({"id": pl.Int64(), "tags": pl.List(pl.String)})
    {'tags': 'a list'}
    """
    found = {name: _NO_VALUES.get(dtype.base_type()) for name, dtype in schema.items()}
    return {name: kind for name, kind in found.items() if kind}

"""Derived tables: joins, conditions and formulas over tables that are loaded already."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars.exceptions import PolarsError

from cube_server.errors import SourceError
from cube_server.model.tables import Derivation, Join, Table

from .conversion import convert
from .mistakes import Mistakes
from .origins import Origin, Part, TypedTable
from .row_formulas import expression

_MATCH, _VALUE = "\0match", "\0value "


def derive(table: Table, derivation: Derivation, given: Mapping[str, TypedTable], mistakes: Mistakes) -> TypedTable:
    """Make a table of others.

    Args:
        table: The table.
        derivation: How it is made.
        given: The tables that it reads.
        mistakes: Takes the values that are not of the type that the table's column declares.

    Raises:
        SourceError: The formulas do not fit the values.
    """
    origin = Origin(name=f"table {table.name}")
    try:
        frame = _rows(table, derivation, given)
    except PolarsError as error:
        raise SourceError(f"Table {table.name!r} cannot be derived: {str(error).splitlines()[0]}.") from error
    return TypedTable(table, convert(Part(frame, origin), table, mistakes), ((0, origin),))


def _rows(table: Table, derivation: Derivation, given: Mapping[str, TypedTable]) -> pl.DataFrame:
    frame = given[derivation.table.name].frame
    for join in derivation.joins:
        frame = _joined(frame, join, given[join.table.name].frame)
    if derivation.where is not None:
        frame = frame.filter(expression(derivation.where, frame.schema))
    values = zip(table.columns, derivation.values, strict=True)
    made = {column.name: expression(value, frame.schema).alias(f"{_VALUE}{column.name}") for column, value in values}
    # Beside the rows, so that a value that is the same for all is repeated.
    rows = frame.with_columns(made.values()).select(pl.col(f"{_VALUE}{name}").alias(name) for name in made)
    return rows.unique(maintain_order=True) if derivation.distinct else rows


def _joined(frame: pl.DataFrame, join: Join, other: pl.DataFrame) -> pl.DataFrame:
    """Put another table's columns beside the rows, called `join.column`; a row that fits several is repeated."""
    keys = [f"{_MATCH}{number}" for number in range(len(join.on))]
    left = frame.with_columns(
        expression(value, frame.schema).cast(other.schema[column.name]).alias(key)
        for key, (column, value) in zip(keys, join.on, strict=True)
    )
    right = other.select(
        pl.all().name.prefix(f"{join.name}."),
        *(pl.col(column.name).alias(key) for key, (column, _) in zip(keys, join.on, strict=True)),
    )
    return left.join(right, on=keys, how="left" if join.keeps_all else "inner", maintain_order="left").drop(keys)

"""Derived tables: joins, conditions and formulas over tables that are loaded already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import polars as pl
from polars.exceptions import PolarsError

from cube_server.errors import SourceError
from cube_server.model.tables import Derivation, Join, Table

from .conversion import convert
from .mistakes import Mistakes
from .origins import TypedTable
from .row_formulas import expression

_MATCH, _VALUE, _NUMBER = "\0match", "\0value ", "\0number"


class Deriver:
    """Makes a table of others, a run of its first table's rows at a time.

    Args:
        table: The table.
        derivation: How it is made.
        beside: The tables that are joined, whole.
        mistakes: Takes the values that are not of the type that the table's column declares.
    """

    def __init__(
        self, table: Table, derivation: Derivation, beside: Mapping[str, pl.DataFrame], mistakes: Mistakes
    ) -> None:
        self._table, self._derivation = table, derivation
        self._beside, self._mistakes = beside, mistakes

    def runs(self, given: Iterable[TypedTable]) -> Iterator[TypedTable]:
        """Derive runs of rows.

        Raises:
            SourceError: The formulas do not fit the values.
        """
        try:
            made = (self._made(run) for run in given)
            for rows in _distinct(made) if self._derivation.distinct else made:
                yield convert(rows, self._mistakes)
        except PolarsError as error:
            reason = str(error).splitlines()[0]
            raise SourceError(f"Table {self._table.name!r} cannot be derived: {reason}.") from error

    def _made(self, run: TypedTable) -> TypedTable:
        frame = run.frame.with_columns(run.numbers.alias(_NUMBER))
        for join in self._derivation.joins:
            frame = _joined(frame, join, self._beside[join.table.name])
        if self._derivation.where is not None:
            frame = frame.filter(expression(self._derivation.where, frame.schema))
        values = zip(self._table.columns, self._derivation.values, strict=True)
        made = {
            column.name: expression(value, frame.schema).alias(f"{_VALUE}{column.name}") for column, value in values
        }
        # Beside the rows, so that a value that is the same for all is repeated.
        rows = frame.with_columns(made.values())
        named = rows.select(pl.col(f"{_VALUE}{name}").alias(name) for name in made)
        return TypedTable(self._table, named, rows[_NUMBER], run.places)


def _distinct(runs: Iterable[TypedTable]) -> Iterator[TypedTable]:
    """Leave out rows that were there before."""
    seen: pl.DataFrame | None = None
    for run in runs:
        names = run.frame.columns
        rows = run.frame.with_columns(run.numbers.alias(_NUMBER)).unique(names, keep="first", maintain_order=True)
        if seen is not None:
            rows = rows.join(seen, on=names, how="anti", nulls_equal=True, maintain_order="left")
        seen = rows.select(names) if seen is None else pl.concat([seen, rows.select(names)])
        yield TypedTable(run.table, rows.select(names), rows[_NUMBER], run.places)


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

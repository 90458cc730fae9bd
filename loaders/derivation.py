"""Derived tables: joins, conditions and formulas over tables that are loaded already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import polars as pl
from polars.exceptions import PolarsError

from cube_server.errors import SourceError
from cube_server.model.making import TotalKind
from cube_server.model.tables import Derivation, Join, Table

from .accounts import Account
from .origins import TypedTable
from .row_formulas import expression

_MATCH, _VALUE, _NUMBER, _ROW = "\0match", "\0value ", "\0number", "\0row"


class Deriver:
    """Makes a table of others, a run of its first table's rows at a time.

    Args:
        table: The table.
        derivation: How it is made.
        beside: The tables that are joined, whole.
        account: Counts what becomes of the rows.
    """

    def __init__(
        self, table: Table, derivation: Derivation, beside: Mapping[str, pl.DataFrame], account: Account
    ) -> None:
        self._table, self._derivation = table, derivation
        self._beside, self._account = beside, account

    def runs(self, given: Iterable[TypedTable]) -> Iterator[TypedTable]:
        """Derive runs of rows, with the columns that are not computed of others of the table.

        Raises:
            SourceError: The formulas do not fit the values.
        """
        try:
            made = (self._made(run) for run in given)
            if self._derivation.totals:
                yield from self._totals(made)
            else:
                yield from self._distinct(made) if self._derivation.distinct else made
        except PolarsError as error:
            reason = str(error).splitlines()[0]
            raise SourceError(f"Table {self._table.name!r} cannot be derived: {reason}.") from error

    def _made(self, run: TypedTable) -> TypedTable:
        frame = run.frame.with_columns(run.numbers.alias(_NUMBER))
        for join in self._derivation.joins:
            frame = self._joined(frame, join)
        if self._derivation.where is not None:
            kept = frame.filter(expression(self._derivation.where, frame.schema))
            self._account.filtered["where"] += frame.height - kept.height
            frame = kept
        values = [(column.name, expression(value, frame.schema)) for column, value in self._derivation.values]
        # Beside the rows, so that a value that is the same for all is repeated.
        rows = frame.with_columns(value.alias(f"{_VALUE}{name}") for name, value in values)
        named = rows.select(pl.col(f"{_VALUE}{name}").alias(name) for name, _ in values)
        return TypedTable(self._table, named, rows[_NUMBER], run.places)

    def _joined(self, frame: pl.DataFrame, join: Join) -> pl.DataFrame:
        given = frame.height
        frame = _joined(frame.with_row_index(_ROW), join, self._beside[join.table.name])
        matched = frame[_ROW].n_unique()
        self._account.filtered[f"join of {join.name}"] += given - matched
        self._account.repeated += frame.height - matched
        return frame.drop(_ROW)

    def _distinct(self, runs: Iterable[TypedTable]) -> Iterator[TypedTable]:
        """Leave out rows that were there before."""
        seen: pl.DataFrame | None = None
        for run in runs:
            names = run.frame.columns
            rows = run.frame.with_columns(run.numbers.alias(_NUMBER)).unique(names, keep="first", maintain_order=True)
            if seen is not None:
                rows = rows.join(seen, on=names, how="anti", nulls_equal=True, maintain_order="left")
            seen = rows.select(names) if seen is None else pl.concat([seen, rows.select(names)])
            self._account.deduplicated += run.frame.height - rows.height
            yield TypedTable(run.table, rows.select(names), rows[_NUMBER], run.places)

    def _totals(self, runs: Iterable[TypedTable]) -> Iterator[TypedTable]:
        """Make one row of those that are equal in all columns but the totals; give them in the end."""
        totals = dict(self._derivation.totals)
        seen: pl.DataFrame | None = None
        like: TypedTable | None = None
        for like in runs:
            rows = like.frame.with_columns(like.numbers.alias(_NUMBER))
            counted = {name: pl.col(name).count() if kind is TotalKind.COUNT else None for name, kind in totals.items()}
            rows = _aggregated(rows, totals, counted)
            self._account.deduplicated += like.frame.height
            sums = {name: pl.col(name).sum() if kind is TotalKind.COUNT else None for name, kind in totals.items()}
            seen = rows if seen is None else _aggregated(pl.concat([seen, rows]), totals, sums)
        if like is not None and seen is not None:
            self._account.deduplicated -= seen.height
            yield replace(like, frame=seen.select(like.frame.columns), numbers=seen[_NUMBER])


def _aggregated(
    rows: pl.DataFrame, totals: Mapping[str, TotalKind], counts: Mapping[str, pl.Expr | None]
) -> pl.DataFrame:
    keys = [name for name in rows.columns if name not in totals and name != _NUMBER]
    made = [_own(name, kind) if counts[name] is None else counts[name] for name, kind in totals.items()]
    return rows.group_by(keys, maintain_order=True).agg(*made, pl.col(_NUMBER).min())


def _own(name: str, kind: TotalKind) -> pl.Expr:
    column = pl.col(name)
    return {TotalKind.MIN: column.min(), TotalKind.MAX: column.max()}.get(kind, column.sum())


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

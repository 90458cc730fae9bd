"""The model's tables as a database has them: its own, those made of others as subselects, and calendars.

They are the natural star schema, as it is in the database: tables under the names that the model calls their sources.
"""

from __future__ import annotations

import datetime as dt
from copy import copy
from typing import Self

import polars as pl
import sqlalchemy as sa

from cube_server.backends.sql.database import Database
from cube_server.backends.sql.derivations import derived
from cube_server.backends.sql.dialects import Dialect
from cube_server.backends.sql.inline import inline
from cube_server.budget import Budget, Limits
from cube_server.errors import WarehouseError
from cube_server.model.tables import Days, Derivation, Table
from cube_server.types import DataType, Kind

_DATE = DataType(Kind.DATE)
_MOST_YEARS = 500


def sql_table(table: Table, dialect: Dialect) -> sa.TableClause:
    """Give a table of the database as statements name it; `schema.table` in the model names the schema too."""
    schema, _, name = table.source.rpartition(".")
    columns = (dialect.column(column.name, column.type) for column in table.columns)
    return sa.table(name, *columns, schema=schema or None)


class Tables:
    """The tables of one state of a database.

    Args:
        database: The database.
        seconds: The longest that it may take to find out which days a calendar spans.
    """

    def __init__(self, database: Database, seconds: float) -> None:
        self.database = database
        self._seconds = seconds
        self._days: dict[str, pl.Series] = {}

    def within(self, database: Database) -> Self:
        """Give the same tables, read in a transaction; what is known of any is known of all."""
        other = copy(self)
        other.database = database
        return other

    def clause(self, table: Table) -> sa.FromClause:
        """Give a table as statements read it.

        Raises:
            CapabilityError: It is made of others in a way that the database does not know.
        """
        dialect = self.database.dialect
        match table.derivation:
            case Derivation() as derivation:
                return derived(table, derivation, self.clause, dialect)
            case Days() as days:
                columns = {table.columns[0].name: (self._calendar(table, days), _DATE)}
                return inline(table.name.replace(" ", "_"), columns, dialect)
        return sql_table(table, dialect)

    def _calendar(self, table: Table, days: Days) -> pl.Series:
        """Give the days of the years that dates lie in; they travel with statements, as members do."""
        if table.name not in self._days:
            ends = [end for source, column in days.columns for end in self._ends(source, column.name)]
            self._days[table.name] = _whole_years(table, min(ends), max(ends)) if ends else pl.Series(dtype=pl.Date)
        return self._days[table.name]

    def _ends(self, source: Table, name: str) -> list[dt.date]:
        column = self.clause(source).alias("t").c[name]
        ends = sa.select(sa.func.min(column), sa.func.max(column))
        type_ = source.column(name).type
        budget = Budget(Limits(seconds=self._seconds, rows=1), abandoned=None)
        found = self.database.fetch(ends, {"first": type_, "last": type_}, budget).cast(pl.Date)
        return [end for end in found.row(0) if end is not None]


def _whole_years(table: Table, first: dt.date, last: dt.date) -> pl.Series:
    if last.year - first.year >= _MOST_YEARS:
        problem = f"The dates of {table.name} span {first} to {last}."
        raise WarehouseError(problem, hint=f"A calendar has less than {_MOST_YEARS} years: mend the dates.")
    return pl.date_range(first.replace(month=1, day=1), last.replace(month=12, day=31), eager=True)

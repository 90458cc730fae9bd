"""Small tables that travel with a statement: the members that a step or a set leads to.

They are parameters, not text: a list a column where the database takes lists, one text in JSON, or a table of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import visitors

from cube_server.backends.sql.database import dtype
from cube_server.backends.sql.dialects import Dialect, Sending
from cube_server.errors import LimitError
from cube_server.types import DataType

Columns = Mapping[str, tuple[pl.Series, DataType]]
"""By name the values of a column, and their type."""


class SentList(sa.TypeDecorator[Sequence[Any]]):
    """A list of values as a parameter. SQLAlchemy's own cannot be written out, as explain does, if it has nulls."""

    impl = ARRAY
    cache_ok = True

    def literal_processor(self, dialect: sa.Dialect) -> Callable[[Sequence[Any]], str]:
        """Give what writes a list: ARRAY[1, NULL]."""
        own: Any = self.impl_instance
        item: sa.types.TypeEngine[Any] = own.item_type
        write = item.dialect_impl(dialect).literal_processor(dialect) or str
        return lambda values: f"ARRAY[{', '.join('NULL' if value is None else write(value) for value in values)}]"


def inline(name: str, columns: Columns, dialect: Dialect) -> sa.FromClause:
    """Make a table of values that travel with the statement.

    Args:
        name: What the statement calls it.
        columns: Its columns, all of one length.
        dialect: The database's.

    Raises:
        LimitError: There are too many rows.
    """
    rows = len(next(iter(columns.values()))[0])
    if rows > dialect.most_sent:
        problem = f"The question needs {rows} members sent to the database; at most {dialect.most_sent} may be."
        raise LimitError(problem, hint="Ask for a coarser level, or load the data into a warehouse.")
    return _MAKERS[dialect.sending](name, columns, dialect)


class SentTable(sa.TableClause):
    """A table that travels beside the statement, and is called there by its name.

    Attributes:
        frame: Its rows.
        types: The types of its columns, by name.
    """

    frame: pl.DataFrame
    types: Mapping[str, DataType]


def sent_tables(statement: sa.ClauseElement) -> tuple[SentTable, ...]:
    """List the tables that travel beside a statement, each once."""
    found = (part for part in visitors.iterate(statement) if isinstance(part, SentTable))
    return tuple({table.name: table for table in found}.values())


def _unnested(name: str, columns: Columns, dialect: Dialect) -> sa.FromClause:
    lists = []
    for values, type_ in columns.values():
        type_of_list = sa.ARRAY(dialect.type(type_))
        lists.append(sa.cast(sa.bindparam(None, values.to_list(), type_=type_of_list, unique=True), type_of_list))
    own = (sa.column(label, dialect.type(type_)) for label, (_, type_) in columns.items())
    return sa.func.unnest(*lists).table_valued(*own, name=name).render_derived(name)


def _beside(name: str, columns: Columns, dialect: Dialect) -> sa.FromClause:
    table = SentTable(name, *(sa.column(label, dialect.type(type_)) for label, (_, type_) in columns.items()))
    table.types = {label: type_ for label, (_, type_) in columns.items()}
    table.frame = pl.DataFrame({label: values.cast(dtype(type_)) for label, (values, type_) in columns.items()})
    return table


def _arrays(name: str, columns: Columns, dialect: Dialect) -> sa.FromClause:
    parts = []
    for label, (values, type_) in columns.items():
        bound = sa.bindparam(None, values.to_list(), type_=SentList(dialect.type(type_)), unique=True)
        parts.append(sa.func.unnest(bound, type_=dialect.type(type_)).label(label))
    return sa.select(*parts).subquery(name)


def _json(name: str, columns: Columns, dialect: Dialect) -> sa.FromClause:
    rows = list(zip(*(map(_plain, values.to_list()) for values, _ in columns.values()), strict=True))
    each = sa.func.json_each(json.dumps(rows)).table_valued("value", name=f"{name}_rows")
    parts = (
        sa.type_coerce(sa.func.json_extract(each.c.value, f"$[{place}]"), dialect.type(type_)).label(label)
        for place, (label, (_, type_)) in enumerate(columns.items())
    )
    return sa.select(*parts).subquery(name)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if isinstance(value, date) else value


_MAKERS = {Sending.LISTS: _arrays, Sending.UNNESTED: _unnested, Sending.JSON: _json, Sending.TABLES: _beside}

"""Small tables that travel with a statement: the members that a step or a set leads to.

They are parameters, not text: a list a column where the database takes lists, else one text in JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from cube_server.backends.sql.dialects import Dialect
from cube_server.errors import LimitError
from cube_server.types import DataType

MOST = 500_000
"""How many rows may travel with a statement."""

Columns = Mapping[str, tuple[pl.Series, DataType]]
"""By name the values of a column, and their type."""


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
    if rows > MOST:
        problem = f"The question needs {rows} members sent to the database; at most {MOST} may be."
        raise LimitError(problem, hint="Ask for a coarser level, or load the data into a warehouse.")
    return _arrays(name, columns, dialect) if dialect.has_arrays else _json(name, columns, dialect)


def _arrays(name: str, columns: Columns, dialect: Dialect) -> sa.FromClause:
    parts = []
    for label, (values, type_) in columns.items():
        bound = sa.bindparam(None, values.to_list(), type_=ARRAY(dialect.type(type_)), unique=True)
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

"""The statement that reads a table of a database, in whatever dialect."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cube_server.model.tables import Table
from cube_server.types import Scalar

TAKEN = "Take what you need of it in a query: source: {query: SELECT ...}."
"""What to do about a column that a model has no type for."""


def named(source: str) -> sa.TableClause:
    """Give a table or view as statements call it, `name` or `schema.name`, quoted in any case."""
    schema, _, name = source.rpartition(".")
    return sa.table(sa.quoted_name(name, quote=True), schema=sa.quoted_name(schema, quote=True) if schema else None)


def asked(table: Table) -> sa.FromClause:
    """Give a table's own query as something to select from."""
    # Colons in it are the database's own, such as casts, and no parameters.
    text = table.reading.query.strip().rstrip(";").replace(":", "\\:")
    # On a line of its own, as the last one may be a comment.
    return sa.text(f"{text}\n").columns().subquery("asked")


def selection(table: Table, source: sa.FromClause, since: Scalar | None) -> sa.Select[Any]:
    """Select a table's columns in the order of its key.

    Args:
        table: The table.
        source: What it is read from.
        since: Only rows beyond this value of its watermark; with a key also those at it. None for all.
    """
    columns = {column.name: _column(column.name) for column in table.columns}
    query = sa.select(*columns.values()).select_from(source).order_by(*(columns[column.name] for column in table.key))
    if since is None or not table.reading.watermark:
        return query
    mark = _column(table.reading.watermark)
    # Rows of the same mark may have come since; with a key they are known again.
    return query.where(mark >= since if table.key else mark > since)


def _column(name: str) -> sa.ColumnClause[Any]:
    return sa.column(sa.quoted_name(name, quote=True))

"""The model's tables as SQLAlchemy tables: the natural star schema, as it is in the database."""

from __future__ import annotations

import sqlalchemy as sa

from cube_server.backends.sql.dialects import Dialect
from cube_server.errors import CapabilityError
from cube_server.model.tables import Table


def sql_table(table: Table, dialect: Dialect) -> sa.TableClause:
    """Give a table as statements name it; `schema.table` in the model names the schema too.

    Raises:
        CapabilityError: The table is made of others by a load.
    """
    if table.derivation is not None:
        problem = f"Table {table.name!r} is made of others when it is loaded; the database does not have it."
        raise CapabilityError(problem, hint=f"Make a view {table.name!r} there and leave `from` out of the model.")
    schema, _, name = table.source.rpartition(".")
    columns = (dialect.column(column.name, column.type) for column in table.columns)
    return sa.table(name, *columns, schema=schema or None)

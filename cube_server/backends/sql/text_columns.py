"""Columns that are taken as text, whatever they are kept as."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class TextColumn(sa.ColumnClause[str]):
    """A column of a table that may be `uuid`, an enum or `char(n)`: those are not compared with text, or not as text.

    Where it is text already, PostgreSQL takes the cast out before it plans, so that indexes and partitions serve.
    """

    inherit_cache = True


@compiles(TextColumn, "postgresql")
def _cast(column: TextColumn, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401  # as SQLAlchemy types them
    return f"CAST({compiler.visit_column(column, **options)} AS TEXT)"

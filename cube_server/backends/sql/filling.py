"""Tables that are made of what a statement gives: filled on all cores where a database has several, in an order."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from cube_server.backends.sql.dialects import Selection


class TableOf(sa.Executable, sa.ClauseElement):
    """`CREATE TABLE ... AS`, with parameters.

    SQLAlchemy's own takes none, and an `INSERT ... SELECT` into a table that was made before PostgreSQL runs on one
    core. The types of columns are those that the statement gives.

    Args:
        table: The table's name and schema.
        select: Gives its rows.
        order: The labels of columns by which rows lie together, first that which is most alike.
    """

    inherit_cache = False

    def __init__(self, table: sa.Table, select: Selection, order: tuple[str, ...]) -> None:
        self.table, self.select, self.order = table, select, order


@compiles(TableOf)
def _in_order(element: TableOf, compiler: SQLCompiler, **given: object) -> str:
    select = element.select
    ordered = select.order_by(*(select.selected_columns[label] for label in element.order))
    return f"CREATE TABLE {compiler.preparer.format_table(element.table)} AS {compiler.process(ordered, **given)}"


@compiles(TableOf, "clickhousedb")
def _in_parts(element: TableOf, compiler: SQLCompiler, **given: object) -> str:
    """Let ClickHouse sort: the order is its index."""
    name = compiler.preparer.format_table(element.table)
    order = ", ".join(map(compiler.preparer.quote, element.order)) or "tuple()"
    kept = f"ENGINE = MergeTree ORDER BY ({order}) SETTINGS allow_nullable_key = 1"
    return f"CREATE TABLE {name} {kept} AS {compiler.process(element.select, **given)}"

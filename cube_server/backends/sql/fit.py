"""Does a database hold what a model asks for? Its tables, their columns and types, and the right to read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import sqlalchemy as sa

from cube_server.backends.sql.database import Database
from cube_server.backends.sql.derivations import sources_of
from cube_server.backends.sql.dialects import Dialect
from cube_server.backends.sql.findings import Finding, unreadable
from cube_server.backends.sql.members import reading, reference
from cube_server.backends.sql.stored_types import is_taken
from cube_server.backends.sql.tables import sql_table
from cube_server.errors import ModelError, WarehouseError, nearest
from cube_server.model.elements import Model
from cube_server.model.tables import Table
from cube_server.types import DataType

_SECONDS = 60.0


def check_tables(model: Model, database: Database, matters: Callable[[Table], bool] = lambda _: True) -> None:
    """Refuse a model whose tables and columns a database does not have, or does not let us read.

    Args:
        model: The model.
        database: The database.
        matters: Tells whether a table is to be there.

    Raises:
        ModelError: Tables or columns are missing or of another type; the error lists all.
        WarehouseError: The database does not answer.
    """
    _refuse(finding for table in _wanted(model, matters) for finding in misfits(table, database))


def check_columns(model: Model, database: Database, matters: Callable[[Table], bool] = lambda _: True) -> None:
    """Refuse a model whose columns the tables that a database has lack, or have as another type.

    Only the catalog is asked, so that it may be done wherever a database is opened; see `check_tables`.
    """
    stored = ((table, database.columns(table.source)) for table in _wanted(model, matters))
    _refuse(finding for table, columns in stored if columns for finding in _columns(table, columns, database))


def _wanted(model: Model, matters: Callable[[Table], bool]) -> Iterable[Table]:
    return dict.fromkeys(part for table in tables_of(model) if matters(table) for part in sources_of(table))


def _refuse(findings: Iterable[Finding]) -> None:
    found = [finding.issue() for finding in findings]
    if found:
        raise ModelError(
            "The model does not fit the database.",
            hint="Change either; `cube-server validate MODEL --against URL` looks at the rows too.",
            issues=found,
        )


def tables_of(model: Model) -> tuple[Table, ...]:
    """List the tables that questions read, each once."""
    bridges = (
        found.table for cube in model.cubes for link in cube.links if link.through for found in reference(cube, link)
    )
    dimensions = (dimension.table for dimension in model.dimensions)
    return tuple(dict.fromkeys((*dimensions, *(cube.table for cube in model.cubes), *bridges)))


def misfits(table: Table, database: Database) -> Iterator[Finding]:
    """Find what keeps a table from being read as the model says."""
    columns = database.columns(table.source)
    place = f"/tables/{table.name}"
    if columns is None:
        yield Finding(
            place=place,
            table=table.source or table.name,
            found=f"The database has no table {table.source or table.name!r}",
            fix='Name it by `"source": "schema.table"`, make a view of that name, or let the role see its schema.',
            is_mistake=True,
        )
        return
    found = [*_columns(table, columns, database)]
    yield from found or _refusals(table, database)


def _columns(table: Table, columns: Mapping[str, str], database: Database) -> Iterator[Finding]:
    for column in table.columns:
        place = f"/tables/{table.name}/columns/{column.name}"
        if column.name not in columns:
            yield Finding(
                place=place,
                table=table.source,
                columns=(column.name,),
                found=f"The database's table {table.source!r} has no column {column.name!r}",
                fix=nearest(column.name, columns),
                is_mistake=True,
            )
        elif not _is_taken(column.type, columns[column.name], database.dialect):
            yield Finding(
                place=place,
                table=table.source,
                columns=(column.name,),
                found=f"{table.source}.{column.name} is {columns[column.name]} in the database",
                expected=f"what can be {column.type}",
                fix=f"Change the type in the model, or make a view that casts {column.name}.",
                is_mistake=True,
            )


def _is_taken(type_: DataType, stored: str, dialect: Dialect) -> bool:
    return is_taken(type_, stored, casts_text=dialect.casts_text, cuts_floats=dialect.cuts_floats)


def _refusals(table: Table, database: Database) -> Iterator[Finding]:
    """Ask for no rows: who may not read a table, or whose view is broken, is told so."""
    rows = sql_table(table, database.dialect)
    asked = sa.select(*(rows.c[column.name] for column in table.columns)).limit(0)
    try:
        database.fetch(asked, {column.name: column.type for column in table.columns}, reading(_SECONDS))
    except WarehouseError as error:
        yield unreadable(f"/tables/{table.name}", table, error)

"""Derived tables as subselects: rows of one table, others joined beside them, a condition, and a formula a column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import sqlalchemy as sa

from cube_server.backends.sql.dialects import Column, Dialect, Selection
from cube_server.backends.sql.row_formulas import RowFormulas, Typed
from cube_server.errors import CapabilityError
from cube_server.model.making import TotalKind
from cube_server.model.tables import Derivation, Table

_TOTALS: Mapping[TotalKind, Callable[[Column], Column]] = {
    TotalKind.COUNT: sa.func.count,
    TotalKind.SUM: lambda column: sa.func.coalesce(sa.func.sum(column), 0),
    TotalKind.MIN: sa.func.min,
    TotalKind.MAX: sa.func.max,
}

Clause = Callable[[Table], sa.FromClause]
"""Gives a table of the model as statements read it."""


def derived(table: Table, derivation: Derivation, clause: Clause, dialect: Dialect) -> sa.Subquery:
    """Write a derived table.

    Args:
        table: The table.
        derivation: How it is made.
        clause: Gives the tables that it is made of.
        dialect: The database's.

    Raises:
        CapabilityError: A formula cannot be said in this database, or a step can only be taken by a load.
    """
    _refuse_steps_of_loads(table)
    source, formulas = _joined(table, derivation, clause, dialect)
    columns = [formulas.value(value, column.type).label(column.name) for column, value in derivation.values]
    rows = sa.select(*columns).select_from(source)
    if derivation.where is not None:
        rows = rows.where(formulas.of(derivation.where))
    if derivation.totals:
        rows = _totalled(rows.subquery(), dict(derivation.totals))
    return _made(table, (rows.distinct() if derivation.distinct else rows).subquery(), dialect)


def sources_of(table: Table) -> Iterator[Table]:
    """Go through the tables of the database that a table is made of, or that it is."""
    if table.derivation is None:
        yield table
        return
    for part in table.derivation.tables:
        yield from sources_of(part)


def _joined(
    table: Table, derivation: Derivation, clause: Clause, dialect: Dialect
) -> tuple[sa.FromClause, RowFormulas]:
    """Put tables beside the rows of the first one; give what formulas may name of them."""
    rows = clause(derivation.table).alias("t")
    formulas = RowFormulas(dialect, _named(derivation.table, rows, "", f"{derivation.table.name}."), table.name)
    source: sa.FromClause = rows
    for number, join in enumerate(derivation.joins):
        other = clause(join.table).alias(f"j{number}")
        on = [other.c[column.name] == formulas.of(value) for column, value in join.on]
        source = source.join(other, sa.and_(*on), isouter=join.keeps_all)
        formulas = replace(formulas, columns={**formulas.columns, **_named(join.table, other, f"{join.name}.")})
    return source, formulas


def _named(table: Table, rows: sa.FromClause, *prefixes: str) -> dict[str, Typed]:
    return {
        f"{prefix}{column.name}": (rows.c[column.name], column.type) for prefix in prefixes for column in table.columns
    }


def _totalled(rows: sa.Subquery, totals: Mapping[str, TotalKind]) -> Selection:
    """Make one row of those that are equal in all other columns."""
    keys = [column for column in rows.c if column.name not in totals]
    found = [sa.cast(_TOTALS[kind](rows.c[name]), rows.c[name].type).label(name) for name, kind in totals.items()]
    return sa.select(*keys, *found).group_by(*keys)


def _made(table: Table, rows: sa.Subquery, dialect: Dialect) -> sa.Subquery:
    """Add the columns that are computed of others, and keep the rows that the table keeps."""
    making = table.making
    types = {column.name: column.type for column in table.columns}
    for name, formula in making.computed.items():
        formulas = RowFormulas(dialect, {each.name: (each, types[each.name]) for each in rows.c}, table.name)
        rows = sa.select(*rows.c, formulas.value(formula, types[name]).label(name)).subquery()
    if making.where is not None:
        formulas = RowFormulas(dialect, {each.name: (each, types[each.name]) for each in rows.c}, table.name)
        rows = sa.select(*rows.c).where(formulas.of(making.where)).subquery()
    return rows


def _refuse_steps_of_loads(table: Table) -> None:
    making = table.making
    steps = {
        "a hook": making.hook,
        "columns that are cleaned": any(part.is_of_text or part.zones for part in making.cleanings.values()),
        "defaults": making.defaults,
        "duplicates": making.duplicates,
    }
    found = [name for name, is_there in steps.items() if is_there]
    if found:
        problem = f"Table {table.name!r} is made of others with {', '.join(found)}."
        raise CapabilityError(problem, hint=f"Make a view {table.name!r} there, or load the data into a warehouse.")

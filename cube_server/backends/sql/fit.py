"""Does a database hold what a model asks for? Its tables and types first, then what its rows are like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from cube_server.backends.sql.backend import SqlBackend
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.dialects import Selection
from cube_server.backends.sql.members import reading, reference
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.tables import sql_table
from cube_server.backends.sql.versions import versions_in_time
from cube_server.errors import Issue, ModelError, WarehouseError, nearest
from cube_server.model.elements import Model
from cube_server.model.tables import Column, Table
from cube_server.types import DataType, Kind

_SECONDS = 600.0
_NUMBER = DataType(Kind.INT)

_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"timestamp|datetime", re.IGNORECASE), Kind.TIMESTAMP),
    (re.compile(r"date", re.IGNORECASE), Kind.DATE),
    (re.compile(r"bool", re.IGNORECASE), Kind.BOOL),
    (re.compile(r"dec|numeric", re.IGNORECASE), Kind.DECIMAL),
    (re.compile(r"double|float|real", re.IGNORECASE), Kind.FLOAT),
    (re.compile(r"int", re.IGNORECASE), Kind.INT),
    (re.compile(r"char|text|string|uuid|enum", re.IGNORECASE), Kind.TEXT),
)
_TAKEN: dict[Kind, frozenset[Kind]] = {
    Kind.INT: frozenset({Kind.INT, Kind.DECIMAL}),
    Kind.FLOAT: frozenset({Kind.FLOAT, Kind.DECIMAL, Kind.INT}),
    Kind.DECIMAL: frozenset({Kind.DECIMAL, Kind.INT, Kind.FLOAT}),
    Kind.BOOL: frozenset({Kind.BOOL, Kind.INT}),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a table's rows.

    Attributes:
        place: A JSON pointer into the model.
        told: One sentence.
        is_mistake: Whether numbers would be wrong, or questions fail.
    """

    place: str
    told: str
    is_mistake: bool = False


def check_tables(model: Model, database: Database, matters: Callable[[Table], bool] = lambda _: True) -> None:
    """Refuse a model whose tables and columns a database does not have.

    Args:
        model: The model.
        database: The database.
        matters: Tells whether a table is to be there.

    Raises:
        ModelError: Tables or columns are missing or of another type; the error lists all.
        WarehouseError: The database does not answer.
    """
    issues = tuple(issue for table in tables_of(model) if matters(table) for issue in _misfits(table, database))
    if issues:
        raise ModelError("The model does not fit the database.", hint="Change either.", issues=issues)


def tables_of(model: Model) -> tuple[Table, ...]:
    """List the tables that questions read, each once."""
    bridges = (
        found.table for cube in model.cubes for link in cube.links if link.through for found in reference(cube, link)
    )
    dimensions = (dimension.table for dimension in model.dimensions)
    return tuple(dict.fromkeys((*dimensions, *(cube.table for cube in model.cubes), *bridges)))


def findings(model: Model, database: Database) -> Iterator[Finding]:
    """Look at the rows: keys that repeat, keys without a row, and the time that facts cover."""
    for table in tables_of(model):
        yield from _keys(table, database)
        if table.has_versions:
            yield from _validity(table, database)
    for cube in model.cubes:
        for link in cube.links:
            for found in reference(cube, link):
                place = f"/cubes/{cube.name}/links/{link.name}"
                yield from _orphans(place, found.table, found.column, (link.dimension.table, found.key), database)


def coverages(model: Model, database: Database) -> list[Finding]:
    """Tell the days that each cube's facts cover; the keys of the dimensions must be right."""
    star = Star(model, database, _SECONDS)
    backend = SqlBackend(star, "")
    days = ((cube, backend.last_day(cube)) for cube in model.cubes)
    return [Finding(f"/cubes/{cube.name}", f"facts until {day}.") for cube, day in days if day is not None]


def _misfits(table: Table, database: Database) -> Iterator[Issue]:
    columns = database.columns(table.source) if table.derivation is None else None
    if columns is None:
        yield Issue(f"/tables/{table.name}", f"The database has no table {table.source or table.name!r}.")
        return
    for column in table.columns:
        place = f"/tables/{table.name}/columns/{column.name}"
        if column.name not in columns:
            hint = nearest(column.name, columns)
            yield Issue(place, f"The database's table {table.source!r} has no column {column.name!r}.", hint)
        elif not _is_taken(column.type, columns[column.name]):
            yield Issue(place, f"The database has it as {columns[column.name]}, the model as {column.type}.")


def _is_taken(type_: DataType, stored: str) -> bool:
    kind = next((kind for pattern, kind in _KINDS if pattern.search(stored)), None)
    return kind is None or kind in _TAKEN.get(type_.kind, frozenset({type_.kind}))


def _keys(table: Table, database: Database) -> Iterator[Finding]:
    rows = sql_table(table, database.dialect)
    place = f"/tables/{table.name}"
    count = _number(sa.select(sa.func.count()).select_from(rows), database)
    yield Finding(place, f"{count:,} rows.")
    if not table.key:
        return
    history = table.history
    told = table.key if history is None or history.first is None else (*table.key, history.first)
    keys = [rows.c[column.name] for column in told]
    names = ", ".join(column.name for column in told)
    groups = sa.select(*keys).group_by(*keys).having(sa.func.count() > 1).subquery("g")
    if twice := _number(sa.select(sa.func.count()).select_from(groups), database):
        yield Finding(f"{place}/key", f"{twice:,} keys ({names}) stand in several rows.", is_mistake=True)
    lacks = sa.or_(*(rows.c[column.name].is_(None) for column in table.key))
    if nulls := _number(sa.select(sa.func.count()).select_from(rows).where(lacks), database):
        names = ", ".join(column.name for column in table.key)
        yield Finding(f"{place}/key", f"{nulls:,} rows have no key ({names}).", is_mistake=True)


def _validity(table: Table, database: Database) -> Iterator[Finding]:
    """Look for versions of one key that overlap or leave a gap."""
    columns = {column.name: column.type for column in (*table.key, *(table.history.days if table.history else ()))}
    rows = sql_table(table, database.dialect)
    versions = database.fetch(sa.select(*(rows.c[name] for name in columns)), columns, reading(_SECONDS))
    try:
        versions_in_time(table, versions.drop_nulls(table.key[0].name))
    except WarehouseError as error:
        yield Finding(f"/tables/{table.name}/history", str(error), is_mistake=True)


def _orphans(
    place: str, table: Table, column: Column, known: tuple[Table, Column], database: Database
) -> Iterator[Finding]:
    facts = sql_table(table, database.dialect).alias("f")
    members, key = sql_table(known[0], database.dialect).alias("d"), known[1]
    own = facts.c[column.name]
    rows = sa.select(members.c[key.name].label("key")).where(members.c[key.name].is_not(None)).distinct().subquery("k")
    missing = sa.select(sa.func.count(), sa.func.count(own.distinct()))
    missing = missing.select_from(facts.outerjoin(rows, rows.c.key == own)).where(
        own.is_not(None), rows.c.key.is_(None)
    )
    found = database.fetch(missing, {"rows": _NUMBER, "keys": _NUMBER}, reading(_SECONDS)).row(0)
    if found[0]:
        told = f"{found[0]:,} rows have one of {found[1]:,} keys ({column.name}) that {known[0].name} lacks: unknown."
        yield Finding(place, told)
    nulls = _number(sa.select(sa.func.count()).select_from(facts).where(own.is_(None)), database)
    if nulls:
        yield Finding(place, f"{nulls:,} rows have no {column.name}: null.")


def _number(statement: Selection, database: Database) -> int:
    return int(database.fetch(statement, {"n": _NUMBER}, reading(_SECONDS))["n"][0])

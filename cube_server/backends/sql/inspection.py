"""What the rows of a database's tables are like: mistakes in keys, links and numbers, and the time that they cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from cube_server.backends.sql.database import Database
from cube_server.backends.sql.derivations import sources_of
from cube_server.backends.sql.dialects import Column as SqlColumn
from cube_server.backends.sql.dialects import Dialect, Selection
from cube_server.backends.sql.findings import (
    Finding,
    empty_key,
    no_keys,
    repeated_key,
    rounded_away,
    unknown_keys,
    unreadable,
)
from cube_server.backends.sql.fit import misfits, tables_of
from cube_server.backends.sql.members import Reference, reading, reference
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.stored_types import is_inexact
from cube_server.errors import UserError
from cube_server.model.elements import Cube, Model
from cube_server.model.tables import Table
from cube_server.progress import SILENT, Progress, counted
from cube_server.types import DataType, Kind, Scalar

_SECONDS = 3600.0
"""The longest that a statement may take: those over facts read them all."""
_NUMBER = DataType(Kind.INT)
_TOLERANCE = 1e-3
"""Of the last digit; doubles of 15 digits are exact to less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The days that a cube's facts cover.

    Attributes:
        cube: The cube.
        link: Its link to time.
        first: The key of the first day with facts.
        last: That of the last.
        days: How many days have facts.
        all: How many days the calendar has between the two.
    """

    cube: str
    link: str
    first: Scalar
    last: Scalar
    days: int
    all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found.

    Attributes:
        rows: The rows of each table that can be read, by its name in the model.
        coverages: The days that facts cover, by each link to time.
        findings: All findings, mistakes and others.
    """

    rows: tuple[tuple[str, int], ...]
    coverages: tuple[Coverage, ...]
    findings: tuple[Finding, ...]

    @property
    def mistakes(self) -> tuple[Finding, ...]:
        """The findings that make numbers wrong or questions fail."""
        return tuple(finding for finding in self.findings if finding.is_mistake)


def inspect(
    model: Model,
    database: Database,
    progress: Progress = SILENT,
    matters: Callable[[Table], bool] = lambda _: True,
    star: Star | None = None,
) -> Inspection:
    """Look at every table that questions read, and at its rows.

    Args:
        model: The model.
        database: The database.
        progress: Watches.
        matters: Tells whether a table lies in this database.
        star: Reads members, where those of another place join them.

    Raises:
        WarehouseError: The database does not answer.
    """
    inspector = _Inspector(model, database, progress, star or Star(model, database, _SECONDS))
    return inspector.run([table for table in tables_of(model) if matters(table)])


class _Inspector:
    """Goes through the tables of one database."""

    def __init__(self, model: Model, database: Database, progress: Progress, star: Star) -> None:
        self._model, self._database, self._progress, self._star = model, database, progress, star
        self._findings: list[Finding] = []
        self._rows: dict[str, int] = {}
        self._coverages: list[Coverage] = []

    def run(self, tables: list[Table]) -> Inspection:
        """Look at structure first, then at rows of the tables that can be read."""
        self._progress.start("tables and columns", len(tables), "tables")
        fitting = []
        for table in tables:
            found = [wrong for source in sources_of(table) for wrong in misfits(source, self._database)]
            self._findings += found
            fitting += [] if found else [table]
            self._progress.advance()
        self._progress.finish(f"{len(fitting)} of {len(tables)} fit")
        for table in fitting:
            self._progress.start(table.source or table.name, None, "checks")
            self._findings += self._table(table)
            self._links(table, fitting)
            self._progress.finish(counted(self._rows[table.name], "row"))
        self._findings += self._dimensions(tables, fitting)
        return Inspection(
            rows=tuple(self._rows.items()), coverages=tuple(self._coverages), findings=tuple(self._findings)
        )

    def _links(self, table: Table, fitting: list[Table]) -> None:
        seen: set[Reference] = set()
        for cube in self._model.cubes:
            for link in cube.links:
                for found in reference(cube, link):
                    if found.table != table or found.dimension.table not in fitting or found in seen:
                        continue
                    seen.add(found)
                    self._findings += self._orphans(f"/cubes/{cube.name}/links/{link.name}", found)
                    self._progress.advance()
                    if link.dimension.is_time and link.through is None and link.level is None:
                        self._coverages += self._coverage(cube, link.name, found)

    def _dimensions(self, tables: list[Table], fitting: list[Table]) -> Iterator[Finding]:
        """Read the members as a server does: trees, versions and sizes are looked at there."""
        wrong = {finding.table for finding in self._findings if finding.is_mistake}
        for dimension in self._model.dimensions:
            table = dimension.table
            is_told = table.source in wrong and not table.has_versions
            if (table in tables and table not in fitting) or is_told:
                continue
            try:
                self._star.index(dimension)
            except UserError as error:
                yield unreadable(f"/dimensions/{dimension.name}", table, error)

    def _table(self, table: Table) -> Iterator[Finding]:
        rows = self._star.tables.clause(table)
        types = {} if table.derivation else self._database.columns(table.source) or {}
        inexact = [one for one in table.columns if one.name in types and is_inexact(one.type, types[one.name])]
        keys = [rows.c[column.name] for column in table.key]
        counted = [sa.func.count(), _count_if(sa.or_(sa.false(), *(key.is_(None) for key in keys)))]
        counted += [
            _count_if(_is_rounded(rows.c[column.name], column.type, self._database.dialect)) for column in inexact
        ]
        count, nulls, *rounded = self._numbers(sa.select(*counted).select_from(rows))
        self._rows[table.name] = count
        self._progress.advance()
        if nulls:
            yield empty_key(table, nulls)
        for column, number in zip(inexact, rounded, strict=True):
            if number:
                yield rounded_away(table, column, types[column.name], number)
        if table.key:
            history = table.history
            versions = [] if history is None or history.first is None else [rows.c[history.first.name]]
            yield from self._repeated(table, [*keys, *versions])
            self._progress.advance()

    def _repeated(self, table: Table, keys: Sequence[SqlColumn]) -> Iterator[Finding]:
        number = sa.func.count().label("n")
        is_key = sa.and_(*(key.is_not(None) for key in keys[: len(table.key)]))
        first = sa.func.min(keys[0]).label("key")
        groups = sa.select(first, number).where(is_key).group_by(*keys).having(sa.func.count() > 1).subquery("g")
        told = sa.select(sa.func.count(), sa.func.sum(groups.c.n), sa.func.min(groups.c.key)).select_from(groups)
        schema = {"keys": _NUMBER, "rows": _NUMBER, "key": table.key[0].type}
        twice, rows, example = self._database.fetch(told, schema, reading(_SECONDS)).row(0)
        if twice:
            yield repeated_key(table, twice, rows, example)

    def _orphans(self, place: str, found: Reference) -> Iterator[Finding]:
        facts = self._star.tables.clause(found.table).alias("f")
        members = self._star.tables.clause(found.dimension.table).alias("d")
        own, key = facts.c[found.column.name], members.c[found.key.name]
        known = sa.select(key.label("key")).where(key.is_not(None)).distinct().subquery("k")
        is_lost = sa.and_(own.is_not(None), known.c.key.is_(None))
        lost = sa.case((is_lost, own))
        told = sa.select(
            sa.func.count(lost), sa.func.count(lost.distinct()), sa.func.min(lost), _count_if(own.is_(None))
        )
        told = told.select_from(facts.outerjoin(known, known.c.key == own))
        schema = {"rows": _NUMBER, "keys": _NUMBER, "key": found.column.type, "nulls": _NUMBER}
        rows, keys, example, nulls = self._database.fetch(told, schema, reading(_SECONDS)).row(0)
        if rows:
            yield unknown_keys(place, found, rows, keys, example)
        if nulls:
            yield no_keys(place, found, nulls)

    def _coverage(self, cube: Cube, link: str, found: Reference) -> Iterator[Coverage]:
        level = found.dimension.hierarchies[0].levels[-1].key
        facts = self._star.tables.clause(found.table).alias("f")
        days = self._star.tables.clause(found.dimension.table).alias("d")
        day = days.c[level.name]
        joined = facts.join(days, days.c[found.key.name] == facts.c[found.column.name])
        told = sa.select(sa.func.min(day), sa.func.max(day), sa.func.count(day.distinct())).select_from(joined)
        schema = {"first": level.type, "last": level.type, "days": _NUMBER}
        first, last, number = self._database.fetch(told, schema, reading(_SECONDS)).row(0)
        if number:
            between = sa.select(sa.func.count(day.distinct())).where(day.between(first, last))
            (every,) = self._numbers(between)
            yield Coverage(cube=cube.name, link=link, first=first, last=last, days=number, all=every)

    def _numbers(self, statement: Selection) -> tuple[int, ...]:
        schema = {f"n{place}": _NUMBER for place, _ in enumerate(statement.selected_columns)}
        found = self._database.fetch(statement, schema, reading(_SECONDS)).row(0)
        return tuple(int(number or 0) for number in found)


def _count_if(condition: SqlColumn) -> SqlColumn:
    return sa.func.count(sa.case((condition, 1)))


def _is_rounded(value: SqlColumn, type_: DataType, dialect: Dialect) -> SqlColumn:
    """Tell whether a number has further digits; a float that is next to a number of so few is meant to be it."""
    scale = type_.scale if type_.kind is Kind.DECIMAL else 0
    number = sa.cast(value, dialect.type(DataType(Kind.FLOAT))) * 10.0**scale
    return sa.func.abs(number - sa.func.round(number)) > _TOLERANCE

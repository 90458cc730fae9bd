"""Making a rollup: the statement that fills its table from the facts, and what has to be known of it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from cube_server.backends.sql.aggregates import Measured, measured
from cube_server.backends.sql.database import Writable
from cube_server.backends.sql.dialects import Column, Selection
from cube_server.backends.sql.filling import TableOf
from cube_server.backends.sql.members import reading
from cube_server.backends.sql.parts import Part
from cube_server.backends.sql.rollups.moments import scatter
from cube_server.backends.sql.rollups.rows import Stored
from cube_server.backends.sql.rollups.shape import PREFIX, Held, Shape, Told, storage
from cube_server.backends.sql.rollups.shelf import Record, Shelf
from cube_server.backends.sql.rows import NUMBER, Rows
from cube_server.backends.sql.star import Star
from cube_server.model.elements import AggregateKind
from cube_server.model.tables import Column as FactColumn
from cube_server.plan.nodes import Aggregate
from cube_server.types import Kind

_SECONDS = 24 * 3600.0

_INDEXED = 5_000
"""Fewer rows than these are read whole in no more time."""

_TELLING = 4
"""A column with fewer different values leaves so much of a table that no index is asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The cells of a rollup, as the facts give them.

    Attributes:
        shape: What its table looks like.
        shelf: Where it is to lie.
        select: Gives its rows, with the table's columns in order.
        every: Gives one row with the aggregates of all facts.
        types: The SQL types of its columns.
        measured: Its aggregates, by name.
        sought: The columns that cuts go by, each with how many different values it may have, the fewest first.
    """

    shape: Shape
    shelf: Shelf
    select: Selection
    every: Selection
    types: tuple[tuple[str, sa.types.TypeEngine[Any]], ...]
    measured: Mapping[str, Measured]
    sought: Mapping[str, int]

    def table(self, name: str) -> sa.Table:
        """Give the table of these cells."""
        return self.shelf.table(name, self.types)

    def stored(self, record: Record) -> Stored:
        """Give the rollup that lies in a table."""
        numbers = {name for name, one in self.shape.held.items() if one.kind is not AggregateKind.DISTINCT}
        types = {name: (one.type, one.scale) for name, one in self.measured.items()}
        return Stored(
            shape=self.shape,
            table=self.table(record.table),
            size=record.rows,
            numbers=frozenset({*numbers, *record.adding}),
            types=types,
        )

    def fill(self, database: Writable, name: str) -> tuple[int, tuple[str, ...]]:
        """Make the table, in place of what a failure has left of it.

        Returns:
            How many rows it has, and which counts of different keys add up.

        Raises:
            WarehouseError: The database refuses.
        """
        table = self.table(name)
        filled = TableOf(table, self.select, tuple(self.sought))
        database.change([sa.schema.DropTable(table, if_exists=True), filled])
        counted = [one for one in self.shape.held.values() if one.kind is AggregateKind.DISTINCT]
        added = (sa.func.coalesce(sa.func.sum(table.c[one.column]), 0) for one in counted)
        types = {"rows": NUMBER, **{one.column: NUMBER for one in counted}}
        found = database.fetch(sa.select(sa.func.count(), *added).select_from(table), types, reading(_SECONDS)).row(0)
        if found[0] >= _INDEXED and database.dialect.has_indexes:
            database.change([*self._indexes(table)])
        database.settle(table)
        return int(found[0]), self._adding(database, counted, found[1:])

    def _indexes(self, table: sa.Table) -> Iterator[sa.schema.CreateIndex]:
        """Index each column that tells enough: a database joins what several say to find the few rows of all cuts."""
        telling = (label for label, count in self.sought.items() if count >= _TELLING)
        for number, label in enumerate(telling, start=1):
            yield sa.schema.CreateIndex(sa.Index(f"{table.name}_{number}", table.c[label]))

    def _adding(self, database: Writable, counted: list[Held], added: tuple[object, ...]) -> tuple[str, ...]:
        """Tell of which keys none lies in two cells: their counts add up to that of all facts."""
        if not counted:
            return ()
        types = {one.column: NUMBER for one in counted}
        whole = database.fetch(self.every, types, reading(_SECONDS)).row(0)
        return tuple(one.name for one, sum_, all_ in zip(counted, added, whole, strict=True) if sum_ == all_)


def cells_of(shape: Shape, star: Star, shelf: Shelf) -> Cells:
    """Write the statement that gives a rollup's cells."""
    rows = _facts(shape, star)
    grouped: list[Column] = [rows.base.c[column.name] for column in shape.keys]
    columns = [(column.name, own) for column, own in zip(shape.keys, grouped, strict=True)]
    sought: dict[str, int] = {}
    for told in shape.told.values():
        parts = rows.parts(told.refs)
        sought |= dict(_sought(told, parts))
        telling = rows.telling(told.refs, parts)
        alike = {part for part in parts if part not in telling and part.type.kind is not Kind.BOOL}
        grouped += [part.column for part in parts if part not in alike]
        columns += _of_link(told, rows, [_greatest(part) if part in alike else part for part in parts])
    found = {name: _measured(one, rows) for name, one in shape.held.items()}
    labelled = (column.label(label) for label, column in columns)
    select = rows.select(*labelled, *(found[name].column.label(one.column) for name, one in shape.held.items()))
    select = select.group_by(*grouped) if grouped else select.having(sa.func.count() > 0)
    dialect = star.dialect
    types = {label: dialect.type(type_) for label, type_ in shape.types()}
    types |= {one.column: storage(found[name].type, found[name].scale, dialect) for name, one in shape.held.items()}
    sought = dict(sorted(sought.items(), key=lambda one: one[1]))
    return Cells(shape, shelf, select, _every(shape, star), tuple(types.items()), found, sought)


def table_name(shape: Shape, state: str) -> str:
    """Name the table of a rollup: by what it is of, and by the state of the facts."""
    return f"{PREFIX}{shape.hash}_{state.removeprefix('live-')[:8]}"


def _facts(shape: Shape, star: Star) -> Rows:
    base = star.table(shape.cube.table, "f")
    return Rows(star, base, lambda link: base.c[link.column.name])


def _every(shape: Shape, star: Star) -> Selection:
    rows = _facts(shape, star)
    counted = (one for one in shape.held.values() if one.kind is AggregateKind.DISTINCT)
    return rows.select(*[measured(_aggregate(one), rows).column.label(one.column) for one in counted])


def _measured(one: Held, rows: Rows) -> Measured:
    if one.kind is AggregateKind.VARIANCE and isinstance(one.over, FactColumn):
        return scatter(one.over, rows)
    return measured(_aggregate(one), rows)


def _aggregate(one: Held) -> Aggregate:
    return Aggregate(name=one.column, kind=one.kind, over=one.over)


def _sought(told: Told, parts: tuple[Part, ...]) -> Iterator[tuple[str, int]]:
    """Go through the columns of a link that cuts go by: those of its levels and, as days are cut by ranges, the key."""
    counts = {part.values.name: part.values.n_unique() for part in parts}
    yield from ((own, counts[name]) for name, own in told.columns.items())
    if told.link.dimension.is_time or not told.columns:
        yield told.key, max(counts.values())


def _greatest(part: Part) -> Part:
    """Give a column that is the same in all facts of a cell, unless keys came that were not read: these show then.

    Flags, of which PostgreSQL knows no greatest, are grouped.
    """
    return replace(part, column=sa.func.max(part.column, type_=part.column.type))


def _of_link(told: Told, rows: Rows, parts: Sequence[Part]) -> Iterator[tuple[str, Column]]:
    """Go through the columns that are kept of a link, in the order of `Shape.types`."""
    if told.key in told.columns.values():
        yield told.key, parts[0].column
        return
    yield told.key, sa.func.min(rows.key(told.link))
    named = {part.values.name: part.column for part in parts}
    yield from ((own, named[name]) for name, own in told.columns.items())
    if told.unknown:
        yield told.unknown, parts[-1].column

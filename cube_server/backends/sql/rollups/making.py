"""Making a rollup: the statement that fills its table from the facts, and what has to be known of it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cube_server.backends.sql.aggregates import Measured, measured
from cube_server.backends.sql.database import Writable
from cube_server.backends.sql.dialects import Column, Selection
from cube_server.backends.sql.members import reading
from cube_server.backends.sql.rollups.rows import Stored
from cube_server.backends.sql.rollups.shape import PREFIX, Held, Shape, Told, storage
from cube_server.backends.sql.rollups.shelf import Record, Shelf
from cube_server.backends.sql.rows import NUMBER, Part, Rows
from cube_server.backends.sql.star import Star
from cube_server.model.elements import AggregateKind
from cube_server.plan.nodes import Aggregate

_SECONDS = 24 * 3600.0


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
    """

    shape: Shape
    shelf: Shelf
    select: Selection
    every: Selection
    types: tuple[tuple[str, sa.types.TypeEngine[Any]], ...]
    measured: Mapping[str, Measured]

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
        labels = [label for label, _ in self.types]
        database.change(
            [
                sa.schema.DropTable(table, if_exists=True),
                sa.schema.CreateTable(table),
                sa.insert(table).from_select(labels, self.select),
            ]
        )
        counted = [one for one in self.shape.held.values() if one.kind is AggregateKind.DISTINCT]
        added = (sa.func.coalesce(sa.func.sum(table.c[one.column]), 0) for one in counted)
        types = {"rows": NUMBER, **{one.column: NUMBER for one in counted}}
        found = database.fetch(sa.select(sa.func.count(), *added).select_from(table), types, reading(_SECONDS)).row(0)
        return int(found[0]), self._adding(database, counted, found[1:])

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
    for told in shape.told.values():
        parts = rows.parts(told.refs)
        grouped += [part.column for part in parts]
        columns += _of_link(told, rows, parts)
    found = {name: measured(_aggregate(one), rows) for name, one in shape.held.items()}
    labelled = (column.label(label) for label, column in columns)
    select = rows.select(*labelled, *(found[name].column.label(one.column) for name, one in shape.held.items()))
    select = select.group_by(*grouped) if grouped else select.having(sa.func.count() > 0)
    dialect = star.dialect
    types = {label: dialect.type(type_) for label, type_ in shape.types()}
    types |= {one.column: storage(found[name].type, found[name].scale, dialect) for name, one in shape.held.items()}
    return Cells(shape, shelf, select, _every(shape, star), tuple(types.items()), found)


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


def _aggregate(one: Held) -> Aggregate:
    return Aggregate(name=one.column, kind=one.kind, over=one.over)


def _of_link(told: Told, rows: Rows, parts: tuple[Part, ...]) -> Iterator[tuple[str, Column]]:
    """Go through the columns that are kept of a link, in the order of `Shape.types`."""
    if told.key in told.columns.values():
        yield told.key, parts[0].column
        return
    yield told.key, sa.func.min(rows.key(told.link))
    named = {part.values.name: part.column for part in parts}
    yield from ((own, named[name]) for name, own in told.columns.items())
    if told.unknown:
        yield told.unknown, parts[-1].column

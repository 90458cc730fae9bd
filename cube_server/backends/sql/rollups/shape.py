"""What a rollup's table looks like: a row for each cell, with columns of keys, of levels and of aggregates.

A row is like a fact: for each link it holds a key that belongs to the cell's members, so that whatever is looked up by
key is found for cells as for facts. Beside it stand the keys of the levels, so that most questions join nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cube_server.backends.embedded.facts import axis_of
from cube_server.backends.rollups.definition import Definition, Operand, aggregates_of
from cube_server.backends.rollups.naming import ROWS, counts, distincts, greatest, least, scatters, sums
from cube_server.backends.rollups.routing import MOMENTS
from cube_server.backends.sql.aggregates import DISPERSIONS
from cube_server.backends.sql.dialects import Dialect
from cube_server.model.dimensions import LevelRef, Link
from cube_server.model.elements import AggregateKind, Cube
from cube_server.model.tables import Column
from cube_server.types import DataType, Kind

FORMAT = 2
"""The version of what tables look like; rollups of another one are made again."""

PREFIX = "cube_rollup_"

_LONGEST = 60
"""PostgreSQL cuts names that are longer than 63 bytes."""
_NUMBER = DataType(Kind.INT)
_SUMMED = (AggregateKind.SUM, *MOMENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a rollup tells of one link.

    Attributes:
        link: The link.
        refs: The levels of the grain.
        key: The column with a key that belongs to each cell's members.
        columns: By the dimension's columns, those of the rollup that hold the same for each cell.
        unknown: The column that is 1 where the keys have no row; empty where nothing needs it.
    """

    link: Link
    refs: tuple[LevelRef, ...]
    key: str
    columns: Mapping[str, str]
    unknown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An aggregate that a rollup holds.

    Attributes:
        name: What routing calls it: see `cube_server.backends.rollups.naming`.
        column: The table's column.
        kind: How it is made of facts,
        over: and of what.
    """

    name: str
    column: str
    kind: AggregateKind
    over: Operand


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A rollup's table.

    Attributes:
        definition: What it is of.
        cube: Its cube.
        told: What it tells of links, by axis.
        keys: The columns of keys in its grain.
        held: Its aggregates, by name.
    """

    definition: Definition
    cube: Cube
    told: Mapping[str, Told]
    keys: tuple[Column, ...]
    held: Mapping[str, Held]

    @property
    def hash(self) -> str:
        """Tell shapes apart: a rollup that was made of another model's levels or measures is another one."""
        told = [[axis, one.key, dict(one.columns), one.unknown] for axis, one in self.told.items()]
        held = [[one.name, one.column, one.kind, str(one.over)] for one in self.held.values()]
        definition = self.definition
        text = [FORMAT, self.cube.table.source, definition.cube, definition.levels, definition.keys, told, held]
        return hashlib.sha256(json.dumps(text).encode()).hexdigest()[:10]

    def types(self) -> Iterator[tuple[str, DataType]]:
        """Go through the columns of keys and levels with their types."""
        yield from ((column.name, column.type) for column in self.keys)
        for one in self.told.values():
            yield one.key, one.link.column.type
            of = {column.name: column.type for column in one.link.dimension.table.columns}
            yield from ((own, of[name]) for name, own in one.columns.items() if own != one.key)
            if one.unknown:
                yield one.unknown, _NUMBER


def shape_of(definition: Definition, cube: Cube, cubes: Iterable[Cube]) -> Shape:
    """Lay a rollup out.

    Args:
        definition: What it is of.
        cube: The cube that it names.
        cubes: All cubes over the same facts: it holds what the measures of any of them need.

    Raises:
        ValueError: There is no such level or key.
    """
    names = _Names()
    keys = definition.columns(cube)
    for column in keys:
        names.give(column.name)
    by_link: dict[Link, tuple[LevelRef, ...]] = {}
    for ref in definition.refs(cube):
        by_link[ref.link] = (*by_link.get(ref.link, ()), ref)
    told = {axis_of(link): _told(link, refs, names) for link, refs in by_link.items()}
    held = {
        name: Held(name=name, column=names.give(name.replace(" ", "_")), kind=kind, over=over)
        for name, (kind, over) in _held(aggregates_of(cubes, cube.table.name)).items()
    }
    return Shape(definition=definition, cube=cube, told=told, keys=keys, held=held)


def storage(type_: DataType, scale: int | None, dialect: Dialect) -> sa.types.TypeEngine[Any]:
    """Give the SQL type of an aggregate: whole numbers in units of a last digit stay whole."""
    is_whole = scale is not None or (type_.kind is Kind.DECIMAL and not dialect.has_decimals)
    return sa.BigInteger() if is_whole else dialect.type(type_)


class _Names:
    """Gives columns names that are short enough, each once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, wanted: str) -> str:
        name, number = wanted[:_LONGEST], 1
        while name.lower() in self._given:
            number += 1
            name = f"{wanted[: _LONGEST - 4]}_{number}"
        self._given.add(name.lower())
        return name


def _told(link: Link, refs: tuple[LevelRef, ...], names: _Names) -> Told:
    key = names.give(link.column.name)
    made = {column.name for column in link.dimension.made_columns}
    columns = dict.fromkeys(level.key.name for ref in refs for level in ref.levels)
    if any(ref.level.key == link.key for ref in refs):
        return Told(link=link, refs=refs, key=key, columns={link.key.name: key}, unknown="")
    if made & columns.keys():
        return Told(link=link, refs=refs, key=key, columns={}, unknown="")
    own = {name: names.give(f"{link.name}_{name}") for name in columns}
    unknown = "" if link.dimension.unknown_is_null else names.give(f"{link.name}_is_unknown")
    return Told(link=link, refs=refs, key=key, columns=own, unknown=unknown)


def _held(wanted: Iterable[tuple[AggregateKind, Operand]]) -> Mapping[str, tuple[AggregateKind, Operand]]:
    """List what is kept, so that what measures aggregate follows from it."""
    found: dict[str, tuple[AggregateKind, Operand]] = {ROWS: (AggregateKind.COUNT, None)}
    for kind, over in wanted:
        if isinstance(over, LevelRef):
            # Who stands in one cell now stood in others then: see `shape_in`.
            if kind is AggregateKind.DISTINCT and (over.link.through or over.link.dimension.table.history) is None:
                found[distincts(axis_of(over.link), over)] = (kind, over)
        elif isinstance(over, Column):
            found |= dict(_of_column(kind, over))
    return found


def _of_column(kind: AggregateKind, over: Column) -> Iterator[tuple[str, tuple[AggregateKind, Operand]]]:
    if kind is AggregateKind.DISTINCT:
        yield distincts(over.name), (kind, over)
        return
    yield counts(over.name), (AggregateKind.COUNT, over)
    if over.type.is_number:
        if kind in _SUMMED:
            yield sums(over.name), (AggregateKind.SUM, over)
        if kind in DISPERSIONS:
            yield scatters(over.name), (AggregateKind.VARIANCE, over)
        if kind is AggregateKind.MIN:
            yield least(over.name), (AggregateKind.MIN, over)
        if kind is AggregateKind.MAX:
            yield greatest(over.name), (AggregateKind.MAX, over)

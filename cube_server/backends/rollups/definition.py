"""What a rollup is of: the levels and keys of its grain, and the aggregates that it keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import AggregateKind, BaseMeasure, Cube, Rollup
from cube_server.model.names import find_level
from cube_server.model.tables import Column

Operand = Column | LevelRef | None
"""What an aggregate is over: a column of the facts, a level, or nothing but the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A rollup, by names.

    >>> Definition(cube="sales", levels=("product.department", "time.month")).name
    'sales:product.department+time.month'

    Attributes:
        cube: A cube over the facts; the rollup serves every cube over the same table.
        levels: The levels of its grain, of links of which a fact has one member.
        keys: Columns of the facts in its grain that are no links, such as the number of a basket.
    """

    cube: str
    levels: tuple[str, ...]
    keys: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people read, and what answers name as their source."""
        return f"{self.cube}:{'+'.join((*self.levels, *self.keys)) or 'all'}"

    def refs(self, cube: Cube) -> tuple[LevelRef, ...]:
        """Give the levels as model objects.

        Raises:
            ValueError: The cube has no such level, or a fact has many members of it.
        """
        found = tuple(find_level(cube.links, name) for name in self.levels)
        for ref in found:
            if ref.link.through is not None:
                raise ValueError(f"A fact has many members of {ref.name}: a rollup is of levels of one member.")
        return found

    def columns(self, cube: Cube) -> tuple[Column, ...]:
        """Give the key columns as model objects.

        Raises:
            ValueError: The facts have no such column.
        """
        known = {column.name: column for column in cube.table.columns}
        for name in self.keys:
            if name not in known:
                raise ValueError(f"The facts of {self.cube!r} have no column {name!r}.")
        return tuple(known[name] for name in self.keys)


def declared_of(cubes: Iterable[Cube]) -> tuple[Definition, ...]:
    """List the rollups that the model declares, each once."""
    return tuple(dict.fromkeys(_declared(cube, one) for cube in cubes for one in cube.rollups))


def _declared(cube: Cube, rollup: Rollup) -> Definition:
    levels, keys = (ref.name for ref in rollup.levels), (column.name for column in rollup.keys)
    return Definition(cube=cube.name, levels=tuple(levels), keys=tuple(keys))


def aggregates_of(cubes: Iterable[Cube], table: str) -> tuple[tuple[AggregateKind, Operand], ...]:
    """List what the measures of all cubes over a fact table aggregate, each once."""
    measures = (m for cube in cubes if cube.table.name == table for m in cube.measures if isinstance(m, BaseMeasure))
    found = ((m.aggregate, m.over) for m in measures if m.over is None or isinstance(m.over, Column | LevelRef))
    return tuple(dict.fromkeys(found))

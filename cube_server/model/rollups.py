"""Rollups that a model declares, and the keys that rollups tell besides levels."""

from __future__ import annotations

from collections.abc import Sequence

from cube_server.errors import nearest
from cube_server.model.dimensions import LevelRef, ThroughTable
from cube_server.model.elements import AggregateKind, BaseMeasure, Cube, Rollup
from cube_server.model.mistakes import Mistakes
from cube_server.model.names import find_level
from cube_server.model.tables import Column


def key_columns(cube: Cube) -> tuple[Column, ...]:
    """List the columns of a cube's facts that are keys but no links: those that are counted or lead to others."""
    linked = {link.column for link in cube.links if link.through is None}
    counted = (m.over for m in cube.measures if isinstance(m, BaseMeasure) and m.aggregate is AggregateKind.DISTINCT)
    spread = (link.column for link in cube.links if isinstance(link.through, ThroughTable))
    found = (column for column in (*counted, *spread) if isinstance(column, Column) and column not in linked)
    return tuple(dict.fromkeys(found))


def rollups(place: str, wanted: Sequence[Sequence[str]], cube: Cube, mistakes: Mistakes) -> tuple[Rollup, ...]:
    """Build a cube's rollups; one with a mistake is left out.

    Args:
        place: Where they are declared, as a JSON pointer.
        wanted: The levels and key columns of each.
        cube: The cube.
        mistakes: Where mistakes are noted.
    """
    built = (_rollup(f"{place}/{number}", names, cube, mistakes) for number, names in enumerate(wanted))
    return tuple(dict.fromkeys(one for one in built if one))


def _rollup(place: str, names: Sequence[str], cube: Cube, mistakes: Mistakes) -> Rollup | None:
    every = (_part(f"{place}/{number}", name, cube, mistakes) for number, name in enumerate(names))
    found = [part for part in every if part is not None]
    if len(found) < len(names):
        return None
    levels = dict.fromkeys(part for part in found if isinstance(part, LevelRef))
    return Rollup(levels=tuple(levels), keys=tuple(dict.fromkeys(part for part in found if isinstance(part, Column))))


def _part(place: str, name: str, cube: Cube, mistakes: Mistakes) -> LevelRef | Column | None:
    """Give what a name stands for; note a mistake where it is of no use."""
    if "." not in name:
        known = {column.name: column for column in key_columns(cube)}
        if name not in known:
            problem = f"{name!r} is neither a level nor a column whose keys are counted or lead to members."
            mistakes.blame(place, problem, nearest(name, known) if known else "Name levels, such as product.category.")
        return known.get(name)
    try:
        ref = find_level(cube.links, name)
    except ValueError as error:
        mistakes.blame(place, str(error))
        return None
    if ref.link.through is not None:
        mistakes.blame(place, f"A fact has many members of {ref.name}.", "Name the column that leads to them.")
        return None
    return ref

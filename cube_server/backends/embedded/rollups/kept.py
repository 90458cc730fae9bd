"""A rollup in memory: rows of any source, as far as cuboids are concerned, each standing for the facts of one cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cube_server.backends.embedded.facts import FactRows, key_axis, places_of
from cube_server.backends.embedded.grouping import combine
from cube_server.backends.embedded.levels import Codes, DimensionIndex, Mask
from cube_server.backends.embedded.rollups.packing import AnyNumbers, unpacked
from cube_server.backends.embedded.rows import Keys, Numbers, Places
from cube_server.backends.rollups import routing
from cube_server.backends.rollups.definition import Definition
from cube_server.backends.rollups.grain import Grain
from cube_server.errors import InternalError
from cube_server.model.dimensions import Dimension, Link
from cube_server.model.elements import Cube
from cube_server.model.tables import Column
from cube_server.plan.nodes import Filter


@dataclass(frozen=True, eq=False)
class Kept:
    """The data of a rollup.

    Attributes:
        definition: What it is of.
        size: How many rows it has.
        positions: By axis (see `FactRows.axis`) a leaf position that belongs to each row's members.
        keys: By column the code of each row's key, as the facts number them.
        numbers: The aggregates, by the names above.
        bytes: What it takes on disk.
        read: How many facts, or rows of a larger rollup, were read to make it.
        filters: What its facts are within, where it is not of all.
    """

    definition: Definition
    size: int
    positions: Mapping[str, Codes]
    keys: Mapping[str, Keys]
    numbers: Mapping[str, AnyNumbers]
    bytes: int
    read: int = 0
    filters: tuple[Filter, ...] = ()

    @cached_property
    def sorted_by(self) -> str | None:
        """The axis in whose order the rows stand: the first, where its members are in the order of its leaves."""
        for axis, codes in self.positions.items():
            return axis if bool((codes[1:] >= codes[:-1]).all()) else None
        return None


Open = routing.Open[Kept]
"""A rollup that is there to answer, with what its grain tells."""

Route = routing.Route[Kept]
"""A cuboid as it is computed over a rollup."""


def grain_of(kept: Kept, cube: Cube, facts: FactRows, dimension: Callable[[Dimension], DimensionIndex]) -> Grain:
    """Find what the levels and keys of a rollup tell."""
    parts = combine(dimension, kept.definition.refs(cube))
    keys = zip(kept.definition.columns(cube), kept.keys.values(), strict=True)
    return Grain(
        {facts.axis(part.link): part.leaves[part.codes] for part in parts}
        | {key_axis(column): np.arange(codes.size + 1, dtype=np.int32) for column, codes in keys}
    )


class RollupRows:
    """A rollup as rows; implements `Rows`, in the roles and with the derived attributes of the facts it is of.

    Args:
        kept: Its data.
        grain: What its levels tell.
        facts: The facts.
    """

    def __init__(self, kept: Kept, grain: Grain, facts: FactRows) -> None:
        self.kept, self.grain, self.size = kept, grain, kept.size
        self._facts = facts
        self._derived: dict[Link, Codes] = {}

    def positions(self, link: Link) -> Codes:
        """Give a leaf position that belongs to each row's members; over a bridge, the key that its spread goes by."""
        derived = self._facts.derived(link)
        if derived is None:
            return self._own_positions(self._facts.axis(link))
        if self._facts.spread(derived.of) is not None:
            return self.positions(derived.of)
        if link not in self._derived:
            self._derived[link] = derived.positions(self)
        return self._derived[link]

    def _own_positions(self, axis: str) -> Codes:
        if axis in self.kept.positions:
            return self.kept.positions[axis]
        key = axis.removeprefix("key ")
        if key not in self.kept.keys:
            raise InternalError(f"The rollup {self.kept.definition.name} does not tell {axis}.")
        return places_of(self.kept.keys[key])

    def is_sorted_by(self, link: Link) -> bool:
        """Tell whether the rows stand in the order of a dimension's leaves: that of the first level often is."""
        return self._facts.derived(link) is None and self._facts.axis(link) == self.kept.sorted_by

    def axis(self, link: Link) -> str:
        """Name what tells the members of a link; see `FactRows.axis`."""
        return self._facts.axis(link)

    def used_leaves(self, link: Link) -> Mask:
        """Mark the leaves of a linked dimension that the facts have."""
        return self._facts.used_leaves(link)

    def numbers(self, over: Column | str) -> Numbers:
        """Give one of the kept aggregates."""
        return unpacked(self.kept.numbers[over if isinstance(over, str) else over.name])

    def numbers_at(self, over: Column | str, places: Places) -> Numbers:
        """Give one of the kept aggregates for some rows: no others are unpacked."""
        return self.kept.numbers[over if isinstance(over, str) else over.name].at(places)

    def keys(self, over: Column) -> Keys:
        """Give a column of keys."""
        return self.kept.keys[over.name]

"""A rollup in memory: rows of any source, as far as cuboids are concerned, each standing for the facts of one cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from cube_server.backends.embedded.facts import FactRows, key_axis, places_of
from cube_server.backends.embedded.grouping import combine
from cube_server.backends.embedded.levels import Codes, DimensionIndex, Mask
from cube_server.backends.embedded.rollups.definition import Definition
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.errors import InternalError
from cube_server.model.dimensions import Dimension, LevelRef, Link
from cube_server.model.elements import Cube
from cube_server.model.tables import Column
from cube_server.plan.nodes import Filter

ROWS = "rows"
"""The column of how many facts each row stands for."""


def sums(column: str) -> str:
    """Name the column of sums."""
    return f"sum {column}"


def counts(column: str) -> str:
    """Name the column of how many values were not null."""
    return f"count {column}"


def least(column: str) -> str:
    """Name the column of least values."""
    return f"min {column}"


def greatest(column: str) -> str:
    """Name the column of greatest values."""
    return f"max {column}"


def scatters(column: str) -> str:
    """Name the column of summed squared deviations from each row's own mean."""
    return f"scatter {column}"


def distincts(axis: str, ref: LevelRef | None = None) -> str:
    """Name the column of how many different keys, or members of a level, a row has that no other row has."""
    return f"distinct {axis}" if ref is None else f"distinct {axis} {path_of(ref)}"


def path_of(ref: LevelRef) -> str:
    """Tell levels of one dimension apart, whatever link they are named by."""
    return "/".join(level.name for level in ref.levels)


@dataclass(frozen=True, slots=True, eq=False)
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
    numbers: Mapping[str, Numbers]
    bytes: int
    read: int = 0
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """What the levels of a rollup tell of its dimensions.

    Attributes:
        whole: By axis the leaf that stands for each leaf in this grain; leaves with the same one are not told apart.
    """

    whole: Mapping[str, Codes]
    _told: dict[tuple[str, str], bool] = field(default_factory=dict)

    def is_constant(self, axis: str, values: Codes | Mask) -> bool:
        """Tell whether something that is known of each leaf is the same for all that the grain does not tell apart."""
        whole = self.whole.get(axis)
        return whole is not None and np.array_equal(values[whole], values)

    def is_exact(self, axis: str) -> bool:
        """Tell whether the grain tells every leaf apart."""
        whole = self.whole.get(axis)
        return whole is not None and np.array_equal(whole, np.arange(len(whole)))

    def tells(self, axis: str, ref: LevelRef, index: DimensionIndex) -> bool:
        """Tell whether the grain tells the members of a level: in this snapshot it does or does not."""
        if axis not in self.whole:
            return False
        place = (axis, path_of(ref))
        if place not in self._told:
            self._told[place] = self.is_constant(axis, index.level(ref.levels).codes)
        return self._told[place]


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

    def axis(self, link: Link) -> str:
        """Name what tells the members of a link; see `FactRows.axis`."""
        return self._facts.axis(link)

    def used_leaves(self, link: Link) -> Mask:
        """Mark the leaves of a linked dimension that the facts have."""
        return self._facts.used_leaves(link)

    def numbers(self, over: Column | str) -> Numbers:
        """Give one of the kept aggregates."""
        return self.kept.numbers[over if isinstance(over, str) else over.name]

    def keys(self, over: Column) -> Keys:
        """Give a column of keys."""
        return self.kept.keys[over.name]

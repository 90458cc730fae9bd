"""What routing asks of facts that are in a database: how links lead to members, and what conditions mean by leaf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from cube_server.backends.embedded.bridges import atoms_of
from cube_server.backends.embedded.derived import DerivedLink
from cube_server.backends.embedded.facts import axis_of, key_axis
from cube_server.backends.embedded.grouping import combine
from cube_server.backends.embedded.levels import Codes, Mask
from cube_server.backends.embedded.moves import moved_levels
from cube_server.backends.rollups.grain import Grain
from cube_server.backends.sql.cuboids import FactsWriter
from cube_server.backends.sql.filters import ref_cut
from cube_server.backends.sql.rollups.shape import Shape
from cube_server.backends.sql.star import Star
from cube_server.model.dimensions import LevelRef, Link
from cube_server.plan.nodes import Cuboid, Filter, MovedCut, ref_of
from cube_server.query.spec import Cut


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Levels that facts reach by a move or over a bridge; see `cube_server.backends.rollups.routing.Gathered`."""

    link: Link
    refs: tuple[LevelRef, ...]
    codes: Codes


class FactLinks:
    """The links of the facts of one cuboid, and what its conditions mean.

    Args:
        star: The star schema.
        node: A cuboid of facts.
    """

    def __init__(self, star: Star, node: Cuboid) -> None:
        self._star, self._node = star, node
        writer = FactsWriter(star, node)
        self._rows, self._gathering, self._filters = writer.rows, writer.gathering, writer.filters

    def axis(self, link: Link) -> str:
        """Name what tells the members of a link: the facts' own link or, of a bridged one, a column of keys."""
        return axis_of(self._rows.meant(link))

    def derived(self, link: Link) -> DerivedLink | None:
        """Give the way to a derived attribute; None where a link is none."""
        return self._star.derived.get(link)

    def spread(self, link: Link) -> object | None:
        """Give the bridge that a link goes over; None where each fact has one member."""
        meant = self._rows.meant(link)
        return None if meant in self._star.derived else meant.through

    def masks(self, _node: Cuboid, filters: Iterable[Filter]) -> Mapping[Link, Mask | Codes]:
        """Mark by link the leaves that filters keep; of a bridged link, tell every key apart."""
        parts = tuple(part for part in filters if isinstance(part, Cut | MovedCut))
        return {link: self._mask(link, parts) for link in dict.fromkeys(ref_cut(part).link for part in parts)}

    def _mask(self, link: Link, parts: tuple[Cut | MovedCut, ...]) -> Mask | Codes:
        home = self._filters.home(link)
        if home.through is not None:
            return self._each_key(home)
        masks = (self._gathering.mask(part) for part in parts if ref_cut(part).link == link)
        return reduce(np.logical_and, masks)

    def gathered(self) -> Iterator[Reached]:
        """Go through the levels of the grain that are moved, or reached over a bridge."""
        for level in self._node.grain:
            ref = ref_of(level)
            home = self._filters.home(ref.link)
            if home.through is not None:
                yield Reached(ref.link, (ref,), self._each_key(home))
        for moved in moved_levels(self._node.grain):
            if self._filters.home(moved.ref.link).through is None:
                ladder, intervals = self._gathering.intervals(moved.ref, moved.moves)
                atoms = atoms_of(intervals)[0].astype(np.int32)
                yield Reached(moved.ref.link, (moved.ref,), atoms[ladder.lowest.codes])

    def _each_key(self, home: Link) -> Codes:
        """Number the keys that a bridged link leads on from."""
        carrier = home.through.carrier if home.through else None
        return _numbers(self._star.index(carrier.dimension).leaves + 1 if carrier else _SOME)


_SOME = 2
"""Keys that are no members are not numbered: a rollup that holds their column tells all of them."""


def grain_of(shape: Shape, star: Star) -> Grain:
    """Find what the levels and keys of a rollup tell."""
    parts = combine(star.index, tuple(ref for one in shape.told.values() for ref in one.refs))
    keys = {key_axis(column): _numbers(_SOME) for column in shape.keys}
    return Grain({axis_of(part.link): part.leaves[part.codes] for part in parts} | keys)


def _numbers(count: int) -> Codes:
    return np.arange(count, dtype=np.int32)

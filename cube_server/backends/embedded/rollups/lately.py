"""Cuboids that were just computed, as rollups for the questions that follow: the months of a year, then the year.

They are kept in memory only, within bounds, the least recently used one going first. Unlike a rollup on disk one may be
within a cut: it then answers what is within the same cut and perhaps others, which its levels decide. Beside distinct
counts the sets of what was counted are kept, so that the totals of a table, and what is asked next of it, need no scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock

from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.grouping import combine
from cube_server.backends.embedded.levels import DimensionIndex
from cube_server.backends.embedded.rollups.kept import Kept, Open
from cube_server.backends.embedded.rows import Numbers, RelationRows
from cube_server.backends.rollups.definition import Definition
from cube_server.backends.rollups.grain import Grain
from cube_server.backends.rollups.naming import ROWS, counts, greatest, key_sets, least, sums
from cube_server.model.dimensions import Dimension, LevelRef
from cube_server.model.elements import AggregateKind
from cube_server.model.tables import Column
from cube_server.plan.nodes import Cuboid, Facts, MovedLevel, ref_of
from cube_server.query.spec import Cut

_FEWER = 4
"""A cuboid has to have so many times fewer rows than its facts, or it spares little."""

_MOST = 32
"""So many are kept at most: every question looks at each."""

_LARGEST_SHARE = 4
"""An aggregate that would fill more than this part of the room, as sets of keys may, is not kept."""

_NAMES = {AggregateKind.SUM: sums, AggregateKind.MIN: least, AggregateKind.MAX: greatest, AggregateKind.COUNT: counts}


class Lately:
    """The cuboids that were computed last, by table of facts.

    Args:
        most: The bytes of all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: list[tuple[str, Open]] = []

    def of(self, table: str) -> tuple[Open, ...]:
        """Give those of a table, the smallest first."""
        with self._lock:
            own = [one for name, one in self._kept if name == table]
        return tuple(sorted(own, key=lambda one: one.kept.size))

    def learn(
        self,
        node: Cuboid,
        relation: RelationRows,
        facts: FactRows,
        dimension: Callable[[Dimension], DimensionIndex],
    ) -> None:
        """Keep a cuboid of facts, if others can follow from it."""
        if not isinstance(node.source, Facts) or relation.size * _FEWER > facts.size or not _is_plain(node, facts):
            return
        found = _numbers(node, relation, facts)
        numbers = {name: one for name, one in found if one.nbytes <= self._most // _LARGEST_SHARE}
        if not numbers:
            return
        positions = {facts.axis(part.refs[0].link): part.positions for part in relation.leaves}
        parts = combine(dimension, tuple(map(ref_of, node.grain)))
        if len(positions) < len(parts):
            return
        size = sum(column.nbytes for column in positions.values()) + sum(one.nbytes for one in numbers.values())
        definition = Definition(cube=node.source.cube.name, levels=tuple(level.name for level in node.grain))
        kept = Kept(definition, relation.size, positions, {}, numbers, size, filters=node.filters)
        grain = Grain({facts.axis(part.link): part.leaves[part.codes] for part in parts})
        self._add(node.source.cube.table.name, Open(kept, grain))

    def _add(self, table: str, one: Open) -> None:
        with self._lock:
            self._kept.append((table, one))
            while len(self._kept) > _MOST or sum(other.kept.bytes for _, other in self._kept) > self._most:
                self._kept.pop(0)


def _is_plain(node: Cuboid, facts: FactRows) -> bool:
    """Tell whether each row stands for the facts of its members, within cuts by members alone."""
    cuts = [part for part in node.filters if isinstance(part, Cut)]
    refs = [*map(ref_of, node.grain), *(part.ref for part in cuts)]
    is_moved = any(isinstance(level, MovedLevel) for level in node.grain)
    return not is_moved and len(cuts) == len(node.filters) and all(_is_own(ref, facts) for ref in refs)


def _is_own(ref: LevelRef, facts: FactRows) -> bool:
    return facts.derived(ref.link) is None and facts.spread(ref.link) is None


def _numbers(node: Cuboid, relation: RelationRows, facts: FactRows) -> Iterator[tuple[str, Numbers]]:
    """Go through the aggregates of which others follow; counts are of whole numbers, as sums are of them."""
    for part in node.aggregates:
        numbers = relation.columns[part.name]
        if part.rule is not None:
            continue
        if part.over is None:
            yield ROWS, numbers
        elif isinstance(part.over, Column) and part.kind in _NAMES:
            yield _NAMES[part.kind](part.over.name), numbers
        elif numbers.sets is None:
            continue
        elif isinstance(part.over, Column):
            yield key_sets(part.over.name), numbers
        elif isinstance(part.over, LevelRef) and _is_own(part.over, facts):
            yield key_sets(facts.axis(part.over.link), part.over), numbers

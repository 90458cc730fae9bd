"""How the rows of a cuboid reach the members of its grain: as they are, by a move, or over a bridged link."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeGuard

import numpy as np

from cube_server.backends.embedded.bridges import Bridge, Target, atoms_of, copies
from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.grouping import Combination, combine
from cube_server.backends.embedded.kernels import distinct_values
from cube_server.backends.embedded.levels import Codes, DimensionIndex, Mask
from cube_server.backends.embedded.moves import moved_levels, moved_mask, moved_target, plain_levels
from cube_server.backends.embedded.selection import leaf_mask
from cube_server.backends.embedded.spreads import Spread
from cube_server.backends.embedded.windows import Intervals, Ladder, hierarchy_levels, intervals
from cube_server.budget import Budget
from cube_server.errors import InternalError
from cube_server.model.coordinates import Move
from cube_server.model.dimensions import Dimension, LevelRef, Link
from cube_server.plan.nodes import Cuboid, Facts, Filter, MovedCut, MovedLevel, ref_of
from cube_server.query.spec import Cut


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What rows are grouped by.

    Attributes:
        plain: The levels that are grouped by as they are, a combination for each dimension.
        bridges: From the groups to the members that gather them.
    """

    plain: tuple[Combination, ...]
    bridges: tuple[Bridge, ...]

    @property
    def is_bridged(self) -> bool:
        """Whether rows are grouped by the keys of a bridged link, of which there are many."""
        return any(bridge.combination.link.through for bridge in self.bridges)

    @property
    def combinations(self) -> tuple[Combination, ...]:
        """What rows are first grouped by."""
        return (*self.plain, *self.gathered)

    @property
    def gathered(self) -> tuple[Combination, ...]:
        """What the bridges lead from."""
        return tuple(bridge.combination for bridge in self.bridges)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The members that the last groups are of, part by part."""
        plain = (Target(part.refs, part.leaves) for part in self.plain)
        return (*plain, *(target for bridge in self.bridges for target in bridge.targets))


class Gathering:
    """Lays out cuboids of one snapshot.

    Args:
        facts: Gives the rows of facts.
        dimension: Gives the index of a dimension.
    """

    def __init__(self, facts: Callable[[Facts], FactRows], dimension: Callable[[Dimension], DimensionIndex]) -> None:
        self._facts = facts
        self._dimension = dimension

    def layout(self, node: Cuboid, budget: Budget, over: LevelRef | None = None) -> Layout:
        """Lay a cuboid out; `over` is one more level of a bridged link to group by, as the last target."""
        moved = moved_levels(node.grain)
        links = dict.fromkeys(self._home(node, ref_of(level)) for level in node.grain)
        spreads = {link: spread for link in links if (spread := self.spread(node, link))}
        home = self._home(node, over) if over is not None else None
        if over is not None and home is not None:
            # The last bridge is that of the level, so that its members run fastest.
            last = spreads.pop(home, None) or self.spread(node, home)
            spreads |= {home: last} if last else {}
        direct = (self._bridge(node, level) for level in moved if self._home(node, level.ref) not in spreads)
        bridged = (
            self._spread_bridge(node, link, spread, over if home == link else None, budget)
            for link, spread in spreads.items()
        )
        plain = tuple(ref for ref in plain_levels(node.grain) if self._home(node, ref) not in spreads)
        return Layout(combine(self._dimension, plain), (*direct, *bridged))

    def spread(self, node: Cuboid, link: Link) -> Spread | None:
        """Give what the facts of a cuboid spread to over a link; None where each row has one member."""
        return self._facts(node.source).spread(link) if isinstance(node.source, Facts) else None

    def is_bridged(self, node: Cuboid, link: Link) -> bool:
        """Tell whether the rows of a cuboid have many members by a link."""
        return self.spread(node, self.members_of(node, link)[0]) is not None

    def members_of(self, node: Cuboid, link: Link) -> tuple[Link, Codes | None]:
        """Tell whose members a link's values are; see `FactRows.members_of`."""
        return self._facts(node.source).members_of(link) if isinstance(node.source, Facts) else (link, None)

    def masks(self, node: Cuboid, filters: Iterable[Filter]) -> dict[Link, Mask]:
        """Mark by link what satisfies those of the filters that go by members: leaves or, of a bridged link, keys."""
        found: dict[Link, list[Cut | MovedCut]] = {}
        for part in filters:
            if isinstance(part, Cut | MovedCut):
                found.setdefault(self._home(node, _ref_cut(part)), []).append(part)
        return {link: self._satisfying(node, link, tuple(parts)) for link, parts in found.items()}

    def _on(self, node: Cuboid, link: Link, filters: Iterable[Filter]) -> tuple[Cut | MovedCut, ...]:
        """List the filters by the members of a link."""
        by_member = (part for part in filters if isinstance(part, Cut | MovedCut))
        return tuple(part for part in by_member if self._home(node, _ref_cut(part)) == link)

    def _satisfying(self, node: Cuboid, link: Link, parts: tuple[Cut | MovedCut, ...]) -> Mask:
        spread = self.spread(node, link)
        if spread is None:
            return self._leaves(node, link, parts)
        # Any member is seen, and none excluded.
        keys = spread.any(self._leaves(node, link, map(_seen, parts)))
        for part in parts:
            if _drops_facts(part):
                keys &= ~spread.any(~self._mask(node, replace(part, known=False)))
        return keys

    def _leaves(self, node: Cuboid, link: Link, parts: Iterable[Cut | MovedCut]) -> Mask:
        """Mark the leaves that satisfy all filters."""
        masks = [self._mask(node, part) for part in parts]
        if len(masks) == 1:
            return masks[0]
        every = np.ones(self._dimension(link.dimension).leaves + 1, np.bool_)
        both: Mask = np.logical_and.reduce([every, *masks])
        return both

    def _mask(self, node: Cuboid, part: Cut | MovedCut) -> Mask:
        """Mark the leaves that a filter keeps, be it on a derived attribute of a bridged link's members."""
        ref = _ref_cut(part)
        index = self._dimension(ref.link.dimension)
        mask = leaf_mask(index, (part,)) if isinstance(part, Cut) else self._moved_mask(node, part)
        values = self.members_of(node, ref.link)[1]
        return mask if values is None else mask[values]

    def _moved_mask(self, node: Cuboid, part: MovedCut) -> Mask:
        return moved_mask(
            part,
            self._dimension(part.cut.ref.link.dimension),
            *self._intervals(node, part.cut.ref, part.moves),
        )

    def _home(self, node: Cuboid, ref: LevelRef) -> Link:
        return self.members_of(node, ref.link)[0]

    def _bridge(self, node: Cuboid, level: MovedLevel) -> Bridge:
        ladder, gathered = self._intervals(node, level.ref, level.moves)
        atoms, starts, members = atoms_of(gathered)
        codes = atoms.astype(np.int32)[ladder.lowest.codes]
        target = moved_target(node, level, ladder)
        home = self._home(node, level.ref)
        combination = Combination(home, target.refs, codes, np.zeros(len(starts) - 1, np.int32))
        return Bridge(combination, starts, members, (target,))

    def _spread_bridge(self, node: Cuboid, link: Link, spread: Spread, over: LevelRef | None, budget: Budget) -> Bridge:
        """Lead each key of a bridged link to the members of all its levels in the grain, each combination once."""
        seen = map(_seen, self._on(node, link, node.filters))
        pairs = spread.within(self._leaves(node, link, seen))
        keys, leaves, codes = pairs.keys.astype(np.int64), pairs.leaves, np.zeros(len(pairs.keys), np.int64)
        targets: list[Target] = []
        plain = (ref for ref in plain_levels(node.grain) if self._home(node, ref) == link)
        for part in combine(self._dimension, tuple(plain)):
            values = self.members_of(node, part.link)[1]
            codes = codes * part.size + part.codes[leaves if values is None else values[leaves]]
            targets.append(Target(part.refs, part.leaves))
        for level in moved_levels(node.grain):
            if self._home(node, level.ref) == link:
                ladder, gathered = self._intervals(node, level.ref, level.moves)
                atoms, starts, members = atoms_of(gathered)
                target = moved_target(node, level, ladder)
                values = self.members_of(node, level.ref.link)[1]
                atoms = atoms[ladder.lowest.codes[leaves if values is None else values[leaves]]]
                inside = np.flatnonzero(atoms >= 0)
                rows, places = copies(starts, atoms[inside], budget)
                rows = inside[rows]
                keys, leaves = keys[rows], leaves[rows]
                codes = codes[rows] * len(target.leaves) + members[places]
                targets.append(target)
        if over is not None:
            counted = self._dimension(over.link.dimension).level(over.levels)
            values = self.members_of(node, over.link)[1]
            codes = codes * counted.size + counted.codes[leaves if values is None else values[leaves]]
            targets.append(Target((over,), counted.leaves))
        return _listed(link, keys, codes, spread.size, tuple(targets))

    def _intervals(self, node: Cuboid, ref: LevelRef, moves: tuple[Move, ...]) -> tuple[Ladder, Intervals]:
        if not isinstance(node.source, Facts):
            raise InternalError("Only facts are gathered from other places.")
        ladder = Ladder(self._dimension(ref.link.dimension), hierarchy_levels(ref))
        home, values = self.members_of(node, ref.link)
        spread = self.spread(node, home)
        facts = self._facts(node.source)
        leaves = np.flatnonzero(facts.used_leaves(ref.link)) if spread is None else spread.leaves
        coverage = _coverage(facts, ref.link, leaves if values is None else values[leaves], ladder)
        return ladder, intervals(ladder, ref, moves, coverage)


def _coverage(facts: FactRows, link: Link, leaves: Codes, ladder: Ladder) -> tuple[int, int]:
    """Give the first and the last member of the lowest level that the facts cover."""
    is_present = np.zeros(len(ladder.lowest.codes), np.bool_)
    is_present[leaves] = True
    places = np.flatnonzero(is_present)
    lowest, known = ladder.lowest.codes, ladder.known(len(ladder.levels) - 1)
    first, last = lowest[places], lowest[facts.last_leaves(link)[places]]
    first, last = first[known[first]], last[known[last]]
    return (int(first.min()), int(last.max())) if len(first) and len(last) else (0, 0)


def _listed(
    link: Link,
    keys: np.ndarray[tuple[int], np.dtype[np.int64]],
    codes: np.ndarray[tuple[int], np.dtype[np.int64]],
    size: int,
    targets: tuple[Target, ...],
) -> Bridge:
    """List the members of each key, each once."""
    width = int(codes.max(initial=0)) + 1
    found, members = np.divmod(distinct_values(keys * width + codes), width)
    starts = np.searchsorted(found, np.arange(size + 1))
    own = np.where(np.diff(starts) > 0, np.arange(size), -1).astype(np.int32)
    refs = tuple(ref for target in targets for ref in target.refs)
    return Bridge(Combination(link, refs, own, np.zeros(size, np.int32)), starts, members, targets)


def _ref_cut(part: Cut | MovedCut) -> LevelRef:
    return part.ref if isinstance(part, Cut) else part.cut.ref


def _drops_facts(part: Cut | MovedCut) -> TypeGuard[Cut]:
    """Tell whether a cut over a bridge drops the facts that have an excluded member, whatever else they have."""
    return isinstance(part, Cut) and part.exclude and not part.each


def _seen(part: Cut | MovedCut) -> Cut | MovedCut:
    """Give what a filter says of the members through which a fact is seen over a bridge."""
    return replace(part, members=(), ranges=(), exclude=False, by_value=False) if _drops_facts(part) else part

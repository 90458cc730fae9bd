"""Moved levels and cuts: which levels of a grain a move determines, what it leads to, and what it gathers."""

from __future__ import annotations

import numpy as np

from cube_server.backends.embedded.bridges import Target
from cube_server.backends.embedded.levels import DimensionIndex, Mask
from cube_server.backends.embedded.selection import leaf_mask
from cube_server.backends.embedded.windows import Intervals, Ladder
from cube_server.model.dimensions import LevelRef
from cube_server.plan.nodes import Cuboid, Grain, MovedCut, MovedLevel, ref_of


def moved_levels(grain: tuple[Grain, ...]) -> tuple[MovedLevel, ...]:
    """List the levels of a grain that are moved."""
    return tuple(level for level in grain if isinstance(level, MovedLevel) and level.moves)


def plain_levels(grain: tuple[Grain, ...]) -> tuple[LevelRef, ...]:
    """List the levels that are grouped by as they are: those that no moved level determines."""
    moved = moved_levels(grain)
    plain = (ref_of(level) for level in grain if level not in moved)
    return tuple(ref for ref in plain if not any(_is_along(ref, other.ref) for other in moved))


def moved_target(node: Cuboid, level: MovedLevel, ladder: Ladder) -> Target:
    """Give the members that a moved level leads to, and the levels of the grain that they tell."""
    refs = tuple(ref for ref in map(ref_of, node.grain) if _is_along(ref, level.ref))
    return Target(refs, ladder.level(ladder.levels.index(level.ref.level)).leaves)


def moved_mask(part: MovedCut, index: DimensionIndex, ladder: Ladder, gathered: Intervals) -> Mask:
    """Mark the leaves that the one member of a cut gathers after its moves.

    Args:
        part: The cut.
        index: Its dimension.
        ladder: The levels of its hierarchy.
        gathered: What each member of its level gathers, as places on the ladder's lowest level.
    """
    level = index.level(part.cut.ref.levels)
    leaf = level.leaves[level.find(part.cut.ref, part.cut.members)[0]]
    member = ladder.level(ladder.levels.index(part.cut.ref.level)).codes[leaf]
    lowest = ladder.lowest.codes
    if not leaf_mask(index, part.within)[leaf]:
        return np.zeros(len(lowest), np.bool_)
    is_gathered: Mask = (lowest >= gathered.first[member]) & (lowest <= gathered.last[member])
    return is_gathered


def _is_along(ref: LevelRef, moved: LevelRef) -> bool:
    """Tell whether a level is the moved one or an ancestor of it."""
    return ref.link == moved.link and ref.levels == moved.levels[: len(ref.levels)] and ref.hierarchy == moved.hierarchy

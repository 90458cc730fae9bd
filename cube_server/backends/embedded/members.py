"""Members of levels as lists: what the codes of a relation stand for, and pages of members to choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from cube_server.backends.embedded.levels import DimensionIndex, LevelIndex, Mask
from cube_server.backends.embedded.selection import leaf_mask
from cube_server.backends.embedded.windows import ordinals
from cube_server.model.dimensions import Dimension, LevelRef
from cube_server.query.spec import MembersSpec
from cube_server.result.dictionary import Dictionary
from cube_server.result.pages import MembersPage
from cube_server.types import KeyPath


class MemberLists:
    """The members of one snapshot, wherever its facts are.

    Args:
        dimension: Gives the index of a dimension.
    """

    def __init__(self, dimension: Callable[[Dimension], DimensionIndex]) -> None:
        self._dimension = dimension

    def dictionary(self, ref: LevelRef) -> Dictionary:
        """Give the members that the codes of a relation stand for."""
        return self._level(ref).dictionary(ref)

    def places(self, ref: LevelRef) -> pl.Series:
        """Give the place of each of a level's members."""
        return pl.Series("place", ordinals(self._dimension(ref.link.dimension), ref))

    def find(self, ref: LevelRef, path: KeyPath) -> int:
        """Find a member's code."""
        return int(self._level(ref).find(ref, (path,))[0])

    def page(self, spec: MembersSpec, existing: Mask, snapshot: str) -> MembersPage:
        """Give a page of a level's members.

        Args:
            spec: Which members.
            existing: Marks the leaves that exist for the cube's facts.
            snapshot: What the page is of.
        """
        level = self._level(spec.ref)
        leaves = leaf_mask(self._dimension(spec.ref.link.dimension), spec.cuts) & existing
        shown = np.zeros(level.size, np.bool_)
        shown[level.codes[leaves]] = True
        shown &= ~level.hidden
        if spec.parent is not None:
            shown &= self._children_of(spec.ref, level, spec.parent)
        if spec.search:
            shown &= _matching(level, spec.search)
        codes = np.flatnonzero(shown)
        page = codes[spec.offset : spec.offset + spec.limit]
        frame = self.dictionary(spec.ref).frame[page]
        children = pl.Series("children", self._count_children(spec.ref, level, leaves)[page], dtype=pl.UInt32)
        return MembersPage(
            ref=spec.ref,
            frame=frame.with_columns(children),
            total=len(codes),
            offset=spec.offset,
            snapshot=snapshot,
        )

    def _level(self, ref: LevelRef) -> LevelIndex:
        return self._dimension(ref.link.dimension).level(ref.levels)

    def _children_of(self, ref: LevelRef, level: LevelIndex, parent: KeyPath) -> Mask:
        """Mark the children of a member, which may stand above hidden ones."""
        above, *between = ref.lineage()[len(parent) - 1 : -1]
        parents = self._level(above)
        is_child: Mask = parents.codes[level.leaves] == parents.find(above, (parent,))[0]
        for part in map(self._level, between):
            is_child &= part.hidden[part.codes[level.leaves]]
        return is_child

    def _count_children(
        self, ref: LevelRef, level: LevelIndex, leaves: Mask
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Count the members shown below each member; in the place of a hidden one, its own children."""
        counts = np.zeros(level.size, np.int64)
        for children in map(self._level, _levels_below(ref)):
            existing = np.unique(children.codes[leaves])
            shown = existing[~children.hidden[existing]]
            counts += np.bincount(level.codes[children.leaves[shown]], minlength=level.size)
            leaves = leaves & children.hidden[children.codes]
        return counts


def _levels_below(ref: LevelRef) -> tuple[LevelRef, ...]:
    home = next((hierarchy for hierarchy in ref.link.hierarchies if hierarchy.name == ref.hierarchy), None)
    depths = range(len(ref.levels) + 1, len(home.levels) + 1) if home else ()
    return tuple(replace(ref, levels=home.levels[:depth]) for depth in depths if home)


def _matching(level: LevelIndex, search: str) -> Mask:
    wanted = search.lower()
    key = pl.col(f"key_{len(level.levels) - 1}").cast(pl.String)
    texts = [pl.col("caption"), key]
    found = pl.any_horizontal(
        text.str.to_lowercase().str.contains(wanted, literal=True).fill_null(value=False) for text in texts
    )
    return level.frame.select(found.alias("found"))["found"].to_numpy()

"""Where members gather: what the steps of a formula lead to, told by the keys of facts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.backends.embedded.bridges import Target, atoms_of
from cube_server.backends.embedded.levels import Codes, Mask
from cube_server.backends.embedded.moves import moved_mask, moved_target
from cube_server.backends.embedded.selection import leaf_mask
from cube_server.backends.embedded.windows import Intervals, Ladder, hierarchy_levels, intervals
from cube_server.backends.sql.parts import LeafOf
from cube_server.backends.sql.rows import Rows
from cube_server.errors import InternalError
from cube_server.model.coordinates import Move, Rolling
from cube_server.model.dimensions import LevelRef, Link
from cube_server.plan.nodes import Cuboid, Facts, MovedCut, MovedLevel
from cube_server.query.spec import Cut


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Which members each leaf is gathered by: a pair for each, both without nulls.

    Attributes:
        places: The place of each pair's leaf among those that rows reach or, of atoms (stretches of leaves that the
            same members gather), the atom.
        members: The member's code.
        atoms: The atom of each leaf, and last of null; -1 where no member gathers it. None where pairs are of leaves.
    """

    places: pl.Series
    members: pl.Series
    atoms: npt.NDArray[np.int64] | None


class Gathering:
    """Tells for one statement what its filters and moves mean.

    Args:
        rows: The facts.
        source: Which facts they are.
    """

    def __init__(self, rows: Rows, source: Facts) -> None:
        self._rows, self._cube = rows, source.cube

    def mask(self, part: Cut | MovedCut) -> Mask:
        """Mark the leaves that a filter keeps."""
        if isinstance(part, Cut):
            return leaf_mask(self._rows.index(part.ref.link), (part,))
        return self._moved_mask(part)

    def pairs(self, level: MovedLevel, leaves: Codes) -> Pairs:
        """List what each member of a moved level gathers, leaf by leaf or, where that is shorter, atom by atom.

        Args:
            level: The level.
            leaves: The leaves that rows reach.
        """
        ladder, gathered = self.intervals(level.ref, level.moves)
        lowest = ladder.lowest.codes[leaves]
        order = np.argsort(lowest, kind="stable")
        begins = np.searchsorted(lowest[order], gathered.first, "left")
        ends = np.searchsorted(lowest[order], gathered.last, "right")
        counts = np.maximum(ends - begins, 0)
        if int(counts.sum()) > len(leaves):
            atoms, starts, members = atoms_of(gathered)
            of_atoms = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
            return Pairs(pl.Series(of_atoms), pl.Series(members.astype(np.int64)), atoms[ladder.lowest.codes])
        members = np.repeat(np.arange(len(counts)), counts)
        offsets = np.arange(len(members)) - np.repeat(np.cumsum(counts) - counts, counts)
        places = order[np.repeat(begins, counts) + offsets]
        return Pairs(pl.Series(places), pl.Series(members.astype(np.int64)), None)

    def target(self, node: Cuboid, level: MovedLevel) -> Target:
        """Give the members that a moved level leads to, and the levels of the grain that they tell."""
        return moved_target(node, level, self._ladder(level.ref))

    def _moved_mask(self, part: MovedCut) -> Mask:
        index = self._rows.index(part.cut.ref.link)
        return moved_mask(part, index, *self.intervals(part.cut.ref, part.moves))

    def _ladder(self, ref: LevelRef) -> Ladder:
        return Ladder(self._rows.index(ref.link), hierarchy_levels(ref))

    def intervals(self, ref: LevelRef, moves: tuple[Move, ...]) -> tuple[Ladder, Intervals]:
        """Give what each member of a level gathers after its moves, as intervals on the ladder of its hierarchy."""
        ladder = self._ladder(ref)
        needs_coverage = any(isinstance(move, Rolling) and move.full for move in moves)
        covered = self._coverage(ref.link, ladder) if needs_coverage else (0, 0)
        return ladder, intervals(ladder, ref, moves, covered)

    def _used(self, own: Link) -> Mask:
        """Mark the leaves that the facts have by a link of their own."""
        star = self._rows.star
        if not self._rows.is_dated(own):
            return star.fact_leaves(self._cube, own)
        facts = star.table(self._cube.table, "f")
        rows = Rows(star, facts, lambda link: facts.c[link.column.name])
        parts = rows.held(own).parts
        schema = {f"part_{place}": part.type for place, part in enumerate(parts)}
        every = rows.select(*(part.column for part in parts)).distinct()
        used = np.zeros(self._rows.index(own).leaves + 1, np.bool_)
        used[LeafOf(parts, list(schema)).rows(star.read(every, schema))] = True
        return used

    def _coverage(self, link: Link, ladder: Ladder) -> tuple[int, int]:
        """Give the first and the last member of the lowest level that the facts cover."""
        meant = self._rows.meant(link)
        if meant.through is not None or meant in self._rows.star.derived:
            raise InternalError(f"What the facts cover of {link.name} is not known.")
        places = np.flatnonzero(self._used(meant))
        lowest, known = ladder.lowest.codes, ladder.known(len(ladder.levels) - 1)
        first, last = lowest[places], lowest[_last_leaves(self._rows, meant)[places]]
        first, last = first[known[first]], last[known[last]]
        return (int(first.min()), int(last.max())) if len(first) and len(last) else (0, 0)


def _last_leaves(rows: Rows, link: Link) -> Codes:
    """Give for each leaf the last one that a fact there covers: a fact of a month covers its days."""
    index = rows.index(link)
    return np.arange(index.leaves + 1, dtype=np.int32) if link.level is None else index.last_leaves(link.level)

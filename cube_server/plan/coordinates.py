"""From moves to relations: at which grain, and within which filters, an aggregate at another coordinate is computed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cube_server.model.coordinates import (
    AxisName,
    Hierarchies,
    Lag,
    Move,
    Override,
    Rolling,
    ToAll,
    ToDate,
    ToMember,
    ToOwn,
)
from cube_server.model.elements import DerivedAttribute, Level, LevelRef, Link
from cube_server.plan.nodes import Filter, Grain, MovedCut, MovedLevel, SemiJoin
from cube_server.query.spec import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinate:
    """Where a block of cells is computed.

    Attributes:
        rows: The row levels of the block, as far as they are not rolled up.
        columns: The column levels.
        cuts: The restrictions.
        moved: Restrictions to where the member of a cut moves to.
    """

    rows: tuple[Grain, ...]
    columns: tuple[Grain, ...]
    cuts: tuple[Cut, ...]
    moved: tuple[MovedCut, ...] = ()

    @property
    def grain(self) -> tuple[Grain, ...]:
        """All levels of the block."""
        return (*self.rows, *self.columns)

    def apply(self, override: Override) -> Coordinate | None:
        """Make a move.

        Returns:
            The coordinate after the move; None where there is no such place: a step from All, or below a level.
        """
        if not isinstance(override.target, Hierarchies):
            return self._along_axis(override.target, override.move)
        match override.move:
            case ToAll():
                return self._without(override.target)
            case ToMember() as move:
                return self._at_member(override.target, move)
        return self._stepped(override.target, override.move)

    def _along_axis(self, axis: AxisName, move: Move) -> Coordinate:
        kept = () if isinstance(move, ToAll) else getattr(self, axis)[:-1]
        return replace(self, rows=kept) if axis == "rows" else replace(self, columns=kept)

    def _without(self, target: Hierarchies) -> Coordinate:
        def others(levels: tuple[Grain, ...]) -> tuple[Grain, ...]:
            return tuple(level for level in levels if not target.has(level_of(level)))

        return replace(self, rows=others(self.rows), columns=others(self.columns))

    def _at_member(self, target: Hierarchies, move: ToMember) -> Coordinate:
        rest = self._without(target)
        cuts = (*_others(rest.cuts, target), Cut(ref=move.ref, members=(move.path,)))
        return replace(rest, cuts=cuts, moved=tuple(cut for cut in self.moved if not target.has(cut.cut.ref)))

    def _stepped(self, target: Hierarchies, move: Move) -> Coordinate | None:
        present = [level for level in self.grain if target.has(level_of(level))]
        refs = [level_of(level) for level in present]
        lowest = [level for level in present if not any(_is_above(level_of(level), ref) for ref in refs)]
        current = [level for level in lowest if _can_step(level_of(level), move)]
        leaves_cut = isinstance(move, Lag | ToDate | Rolling)
        cuts = _others(self.cuts, target) if leaves_cut else self.cuts
        if current:
            finest = max(current, key=lambda level: len(level_of(level).levels))
            return replace(
                self,
                rows=tuple(_step(level, move) if level == finest else level for level in self.rows),
                columns=tuple(_step(level, move) if level == finest else level for level in self.columns),
                cuts=cuts,
            )
        if isinstance(move, ToOwn):
            cuts = _others(self.cuts, target)
        elif not leaves_cut:
            return self
        single = [cut for cut in self.cuts if cut not in cuts and is_one_member(cut) and _can_step(cut.ref, move)]
        if self.moved and any(target.has(cut.cut.ref) for cut in self.moved):
            moved = tuple(
                replace(cut, moves=(*cut.moves, move)) if target.has(cut.cut.ref) else cut for cut in self.moved
            )
            return replace(self, moved=moved)
        here = _finest(single)
        if here is None:
            return None
        within = tuple(cut for cut in single if cut != here)
        return replace(self, cuts=cuts, moved=(*self.moved, MovedCut(here, (move,), within)))


def level_of(level: Grain) -> LevelRef:
    """Give the level that a part of a grain is about."""
    return level.ref if isinstance(level, MovedLevel) else level


def is_determined(ref: LevelRef, keys: tuple[LevelRef, ...], attributes: tuple[DerivedAttribute, ...] = ()) -> bool:
    """Tell whether the members of some levels determine the member of another, or the value of an attribute."""
    for attribute in attributes:
        if attribute.link == ref.link:
            return all(is_determined(key, keys, attributes) for key in attribute.keys)
    return any(_determines(key, ref) for key in keys)


def is_along(ref: LevelRef, link: Link, attributes: tuple[DerivedAttribute, ...]) -> bool:
    """Tell whether a level is one of a linked dimension's, or derived of that dimension's members alone."""
    of = (attribute.keys for attribute in attributes if attribute.link == ref.link)
    return ref.link == link or any(all(is_along(key, link, attributes) for key in keys) for keys in of)


def is_about(part: Filter, link: Link, attributes: tuple[DerivedAttribute, ...]) -> bool:
    """Tell whether a filter chooses among a linked dimension's members, whatever the other dimensions."""
    match part:
        case Cut(ref=ref) | MovedCut(cut=Cut(ref=ref)):
            return is_along(ref, link, attributes)
        case SemiJoin(on=on):
            return all(is_along(ref, link, attributes) for ref in on)
    return False


def _determines(finer: LevelRef, ref: LevelRef) -> bool:
    if finer.link != ref.link:
        return False
    if finer.level.key == finer.link.dimension.key or ref.level.attribute_of == finer.level.name:
        return True
    return all(level in _told(finer) for level in ref.levels)


def _told(ref: LevelRef) -> set[Level]:
    """List the levels whose members the member of a level tells: its own path and, by a unique key, all above it."""
    hierarchies = ref.link.dimension.hierarchies if ref.level.unique else ()
    above = (h.levels[: h.levels.index(ref.level)] for h in hierarchies if ref.level in h.levels)
    return {*ref.levels, *(level for levels in above for level in levels)}


def is_one_member(cut: Cut) -> bool:
    """Tell whether a cut makes its member the current one: a slice."""
    return len(cut.members) == 1 and not cut.ranges and not cut.exclude


def _finest(cuts: list[Cut]) -> Cut | None:
    """Find the cut whose member tells the members of all others, as 2017 / Q1 tells 2017."""
    told = (cut for cut in cuts if all(is_determined(other.ref, (cut.ref,)) for other in cuts))
    return next(told, None)


def _step(level: Grain, move: Move) -> MovedLevel:
    return MovedLevel(level.ref, (*level.moves, move)) if isinstance(level, MovedLevel) else MovedLevel(level, (move,))


def _others(cuts: tuple[Cut, ...], target: Hierarchies) -> tuple[Cut, ...]:
    """Keep the cuts on other hierarchies. A cut by unique key is on every hierarchy that has the level."""
    return tuple(cut for cut in cuts if not _is_on(cut.ref, target))


def _is_on(ref: LevelRef, target: Hierarchies) -> bool:
    if ref.link != target.link:
        return False
    if ref.is_alone and not ref.level.unique:
        return target.name == ref.hierarchy
    if ref.level.attribute_of is not None:
        return target.name == ref.hierarchy
    hierarchies = {hierarchy.name: hierarchy for hierarchy in ref.link.dimension.hierarchies}
    if target.name is None:
        return True
    return target.name in hierarchies and ref.level in hierarchies[target.name].levels


def _is_above(ref: LevelRef, other: LevelRef) -> bool:
    """Tell whether a level is an ancestor of another: then the other's member is the current one."""
    return ref.hierarchy == other.hierarchy and len(ref.levels) < len(other.levels)


def _can_step(ref: LevelRef, move: Move) -> bool:
    """An attribute does not lie along a hierarchy; an ancestor must lie above, and a level to count below."""
    if ref.level.attribute_of is not None:
        return False
    if ref.is_alone and not ref.level.unique:
        return False
    if isinstance(move, Lag | ToDate) and move.level is not None:
        return move.level.level in _above(ref)
    if isinstance(move, Rolling) and move.level is not None:
        return move.level.level in _below(ref)
    return True


def _below(ref: LevelRef) -> tuple[Level, ...]:
    """List a level and those below it in its hierarchy; of one used alone, in the first that has it."""
    for hierarchy in ref.link.dimension.hierarchies:
        if hierarchy.name == ref.hierarchy or (ref.is_alone and ref.level in hierarchy.levels):
            return hierarchy.levels[hierarchy.levels.index(ref.level) :]
    return ()


def _above(ref: LevelRef) -> tuple[Level, ...]:
    """List a level and those above it; of one used alone, in the first hierarchy that has it."""
    if not ref.is_alone:
        return ref.levels
    levels = next(hierarchy.levels for hierarchy in ref.link.dimension.hierarchies if ref.level in hierarchy.levels)
    return levels[: levels.index(ref.level) + 1]

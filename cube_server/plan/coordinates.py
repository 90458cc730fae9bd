"""From moves to relations: at which grain, and within which filters, an aggregate at another coordinate is computed."""

from __future__ import annotations

from collections.abc import Callable
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
    ToMembers,
    ToOwn,
    ToParent,
    ToRole,
)
from cube_server.model.dimensions import Level, LevelRef, Link
from cube_server.model.elements import DerivedAttribute
from cube_server.plan.nodes import Except, Filter, Grain, MovedCut, MovedLevel, SemiJoin
from cube_server.query.spec import Cut
from cube_server.types import KeyPath


@dataclass(frozen=True, slots=True)
class Gathering:
    """A member that stands for many on an axis: for the tuples that are shown or, with `anti`, for the others.

    Attributes:
        axis: The axis.
        refs: The levels that tell which.
        grain: How many of them have members of their own beside it.
        anti: Whether it is the others.
    """

    axis: AxisName
    refs: tuple[LevelRef, ...]
    grain: int
    anti: bool

    def only(self, kept: Callable[[LevelRef], bool]) -> tuple[Gathering, ...] | None:
        """Give what is left of it where only some levels count.

        Who is shown is shown as far as any levels tell. Who is left out is known by all levels or by none; who the
        others are depends on the levels around them, so these cannot leave alone: then it is None.
        """
        refs = tuple(ref for ref in self.refs if kept(ref))
        if not self.anti:
            return (replace(self, refs=refs),) if refs else ()
        if not kept(self.refs[-1]):
            return ()
        return (self,) if refs == self.refs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinate:
    """Where a block of cells is computed.

    Attributes:
        rows: The row levels of the block, as far as they are not rolled up.
        columns: The column levels.
        cuts: The restrictions.
        excepted: Cuts that leave a fact out where all of them hold.
        at: Members that a move led to, each in the place of the cuts on its hierarchies.
        moved: Restrictions to where the member of a cut moves to.
        gatherings: Members that stand for many.
    """

    rows: tuple[Grain, ...]
    columns: tuple[Grain, ...]
    cuts: tuple[Cut, ...]
    at: tuple[tuple[Hierarchies, Cut], ...] = ()
    moved: tuple[MovedCut, ...] = ()
    excepted: tuple[Cut, ...] = ()
    gatherings: tuple[Gathering, ...] = ()

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The restrictions that hold, but for the gatherings."""
        excepted = (Except(self.excepted),) if self.excepted else ()
        return (*self.cuts_here, *excepted, *self.moved)

    @property
    def grain(self) -> tuple[Grain, ...]:
        """All levels of the block."""
        return (*self.rows, *self.columns)

    @property
    def cuts_here(self) -> tuple[Cut, ...]:
        """The restrictions that hold, the members that a move led to among them."""
        cuts = self.cuts
        for target, _ in self.at:
            cuts = _others(cuts, target)
        return (*cuts, *(cut for _, cut in self.at))

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
            case ToMember(ref, path):
                return self._at_members(override.target, ref, (path,))
            case ToMembers(ref, paths):
                return self._at_members(override.target, ref, paths)
            case ToRole() as move:
                return self._in_role(override.target, move)
        return self._from_gathering(override.target, override.move)

    def _from_gathering(self, target: Hierarchies, move: Move) -> Coordinate | None:
        """Step from a member that stands for many: it has a parent, but none before it and none after."""
        met = [part for part in self.gatherings if any(map(target.has, part.refs))]
        if not met:
            return self._stepped(target, move)
        if not isinstance(move, ToParent):
            return None
        rest = self._gathering(lambda ref: not target.has(ref), self)
        others = [part for part in met if part.anti]
        if rest is None or not others:
            return rest._stepped(target, move) if rest else None
        # The others of a whole axis have no parent of their own.
        return rest if all(part.grain == len(part.refs) - 1 for part in others) else None

    def told(self, is_told: Callable[[LevelRef], bool]) -> Coordinate | None:
        """Keep the levels, cuts and gatherings of which something is told; None where it is told in part only."""
        return self._gathering(
            is_told,
            replace(
                self,
                rows=tuple(level for level in self.rows if is_told(read_by(level))),
                columns=tuple(level for level in self.columns if is_told(read_by(level))),
                cuts=tuple(cut for cut in self.cuts if is_told(cut.ref)),
                at=tuple((home, cut) for home, cut in self.at if is_told(cut.ref)),
                moved=tuple(cut for cut in self.moved if is_told(cut.cut.ref)),
                excepted=self.excepted if all(is_told(cut.ref) for cut in self.excepted) else (),
            ),
        )

    def _gathering(self, kept: Callable[[LevelRef], bool], rest: Coordinate) -> Coordinate | None:
        """Give a coordinate what is left of the gatherings; None where one cannot be told any more."""
        left = [gathering.only(kept) for gathering in self.gatherings]
        if any(part is None for part in left):
            return None
        return replace(rest, gatherings=tuple(found for part in left for found in part or ()))

    def _along_axis(self, axis: AxisName, move: Move) -> Coordinate:
        levels: tuple[Grain, ...] = getattr(self, axis)
        is_all = isinstance(move, ToAll)
        cuts = tuple(cut for cut in self.cuts if cut.axis != axis) if is_all else self.cuts
        gatherings = tuple(part for part in self.gatherings if part.axis != axis)
        # What encloses the others is told by all levels beside them.
        is_others = any(part.anti for part in self.gatherings if part.axis == axis)
        kept = () if is_all else levels if is_others else levels[:-1]
        there = replace(self, gatherings=gatherings, cuts=cuts)
        return replace(there, rows=kept) if axis == "rows" else replace(there, columns=kept)

    def _without(self, target: Hierarchies) -> Coordinate | None:
        def others(levels: tuple[Grain, ...]) -> tuple[Grain, ...]:
            return tuple(level for level in levels if not target.has(level_of(level)))

        rest = replace(
            self,
            rows=others(self.rows),
            columns=others(self.columns),
            cuts=tuple(cut for cut in self.cuts if not (cut.axis and target.has(cut.ref))),
            at=self._elsewhere(target),
        )
        return self._gathering(lambda ref: not target.has(ref), rest)

    def _at_members(self, target: Hierarchies, ref: LevelRef, paths: tuple[KeyPath, ...]) -> Coordinate | None:
        rest = self._without(target)
        if rest is None:
            return None
        moved = tuple(cut for cut in self.moved if not target.has(cut.cut.ref))
        return replace(rest, at=(*rest.at, (target, Cut(ref=ref, members=paths))), moved=moved)

    def _elsewhere(self, target: Hierarchies) -> tuple[tuple[Hierarchies, Cut], ...]:
        """Give the members that moves led to, but those on some hierarchies."""
        return tuple((home, cut) for home, cut in self.at if not _overlap(home, target))

    def _from_members(self, target: Hierarchies, cuts: tuple[Cut, ...], move: Move) -> Coordinate | None:
        """Step from a member that a move led to; above one of an attribute is only All."""
        rest = replace(self, at=self._elsewhere(target))
        if isinstance(move, ToParent) and not all(_can_step(cut.ref, move) for cut in cuts):
            return rest
        if len(cuts) > 1 or not is_one_member(cuts[0]) or not _can_step(cuts[0].ref, move):
            return None
        return replace(rest, cuts=_others(self.cuts, target), moved=(*self.moved, MovedCut(cuts[0], (move,))))

    def _in_role(self, target: Hierarchies, move: ToRole) -> Coordinate | None:
        """Read the levels of a link by another, and cut by that one; there is no such place where that tells less."""
        told = {level for hierarchy in move.link.hierarchies for level in hierarchy.levels}
        cuts = (*self.cuts, *self.excepted, *(cut for _, cut in self.at), *(part.cut for part in self.moved))
        named = [ref for ref in (*map(level_of, self.grain), *(part.ref for part in cuts)) if ref.link == target.link]
        is_gathered = any(ref.link == target.link for part in self.gatherings for ref in part.refs)
        if is_gathered or not told.issuperset(level for ref in named for level in ref.levels):
            return None

        def read(levels: tuple[Grain, ...]) -> tuple[Grain, ...]:
            links = [level_of(level).link for level in levels]
            return tuple(
                _read_by(level, move.link) if link == target.link else level
                for level, link in zip(levels, links, strict=True)
            )

        def cut(part: Cut) -> Cut:
            return replace(part, ref=replace(part.ref, link=move.link)) if part.ref.link == target.link else part

        return replace(
            self,
            rows=read(self.rows),
            columns=read(self.columns),
            cuts=tuple(map(cut, self.cuts)),
            at=tuple(
                (replace(home, link=move.link) if home.link == target.link else home, cut(at)) for home, at in self.at
            ),
            moved=tuple(replace(part, cut=cut(part.cut), within=tuple(map(cut, part.within))) for part in self.moved),
            excepted=tuple(map(cut, self.excepted)),
        )

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
                at=self._elsewhere(target) if leaves_cut else self.at,
            )
        explicit = tuple(cut for home, cut in self.at if _overlap(home, target))
        if explicit:
            return self._from_members(target, explicit, move)
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


def read_by(level: Grain) -> LevelRef:
    """Give the level that facts are read by."""
    return level.ref if isinstance(level, MovedLevel) else level


def level_of(level: Grain) -> LevelRef:
    """Give the level of the question that a part of a grain is about."""
    return level.shown or level.ref if isinstance(level, MovedLevel) else level


def is_determined(ref: LevelRef, keys: tuple[LevelRef, ...], attributes: tuple[DerivedAttribute, ...] = ()) -> bool:
    """Tell whether the members of some levels determine the member of another, or the value of an attribute."""
    for attribute in attributes:
        if attribute.link == ref.link:
            return all(is_determined(key, keys, attributes) for key in attribute.keys)
    return any(_determines(key, ref) for key in keys)


def is_along(ref: LevelRef, is_one: Callable[[Link], bool], attributes: tuple[DerivedAttribute, ...]) -> bool:
    """Tell whether a level is of one of some links, or derived of their members alone."""
    of = (attribute.keys for attribute in attributes if attribute.link == ref.link)
    return is_one(ref.link) or any(all(is_along(key, is_one, attributes) for key in keys) for keys in of)


def is_about(part: Filter, is_one: Callable[[Link], bool], attributes: tuple[DerivedAttribute, ...]) -> bool:
    """Tell whether a filter chooses among the members of some links alone, whatever the others."""
    match part:
        case Cut(ref=ref) | MovedCut(cut=Cut(ref=ref)):
            return is_along(ref, is_one, attributes)
        case Except(cuts=cuts):
            return all(is_along(cut.ref, is_one, attributes) for cut in cuts)
        case SemiJoin(on=on):
            return all(is_along(ref, is_one, attributes) for ref in on)
    return False


def _determines(finer: LevelRef, ref: LevelRef) -> bool:
    if finer.link != ref.link or any(level.varies and level not in finer.levels for level in ref.levels):
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
    return len(cut.members) == 1 and not (cut.ranges or cut.exclude or cut.by_value)


def _finest(cuts: list[Cut]) -> Cut | None:
    """Find the cut whose member tells the members of all others, as 2017 / Q1 tells 2017."""
    told = (cut for cut in cuts if all(is_determined(other.ref, (cut.ref,)) for other in cuts))
    return next(told, None)


def _step(level: Grain, move: Move) -> MovedLevel:
    if isinstance(level, MovedLevel):
        return replace(level, moves=(*level.moves, move))
    return MovedLevel(level, (move,))


def _read_by(level: Grain, link: Link) -> MovedLevel:
    """Read a level by another link to its dimension."""
    if isinstance(level, MovedLevel):
        return replace(level, ref=replace(level.ref, link=link), shown=level_of(level))
    return MovedLevel(replace(level, link=link), (), shown=level)


def _others(cuts: tuple[Cut, ...], target: Hierarchies) -> tuple[Cut, ...]:
    """Keep the cuts on other hierarchies. A cut by unique key is on every hierarchy that has the level."""
    return tuple(cut for cut in cuts if not _is_on(cut.ref, target))


def _overlap(one: Hierarchies, other: Hierarchies) -> bool:
    return one.link.name == other.link.name and (one.name == other.name or None in (one.name, other.name))


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
    if ref.is_alone and (not ref.level.unique or any(level.varies for level in _above(ref))):
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

"""What a cuboid needs of a rollup: the levels and keys that its grain must tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product

from cube_server.model.coordinates import Lag, Move, Rolling, ToDate
from cube_server.model.dimensions import LevelRef, Link, levels_of
from cube_server.model.elements import AggregateKind, BaseMeasure, Cube
from cube_server.model.tables import Column
from cube_server.plan.coordinates import is_determined
from cube_server.plan.nodes import Aggregate, Cuboid, Except, Facts, MovedCut, MovedLevel, SemiJoin, ref_of
from cube_server.query.spec import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What some cuboids of one cube's facts need, by names.

    Attributes:
        cube: The cube.
        levels: The levels, sorted by name; none that another tells by its own hierarchy.
        keys: The columns of keys that are told, such as that of a bridge.
        counted: The columns of keys whose different values are counted: told, or each in one cell.
    """

    cube: str
    levels: tuple[str, ...]
    keys: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()


def need_of(node: Cuboid) -> Need | None:
    """Tell what a cuboid of facts needs; None where no rollup of levels can have it."""
    if not isinstance(node.source, Facts):
        return None
    cube = node.source.cube
    meant = {asked.name: theirs for asked, theirs in node.source.roles}
    refs: list[LevelRef] = []
    keys: list[str] = []
    pending = [replace(ref, link=meant.get(ref.link.name, ref.link)) for ref in _named(node)]
    while pending:
        ref = pending.pop()
        attribute = next((part for part in cube.attributes if part.link == ref.link), None)
        if attribute is not None:
            pending.extend(attribute.keys)
        elif ref.link.through is None and ref.link in cube.links:
            refs.append(ref)
        elif (carrier := getattr(ref.link.through, "carrier", None)) is not None and (finest := finest_of(carrier)):
            refs.append(finest)
        elif ref.link.through is not None and ref.link.through.carrier is None:
            keys.append(ref.link.column.name)
        else:
            return None
    counted = (over.name for part in node.aggregates if (over := _counted(part)))
    return Need(
        cube=cube.name, levels=levels_needed(refs), keys=tuple(sorted(set(keys))), counted=tuple(sorted(set(counted)))
    )


def finest_of(link: Link) -> LevelRef | None:
    """Give the level of a link whose key is that of the dimension's rows; None where no level has it."""
    return next((ref for ref in levels_of(link) if ref.level.key == link.dimension.key), None)


def levels_needed(refs: Iterable[LevelRef]) -> tuple[str, ...]:
    """Name levels, but those that others tell by their hierarchy."""
    found: list[LevelRef] = []
    for ref in sorted(dict.fromkeys(refs), key=lambda ref: -len(ref.levels)):
        if not is_determined(ref, tuple(found)):
            found.append(ref)
    return tuple(sorted(ref.name for ref in found))


def _counted(part: Aggregate | BaseMeasure) -> Column | None:
    """Give the column of keys that an aggregate counts."""
    kind = part.kind if isinstance(part, Aggregate) else part.aggregate
    return part.over if kind is AggregateKind.DISTINCT and isinstance(part.over, Column) else None


def _named(node: Cuboid) -> Iterator[LevelRef]:
    """Go through the levels that a cuboid groups by, cuts by, moves along, counts, and has days and items of."""
    for level in node.grain:
        yield ref_of(level)
        yield from _along(level.moves) if isinstance(level, MovedLevel) else ()
    for part in node.filters:
        match part:
            case Cut(ref=ref):
                yield ref
            case MovedCut(cut=cut, moves=moves, within=within):
                yield from (cut.ref, *(other.ref for other in within), *_along(moves))
            case Except(cuts=cuts):
                yield from (cut.ref for cut in cuts)
            case SemiJoin(on=on):
                yield from on
    for aggregate in node.aggregates:
        if isinstance(aggregate.over, LevelRef):
            yield aggregate.over
        if aggregate.rule is not None:
            yield from (aggregate.rule.over, *aggregate.rule.items)


def _along(moves: Iterable[Move]) -> Iterator[LevelRef]:
    for move in moves:
        if isinstance(move, Lag | ToDate | Rolling) and move.level is not None:
            yield move.level


def needs_of_model(cube: Cube) -> Iterator[Need]:
    """Go through what people are likely to ask before anybody has: a level of each hierarchy, over time and by time."""
    links = [link for link in cube.links if link.through is None]
    times = [ref for link in links if link.dimension.is_time for ref in _drilled(link)]
    others = [ref for link in links if not link.dimension.is_time for ref in _drilled(link)]
    bases = (measure for measure in cube.measures if isinstance(measure, BaseMeasure))
    counted = tuple(sorted({over.name for measure in bases if (over := _counted(measure))}))
    tops = [next(iter(_drilled(link)), None) for link in links]
    pairs = ((one, other) for one, other in combinations(tops, 2) if one and other)
    for refs in (*((ref,) for ref in (*times, *others)), *product(others, times), *pairs):
        levels = levels_needed(refs)
        yield Need(cube=cube.name, levels=levels)
        if counted:
            yield Need(cube=cube.name, levels=levels, counted=counted)


def _drilled(link: Link) -> Iterator[LevelRef]:
    """Go through the levels of the hierarchies that are drilled along."""
    return (ref for ref in levels_of(link) if ref.level.attribute_of is None)

"""Measures of other facts: a cube's measure used in another cube, over the dimensions that both share.

The same fact may be another one, too, by other roles: sales dated by their shipment beside sales dated by their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from cube_server.errors import nearest
from cube_server.model.coordinates import Hierarchies, Lag, Move, Override, Rolling, ToDate, ToMember, ToRole
from cube_server.model.dimensions import LevelRef, Link
from cube_server.model.document import ImportDoc
from cube_server.model.elements import Cube, Measure, SemiAdditive

Blame = Callable[[str, str, str], None]
"""Notes a mistake: its JSON pointer, what is wrong, and a hint."""

Role = tuple[Link, Link]
"""A link as a question names it, and the link of the facts that it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The facts that a measure is taken from, and what the asking cube's links mean there.

    Attributes:
        cube: The cube of the facts.
        shared: The asking cube's links that the facts have, each with theirs.
        ignored: The names of the asking cube's links over which a total repeats where the facts do not have them.
    """

    cube: Cube
    shared: tuple[Role, ...]
    ignored: tuple[str, ...]

    def __hash__(self) -> int:
        """Hash by what is cheap to hash: a cube holds all of its dimensions."""
        return hash((self.cube.name, self.ignored))

    @property
    def roles(self) -> tuple[Role, ...]:
        """What every link means that a cuboid of these facts may name: the shared ones, and the facts' own."""
        return (*self.shared, *((self.own(link), link) for link in self.cube.links))

    def own(self, link: Link) -> Link:
        """Name a link of the facts so that it is none of the asking cube's."""
        return replace(link, name=f"{self.cube.name}:{link.name}")

    def own_ref(self, ref: LevelRef) -> LevelRef:
        """Name a level of the facts so that it is none of the asking cube's."""
        return replace(ref, link=self.own(ref.link))

    def meant(self, link: Link) -> Link | None:
        """Give the link of the facts that a link of the asking cube means; None if they have none."""
        return next((theirs for ours, theirs in self.shared if ours.name == link.name), None)

    def asked(self, link: Link) -> Link:
        """Give the asking cube's link that means a link of the facts; where there is none, the facts' own."""
        ours = [ours for ours, theirs in self.shared if theirs == link]
        named = (one for one in ours if one.name == link.name)
        return next(named, ours[0] if ours else self.own(link))

    def rule_asked(self, rule: SemiAdditive) -> SemiAdditive:
        """Turn a rule on days into the asking cube's terms, so that its days are those of the asked levels."""
        over, *items = (replace(ref, link=self.asked(ref.link)) for ref in (rule.over, *rule.items))
        return replace(rule, over=over, items=tuple(items))

    def as_asked(self, override: Override) -> Override:
        """Turn a move in the facts' terms into the asking cube's."""
        if not isinstance(override.target, Hierarchies):
            return override
        target = replace(override.target, link=self.asked(override.target.link))
        return Override(target, self._move(override.move))

    def _move(self, move: Move) -> Move:
        match move:
            case ToMember(ref=ref):
                return replace(move, ref=replace(ref, link=self.asked(ref.link)))
            case ToRole(link=link):
                return replace(move, link=self.asked(link))
            case Lag(level=LevelRef() as ref) | Rolling(level=LevelRef() as ref) | ToDate(level=ref):
                return replace(move, level=replace(ref, link=self.asked(ref.link)))
        return move


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedMeasure(Measure):
    """A measure of other facts.

    Attributes:
        source: The facts.
        measure: The measure, as their cube has it.
    """

    source: Source
    measure: Measure


def find_source(part: ImportDoc, asking: Cube, cubes: Mapping[str, Cube], place: str, blame: Blame) -> Source | None:
    """Find what a measure is taken from, noting every mistake.

    A link of the asking cube means the link that the document says, else the one of the same name, else the only one to
    the same dimension.

    Args:
        part: The document.
        asking: The cube that the measure is used in.
        cubes: All cubes, by name.
        place: The document's JSON pointer.
        blame: Notes mistakes.
    """
    cube = cubes.get(part.cube)
    if cube is None:
        blame(f"{place}/cube", f"No cube {part.cube!r}.", nearest(part.cube, cubes))
        return None
    names = [link.name for link in asking.links]
    spots = [(f"{place}/links/{name}", name) for name in part.links]
    spots += [(f"{place}/ignore/{position}", name) for position, name in enumerate(part.ignore)]
    for spot, name in spots:
        if name not in names:
            blame(spot, f"Cube {asking.name!r} has no link {name!r}.", nearest(name, names))
    shared = tuple(_shared(part, asking, cube, place, blame))
    return Source(cube=cube, shared=shared, ignored=tuple(part.ignore))


def find_measure(part: ImportDoc, cube: Cube, place: str, blame: Blame) -> Measure | None:
    """Find the measure that is taken from a cube, noting a mistake."""
    measure = cube.measure(part.measure)
    if measure is None:
        known = [known.name for known in cube.measures if not isinstance(known, ImportedMeasure)]
        blame(f"{place}/measure", f"Cube {cube.name!r} has no measure {part.measure!r}.", nearest(part.measure, known))
    elif isinstance(measure, ImportedMeasure):
        origin = f"{measure.source.cube.name}.{measure.measure.name}"
        blame(f"{place}/measure", f"{cube.name}.{measure.name} is itself taken from {origin}.", "Take it from there.")
        return None
    return measure


def _shared(part: ImportDoc, asking: Cube, cube: Cube, place: str, blame: Blame) -> Iterator[Role]:
    for link in asking.links:
        alike = {other.name: other for other in cube.links if other.dimension.name == link.dimension.name}
        if link.name in part.links:
            wanted = part.links[link.name]
            if wanted is not None and wanted not in alike:
                problem = f"Cube {cube.name!r} has no link {wanted!r} to {link.dimension.name!r}."
                blame(f"{place}/links/{link.name}", problem, nearest(wanted, alike))
            wanted = wanted or ""
        else:
            wanted = link.name if link.name in alike or len(alike) != 1 else next(iter(alike))
            if alike and wanted not in alike:
                problem = f"Cube {cube.name!r} has several links to {link.dimension.name!r}: {', '.join(alike)}."
                hint = f'Say which {link.name} means: "links": {{"{link.name}": "{next(iter(alike))}"}}, or null.'
                blame(f"{place}/links", problem, hint)
        if wanted in alike:
            yield link, alike[wanted]

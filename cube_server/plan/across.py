"""Drill-across: the same coordinate in other facts, as far as they have its dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import Cube, DerivedAttribute
from cube_server.model.imports import Source
from cube_server.plan.coordinates import Coordinate, read_by


@dataclass(frozen=True, slots=True)
class Across:
    """Takes coordinates of a cube to other facts.

    Attributes:
        cube: The asking cube.
        source: The other facts.
    """

    cube: Cube
    source: Source

    def coordinate(self, there: Coordinate) -> Coordinate | None:
        """Give the coordinate of the other facts; None where they lack a dimension of it.

        Levels and cuts that they lack are left out where that is asked for, so that a total repeats.
        """
        if any(not self._is_ignored(ref) for ref in self.lacking(_refs(there))):
            return None
        return there.told(self._has)

    def lacking(self, refs: Iterable[LevelRef]) -> Iterator[LevelRef]:
        """Go through the levels that the other facts do not tell."""
        return (ref for ref in refs if not self._has(ref))

    def note(self, ref: LevelRef) -> str:
        """Say what becomes of a level that the other facts do not tell."""
        key = next((key for key in self._keys(ref) if not self._tells(key)), ref)
        link = self.source.meant(key.link)
        what = f"has no {key.link.name}"
        if self._mixes_bridges(ref):
            what = f"has many members a fact that {ref.name} is of"
        elif link and link.level:
            what = f"knows {key.link.name} by {link.level.name}"
        becomes = "its total repeats" if self._is_ignored(ref) else "it is null"
        return f"cube {self.source.cube.name} {what}, so {becomes} at {ref.name}."

    def _has(self, ref: LevelRef) -> bool:
        return all(self._tells(key) for key in self._keys(ref)) and not self._mixes_bridges(ref)

    def _mixes_bridges(self, ref: LevelRef) -> bool:
        """Tell whether a derived attribute's value hangs on which of the many members of those facts is meant."""
        attribute = self._attribute(ref)
        if attribute is None:
            return False
        links = [self.source.meant(key.link) for key in self._keys(ref)]
        is_nested = any(self._attribute(key) for key in attribute.keys)
        return (is_nested or len(links) > 1) and any(link is not None and link.through for link in links)

    def _attribute(self, ref: LevelRef) -> DerivedAttribute | None:
        return next((part for part in self.cube.attributes if part.link == ref.link), None)

    def _keys(self, ref: LevelRef) -> tuple[LevelRef, ...]:
        """Give the levels that must be told for a level to be: those that a derived attribute is of, else itself."""
        attribute = self._attribute(ref)
        return (ref,) if attribute is None else self._keys_of(attribute)

    def _keys_of(self, attribute: DerivedAttribute) -> tuple[LevelRef, ...]:
        return tuple(key for ref in attribute.keys for key in self._keys(ref))

    def _tells(self, ref: LevelRef) -> bool:
        link = next((theirs for ours, theirs in self.source.roles if ours.name == ref.link.name), None)
        told = {level.name for hierarchy in link.hierarchies for level in hierarchy.levels} if link else set()
        return all(level.name in told for level in ref.levels)

    def _is_ignored(self, ref: LevelRef) -> bool:
        ignored = (key.link.name in self.source.ignored for key in self._keys(ref) if not self._tells(key))
        return not self._mixes_bridges(ref) and all(ignored)


def _refs(there: Coordinate) -> tuple[LevelRef, ...]:
    return (
        *(read_by(level) for level in there.grain),
        *(cut.ref for cut in (*there.cuts_here, *there.excepted)),
        *(cut.cut.ref for cut in there.moved),
        *(ref for gathering in there.gatherings for ref in gathering.refs),
    )

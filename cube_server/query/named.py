"""The members that an axis names: from keys and texts to members."""

from __future__ import annotations

from collections.abc import Callable

from cube_server.formulas.parse import FormulaError
from cube_server.formulas.tree import walk
from cube_server.model.coordinates import Hierarchies, Override, ToMember
from cube_server.model.definitions import Blame, Definitions
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import Cube
from cube_server.model.members import AxisMember, MemberValue, full_level, named_member
from cube_server.query.request import CalculatedKey, MemberDoc
from cube_server.types import KeyPath

_MOST = 200
"""The most members that an axis may name: each is a cuboid of its own."""

Paths = Callable[[str, LevelRef, MemberDoc], KeyPath | None]
"""Reads a key path of a level, or blames its place."""


class NamedMembers:
    """Reads named members.

    Args:
        cube: The cube.
        blame: Notes mistakes.
        path: Reads key paths.
    """

    def __init__(self, cube: Cube, blame: Blame, path: Paths) -> None:
        self._cube, self._blame, self._path = cube, blame, path

    def read(
        self, place: str, ref: LevelRef | None, given: list[CalculatedKey | MemberDoc]
    ) -> tuple[LevelRef | None, tuple[AxisMember, ...]]:
        """Read the members of one axis item.

        Args:
            place: The JSON pointer of `given`.
            ref: The level that their keys are of; None where each tells its own.
            given: The members.

        Returns:
            The level, or the deepest of theirs; and the members. None and nothing where there are mistakes.
        """
        if not 0 < len(given) <= _MOST:
            self._blame(place, f"An axis names from 1 to {_MOST} members, not {len(given)}.", "")
            return ref, ()
        members = [self._member(f"{place}/{position}", ref, member) for position, member in enumerate(given)]
        found = tuple(member for member in members if member)
        home = Hierarchies(ref.link, ref.hierarchy) if ref else found[0].home if found else None
        for position, member in enumerate(members):
            if member and member.home != home:
                self._blame(f"{place}/{position}", "This member is of another hierarchy than those before it.", "")
            if member and member in members[:position]:
                self._blame(f"{place}/{position}", "This member is named twice.", "Name it once.")
        return ref or _deepest(found), found

    def _member(self, place: str, ref: LevelRef | None, given: CalculatedKey | MemberDoc) -> AxisMember | None:
        if isinstance(given, CalculatedKey):
            return self._written(place, given.calculated)
        if ref is not None:
            by_key = ref.alone() if ref.level.unique and not isinstance(given, list) else ref
            path = self._path(place, by_key, given)
            home = Hierarchies(ref.link, ref.hierarchy)
            return AxisMember(formula=MemberValue(Override(home, ToMember(by_key, path)))) if path else None
        if not isinstance(given, str):
            self._blame(place, "Without a level a member is a text.", 'Such as time.quarter[2017, "Q4"].')
            return None
        return self._written(place, given)

    def _written(self, place: str, text: str) -> AxisMember | None:
        tree = Definitions(self._cube, self._blame).parse_over_members(place, text)
        try:
            return named_member(tree, text, self._cube) if tree else None
        except FormulaError as error:
            self._blame(place, str(error), "")
            return None


def _deepest(members: tuple[AxisMember, ...]) -> LevelRef | None:
    """Give the deepest level that members of the data are of; of calculated ones only, the top of their hierarchy."""
    formulas = [member.formula for member in members if isinstance(member.formula, MemberValue) and member.place]
    refs = [full_level(formula.place) for formula in formulas]
    if refs:
        return max(refs, key=lambda ref: len(ref.levels))
    places = (part.place for member in members for part in walk(member.formula) if isinstance(part, MemberValue))
    return next((full_level(place).lineage()[0] for place in places), None)

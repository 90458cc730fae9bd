"""Levels, members and cuts: names and keys as typed, looked up."""

from __future__ import annotations

from cube_server.model.definitions import Blame
from cube_server.model.dimensions import Level, LevelRef
from cube_server.model.elements import Cube
from cube_server.model.names import find_level
from cube_server.query.request import CutRequest, KeyDoc, MemberDoc, RangeRequest, UnknownKey
from cube_server.query.spec import Cut, Range
from cube_server.types import UNKNOWN, KeyPart, KeyPath


class Keys:
    """Reads what names levels and members of a cube.

    Args:
        cube: The cube.
        blame: Notes mistakes.
    """

    def __init__(self, cube: Cube, blame: Blame) -> None:
        self._cube, self._blame = cube, blame

    def level(self, place: str, name: str, *, alone: bool = False) -> LevelRef | None:
        """Find a level by name."""
        try:
            return find_level(self._cube.all_links, name, alone=alone)
        except ValueError as error:
            self._blame(place, str(error), "")
            return None

    def cuts(self, requests: list[CutRequest], place: str = "/cut") -> tuple[Cut, ...]:
        """Read restrictions; `place` is the JSON pointer of all of them."""
        found = [self.cut(f"{place}/{position}", request) for position, request in enumerate(requests)]
        return tuple(cut for cut in found if cut)

    def cut(self, place: str, request: CutRequest) -> Cut | None:
        """Read a restriction."""
        ref = self.level(f"{place}/level", request.level, alone=request.alone)
        if ref is None:
            return None
        if not (request.members or request.ranges or request.known):
            self._blame(place, f"The cut on {ref.name} names no member and no range.", "Name some, or leave it out.")
        if request.by == "value":
            return self._cut_by_value(place, ref, request)
        if by_key := _by_key_alone(ref, request):
            ref = by_key
        members = [
            self.path(f"{place}/members/{position}", ref, member) for position, member in enumerate(request.members)
        ]
        ranges = [self._range(f"{place}/ranges/{position}", ref, part) for position, part in enumerate(request.ranges)]
        return Cut(
            ref=ref,
            members=tuple(path for path in members if path is not None),
            ranges=tuple(ranges),
            exclude=bool(request.exclude),
            each=request.exclude == "members",
            known=request.known,
            axis=request.axis,
        )

    def _cut_by_value(self, place: str, ref: LevelRef, request: CutRequest) -> Cut:
        """Read the keys of a cut by value. A key that is not of its level's type is like none: its path is left out."""
        members = [_value_path(ref, member) for member in request.members]
        ends = [
            tuple(() if end is None else _value_path(ref, end) for end in (part.first, part.last))
            for part in request.ranges
        ]
        named = [*members, *(end for pair in ends for end in pair)]
        if any(path is not None and len(path) > len(ref.levels) for path in named) or () in members:
            self._blame(place, f"A member of {ref.name} is named by 1 to {len(ref.levels)} keys.", "")
        return Cut(
            ref=ref,
            members=tuple(path for path in members if path is not None),
            ranges=tuple(Range(first=first or None, last=last or None) for first, last in ends if _both(first, last)),
            exclude=bool(request.exclude),
            each=request.exclude == "members",
            by_value=True,
            known=request.known,
            axis=request.axis,
        )

    def _range(self, place: str, ref: LevelRef, request: RangeRequest) -> Range:
        ends = [
            None if member is None else self.path(f"{place}/{field}", ref, member)
            for field, member in (("from", request.first), ("to", request.last))
        ]
        return Range(first=ends[0], last=ends[1])

    def path(self, place: str, ref: LevelRef, member: MemberDoc) -> KeyPath | None:
        """Read the key path of a member."""
        keys = member if isinstance(member, list) else [member]
        if len(keys) != len(ref.levels):
            wanted = " / ".join(level.name for level in ref.levels)
            self._blame(
                place,
                f"A member of {ref.name} is named by {len(ref.levels)} keys, not {len(keys)}.",
                f"Give {wanted}" + (f", or cut by ~{ref.name}." if len(keys) == 1 else "."),
            )
            return None
        parts = [self._key(place, level, key) for level, key in zip(ref.levels, keys, strict=True)]
        return tuple(parts)

    def _key(self, place: str, level: Level, key: KeyDoc) -> KeyPart:
        if key is None or isinstance(key, UnknownKey):
            return UNKNOWN if key else None
        try:
            return level.key.type.read(key)
        except ValueError as error:
            self._blame(place, f"Key of {level.dimension}.{level.name}: {error}.", "")
            return None


def _both(first: KeyPath | None, last: KeyPath | None) -> bool:
    return first is not None and last is not None


def _value_path(ref: LevelRef, member: MemberDoc) -> KeyPath | None:
    """Read a key path, or the start of one, to compare by value; None where no key can be equal to it."""
    keys = member if isinstance(member, list) else [member]
    try:
        return tuple(
            UNKNOWN if isinstance(key, UnknownKey) else None if key is None else level.key.type.read(key)
            for key, level in zip(keys, ref.levels, strict=False)
        ) + (None,) * (len(keys) - len(ref.levels))
    except ValueError:
        return None


def _by_key_alone(ref: LevelRef, request: CutRequest) -> LevelRef | None:
    """A level with unique keys takes a key alone: that is a cut on the level used alone."""
    ends = [end for part in request.ranges for end in (part.first, part.last) if end is not None]
    named = [*request.members, *ends]
    single = all(not isinstance(member, list) or len(member) == 1 for member in named)
    return ref.alone() if ref.level.unique and single and len(ref.levels) > 1 else None

"""Parameters in the cuts of a query: where they stand, and filling them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Any
Members = Mapping[str, Sequence[Json]]
"""The members that each parameter stands for, as JSON."""

_MARK = "parameter"


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a parameter stands.

    Attributes:
        parameter: Its name.
        level: The level of the cut, with `~` before one that is taken alone.
        place: A JSON pointer into the report's query.
        is_end: Whether it is an end of a range, which is one member.
    """

    parameter: str
    level: str
    place: str
    is_end: bool


@dataclass(frozen=True, slots=True)
class Filling:
    """A query whose parameters are filled in.

    Attributes:
        body: The query, without parameters.
        uses: Where parameters stood.
        filled: The parameter that a place came from, by JSON pointer into `body`.
        moved: Pointers into the report's query for members that stand elsewhere in `body`.
    """

    body: dict[str, Json]
    uses: list[Use] = field(default_factory=list)
    filled: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)

    def parameter(self, place: str) -> str | None:
        """Give the parameter that a place in the body came from, if any."""
        return next((name for start, name in self.filled.items() if _is_within(place, start)), None)

    def origin(self, place: str) -> str:
        """Give the pointer into the report's query for one into the body."""
        found = ((start, origin) for start, origin in self.moved.items() if _is_within(place, start))
        return next((origin + place[len(start) :] for start, origin in found), place)


def fill(query: Mapping[str, Json], members: Members) -> Filling:
    """Fill the parameters in a query's cuts in; one that `members` does not know is left as it is.

    >>> query = {"cut": [{"level": "time.year", "members": [{"parameter": "year"}]}]}
    >>> fill(query, {"year": [["2017"]]}).body
    {'cut': [{'level': 'time.year', 'members': [['2017']]}]}
    """
    filling = Filling(dict(query))
    cuts = query.get("cut")
    if isinstance(cuts, list):
        filling.body["cut"] = [
            _Cut(filling, f"/cut/{at}", cut, members).filled() if isinstance(cut, dict) else cut
            for at, cut in enumerate(cuts)
        ]
    return filling


class _Cut:
    """One cut to fill in."""

    def __init__(self, filling: Filling, place: str, cut: dict[str, Json], members: Members) -> None:
        self._filling, self._place, self._cut, self._members = filling, place, cut, members
        level, sign = str(cut.get("level", "")), "~" if cut.get("alone") is True else ""
        self._level = level if level.startswith("~") else f"{sign}{level}"

    def filled(self) -> dict[str, Json]:
        found = dict(self._cut)
        if isinstance(found.get("members"), list):
            found["members"] = self._fill_members(found["members"])
        if isinstance(found.get("ranges"), list):
            found["ranges"] = [self._fill_range(at, part) for at, part in enumerate(found["ranges"])]
        return found

    def _fill_members(self, members: list[Json]) -> list[Json]:
        found: list[Json] = []
        for at, member in enumerate(members):
            place = f"{self._place}/members/{at}"
            name = self._known(member, place, is_end=False)
            for value in [member] if name is None else self._members[name]:
                now = f"{self._place}/members/{len(found)}"
                self._filling.moved[now] = place
                if name is not None:
                    self._filling.filled[now] = name
                found.append(value)
        return found

    def _fill_range(self, at: int, part: Json) -> Json:
        """Fill the ends of a range in: each is one member, of several the first."""
        if not isinstance(part, dict):
            return part
        found = dict(part)
        for end in ("from", "to"):
            place = f"{self._place}/ranges/{at}/{end}"
            name = self._known(part.get(end), place, is_end=True)
            if name is not None:
                self._filling.filled[place] = name
                found[end] = next(iter(self._members[name]), None)
        return found

    def _known(self, member: Json, place: str, *, is_end: bool) -> str | None:
        """Give the parameter that stands in place of a member, if it is one that can be filled in."""
        if not (isinstance(member, dict) and set(member) == {_MARK}):
            return None
        name = str(member[_MARK])
        self._filling.uses.append(Use(name, self._level, place, is_end))
        return name if name in self._members else None


def _is_within(place: str, start: str) -> bool:
    return place == start or place.startswith(f"{start}/")

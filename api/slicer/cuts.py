"""Cuts: from what was typed or sent as JSON to what the cube has, and to the engine's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from cube_server.query.request import CutRequest, KeyDoc, MemberDoc, RangeRequest, UnknownKey
from cube_server.types import UNKNOWN, Kind

from .elements import Dimension, Hierarchy
from .times import days_of

Path = tuple[KeyDoc, ...]
"""Values from the top of a hierarchy: texts as typed, numbers of relative time, JSON scalars; None for NULL."""

Kinds = Literal["point", "set", "range"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """A cut of a cube.

    Attributes:
        dimension: The dimension.
        hierarchy: The hierarchy.
        kind: One path, several, or a range from the first path to the second, of which an empty one is open.
        paths: The paths.
        invert: Whether all but these are meant.
        shown_hierarchy: What the echo says of the hierarchy.
    """

    dimension: Dimension
    hierarchy: Hierarchy
    kind: Kinds
    paths: tuple[Path, ...]
    invert: bool
    shown_hierarchy: str | None

    @property
    def depth(self) -> int:
        """The length of the longest path."""
        return max(map(len, self.paths), default=0)

    def echo(self) -> dict[str, Any]:
        """Show the cut as JSON."""
        paths: dict[Kinds, dict[str, Any]] = {
            "point": {"path": self.paths[0] if self.paths else ()},
            "set": {"paths": self.paths},
            "range": dict(zip(("from", "to"), self.paths, strict=False)),
        }
        return {
            "type": self.kind,
            "dimension": self.dimension.name,
            "hierarchy": self.shown_hierarchy,
            "level_depth": self.depth,
            "invert": self.invert,
            "hidden": False,
            **paths[self.kind],
        }

    def request(self) -> CutRequest | None:
        """Make the cut of the engine: by value, so that it follows SQL; None if it leaves everything."""
        if not self.depth:
            return None
        days = self._days()
        if days is not None:
            return days
        has_unknown = not self.dimension.link.dimension.unknown_is_null
        members, ranges = _members_and_ranges(
            self.kind, [[_key(value, has_unknown=has_unknown) for value in path] for path in self.paths]
        )
        level = self.hierarchy.levels[self.depth - 1].native
        name = f"{level.link.name}.{level.hierarchy}.{level.level.name}"
        return CutRequest(level=name, members=members, ranges=ranges, exclude=self.invert, by="value")

    def _days(self) -> CutRequest | None:
        """Make a cut on days, where all paths are calendar numbers and the keys are something else."""
        levels, leaf = self.hierarchy.levels[: self.depth], self.hierarchy.levels[-1].native
        if leaf.level.key.type.kind is not Kind.DATE:
            return None
        if all(level.native.level.key.type.kind is Kind.INT for level in levels):
            return None
        roles = tuple(level.doc.role for level in levels)
        spans = [span for path in self.paths if (span := _span(path, roles)) is not None]
        if len(spans) < len(self.paths):
            return None
        if self.kind == "range":
            spans = [(spans[0][0], spans[1][1])]
        ranges = [_day_range(first, last) for first, last in spans]
        return CutRequest(level=leaf.alone().name, ranges=ranges, exclude=self.invert, by="value")


def cut_requests(cuts: Iterable[Cut]) -> list[CutRequest]:
    """Make the cuts of the engine."""
    return [request for cut in cuts if (request := cut.request()) is not None]


def known_rows(dimensions: Iterable[Dimension]) -> list[CutRequest]:
    """Make the cuts that an inner join to dimensions is: facts without a row there are left out."""
    dropping = {dimension.name: dimension for dimension in dimensions if dimension.drops_facts}
    return [CutRequest(level=_any_level(dimension), known=True) for dimension in dropping.values()]


def _any_level(dimension: Dimension) -> str:
    return next(iter(dimension.hierarchies.values())).levels[0].native.name


def _members_and_ranges(kind: Kinds, paths: list[list[KeyDoc]]) -> tuple[list[MemberDoc], list[RangeRequest]]:
    if kind != "range":
        return list(paths), []
    first, last = (path or None for path in paths)
    return [], [RangeRequest(first=first, last=last)]


def _day_range(first: dt.date | None, last: dt.date | None) -> RangeRequest:
    return RangeRequest(first=first.isoformat() if first else None, last=last.isoformat() if last else None)


def _key(value: KeyDoc, *, has_unknown: bool) -> KeyDoc:
    """Write a value as text, which every type of column reads."""
    if has_unknown and value == str(UNKNOWN):
        return UnknownKey(unknown=True)
    return None if value is None else str(value)


def _span(path: Path, roles: tuple[str | None, ...]) -> tuple[dt.date | None, dt.date | None] | None:
    """Give the first and the last day of calendar numbers; of an open end neither; None if they are no such numbers."""
    texts = [str(value) for value in path]
    if not texts:
        return None, None
    return days_of([int(text) for text in texts], roles) if all(map(_is_number, texts)) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5

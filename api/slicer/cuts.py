"""Cuts: from what was typed or sent as JSON to what the cube has, and to the engine's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cube_server.errors import nearest
from cube_server.model.slicer import SlicerDoc
from cube_server.query.request import CutRequest, KeyDoc, MemberDoc, RangeRequest, UnknownKey
from cube_server.types import UNKNOWN, Kind

from .elements import Cube, Dimension, Hierarchy
from .errors import hierarchy_mistake, mistake, request_mistake, server_fault
from .grammar import CutText
from .times import days_of, moment, path_of

Path = tuple[KeyDoc, ...]
"""Values from the top of a hierarchy: texts as typed, numbers of relative time, JSON scalars; None for NULL."""

_MOST = 5000
"""The most paths of one set."""

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
        levels = self.hierarchy.levels[: self.depth]
        leaf = self.hierarchy.levels[-1].native.level
        if leaf.key.type.kind is not Kind.DATE or all(part.native.level.key.type.kind is Kind.INT for part in levels):
            return None
        roles = [level.doc.role for level in levels]
        numbers = [_numbers(path) for path in self.paths]
        spans = [days_of(path, roles) if path else None for path in numbers if path is not None]
        if len(spans) != len(self.paths) or any(
            span is None and path for span, path in zip(spans, numbers, strict=True)
        ):
            return None
        ranges = _day_ranges(self.kind, spans)
        level = self.hierarchy.levels[-1].native.alone()
        return CutRequest(level=level.name, ranges=ranges, exclude=self.invert, by="value")


@dataclass(frozen=True, slots=True, kw_only=True)
class CutReader:
    """Reads cuts for a cube; `now` is the time in the workspace's zone."""

    cube: Cube
    now: dt.datetime
    first_weekday: int

    def read(self, cut: CutText) -> Cut:
        """Take up a cut as typed."""
        return self._cut(cut, show_hierarchy=True)

    def read_json(self, body: object) -> Cut:
        """Take up a cut as a report's body has it."""
        if not isinstance(body, dict):
            raise request_mistake("A cut of a report is an object with a dimension, a type and paths")
        kind = body.get("type", "point")
        paths = {"point": [body.get("path")], "set": body.get("paths"), "range": [body.get("from"), body.get("to")]}
        if kind not in paths:
            raise mistake(f"Unknown cut type '{kind}'", hint=nearest(str(kind), paths))
        found = paths[kind]
        if not isinstance(found, list):
            raise request_mistake(f"A {kind} cut of a report needs its paths as lists")
        cut = CutText(
            dimension=str(body.get("dimension")),
            hierarchy=read_name("hierarchy", body.get("hierarchy")),
            kind=kind,
            paths=tuple(_json_path(path, kind) for path in found),
            invert=bool(body.get("invert")),
        )
        return self._cut(cut, show_hierarchy=cut.hierarchy is not None)

    def _cut(self, cut: CutText, *, show_hierarchy: bool) -> Cut:
        if len(cut.paths) > _MOST:
            raise mistake(f"A set has at most {_MOST} paths", hint="Use a range, or a level above.")
        dimension = self.cube.dimension(cut.dimension)
        hierarchy = dimension.hierarchy(cut.hierarchy)
        found = Cut(
            dimension=dimension,
            hierarchy=hierarchy,
            kind=cut.kind,
            paths=tuple(self._path(dimension, hierarchy, path) for path in cut.paths),
            invert=cut.invert,
            shown_hierarchy=hierarchy.name if show_hierarchy else None,
        )
        if found.depth > len(hierarchy.levels):
            raise hierarchy_mistake(
                f"Path of dimension {dimension.name} has {found.depth} values, longer than hierarchy {hierarchy.name}",
                hint=f"Levels: {', '.join(level.name for level in hierarchy.levels)}.",
            )
        return found

    def _path(self, dimension: Dimension, hierarchy: Hierarchy, path: Sequence[KeyDoc]) -> Path:
        """Resolve relative time in a dimension of time."""
        if dimension.doc.role == "time" and len(path) == 1 and isinstance(path[0], str):
            time = moment(path[0], self.now, self.first_weekday)
            if time is not None:
                return path_of(time, [_unit(hierarchy, position) for position in range(len(hierarchy.levels))])
        return tuple(path)


def read_name(field: str, value: object) -> str | None:
    """Read a name of a report's body; None where it is not given."""
    if value is not None and not isinstance(value, str):
        raise request_mistake(f"'{field}' of a report is a name")
    return value


def reader(cube: Cube, settings: SlicerDoc) -> CutReader:
    """Make a reader of cuts for the time that it is now."""
    try:
        zone = ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise server_fault(f"The model's time zone '{settings.timezone}' is not known here") from error
    return CutReader(cube=cube, now=dt.datetime.now(zone), first_weekday=settings.first_weekday)


def cut_requests(cuts: Iterable[Cut]) -> list[CutRequest]:
    """Make the cuts of the engine."""
    return [request for cut in cuts if (request := cut.request()) is not None]


def known_rows(dimensions: Iterable[Dimension]) -> list[CutRequest]:
    """Make the cuts that an inner join to dimensions is: facts without a row there are left out."""
    dropping = {dimension.name: dimension for dimension in dimensions if dimension.drops_facts}
    return [CutRequest(level=_any_level(dimension), known=True) for dimension in dropping.values()]


def _any_level(dimension: Dimension) -> str:
    return next(iter(dimension.hierarchies.values())).levels[0].native.name


def _unit(hierarchy: Hierarchy, position: int) -> str:
    level = hierarchy.levels[position]
    return level.doc.role or level.name


def _members_and_ranges(kind: Kinds, paths: list[list[KeyDoc]]) -> tuple[list[MemberDoc], list[RangeRequest]]:
    if kind != "range":
        return list(paths), []
    first, last = (path or None for path in paths)
    return [], [RangeRequest(first=first, last=last)]


def _day_ranges(kind: Kinds, spans: list[tuple[dt.date, dt.date] | None]) -> list[RangeRequest]:
    if kind == "range":
        first, last = spans
        return [_day_range(first[0] if first else None, last[1] if last else None)]
    return [_day_range(*span) for span in spans if span]


def _day_range(first: dt.date | None, last: dt.date | None) -> RangeRequest:
    return RangeRequest(first=first.isoformat() if first else None, last=last.isoformat() if last else None)


def _key(value: KeyDoc, *, has_unknown: bool) -> KeyDoc:
    """Write a value as text, which every type of column reads."""
    if has_unknown and value == str(UNKNOWN):
        return UnknownKey(unknown=True)
    return None if value is None else str(value)


def _numbers(path: Path) -> tuple[int, ...] | None:
    texts = [str(value) for value in path]
    return tuple(map(int, texts)) if all(text.isascii() and text.isdigit() for text in texts) else None


def _json_path(path: object, kind: str) -> tuple[str | None, ...]:
    if path is None and kind == "range":
        return ()
    if not isinstance(path, list) or any(isinstance(value, dict | list) for value in path):
        raise request_mistake(f"A path of a {kind} cut is a list of values")
    if not path and kind != "range":
        raise request_mistake(f"A path of a {kind} cut has at least one value")
    return tuple(path)

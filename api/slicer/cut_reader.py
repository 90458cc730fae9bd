"""Reading cuts: what was typed, or sent as JSON, becomes cuts of a cube."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cube_server.errors import nearest
from cube_server.model.slicer import SlicerDoc
from cube_server.query.request import KeyDoc

from .cuts import Cut, Kinds, Path
from .elements import Cube, Dimension, Hierarchy
from .errors import hierarchy_mistake, mistake, request_mistake, server_fault
from .grammar import CutText
from .times import moment, path_of

_MOST = 5000
"""The most paths of one set."""


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
        named = read_name("type", body.get("type")) or "point"
        paths: dict[Kinds, object] = {
            "point": [body.get("path")],
            "set": body.get("paths"),
            "range": [body.get("from"), body.get("to")],
        }
        kind = next((known for known in paths if known == named), None)
        if kind is None:
            raise mistake(f"Unknown cut type '{named}'", hint=nearest(named, paths))
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


def _unit(hierarchy: Hierarchy, position: int) -> str:
    level = hierarchy.levels[position]
    return level.doc.role or level.name


def _json_path(path: object, kind: str) -> tuple[str | None, ...]:
    if path is None and kind == "range":
        return ()
    if not isinstance(path, list) or any(isinstance(value, dict | list) for value in path):
        raise request_mistake(f"A path of a {kind} cut is a list of values")
    if not path and kind != "range":
        raise request_mistake(f"A path of a {kind} cut has at least one value")
    return tuple(path)

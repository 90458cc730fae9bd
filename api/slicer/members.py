"""`/members` and `/cell`: which members there are among the facts of a cell, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .asking import Asker, attributes_of
from .cuts import Cut, Kinds, cut_requests, known_rows
from .elements import Dimension, Hierarchy, Level
from .errors import hierarchy_mistake
from .paging import Page
from .tables import Records, rows_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MembersQuestion:
    """What `/members` is asked: the members of a hierarchy down to a depth that have facts in a cell."""

    dimension: Dimension
    hierarchy: Hierarchy
    depth: int
    cuts: tuple[Cut, ...]
    page: Page

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels, from the top."""
        return self.hierarchy.levels[: self.depth]


def depth_asked(hierarchy: Hierarchy, depth: int | None, level: str | None) -> int:
    """Find the depth that members are asked at; without any it is the last one."""
    if level is not None:
        return hierarchy.depth_of(level)
    if depth and depth > len(hierarchy.levels):
        raise hierarchy_mistake(
            f"Depth {depth} is longer than hierarchy {hierarchy.name}",
            hint=f"Levels: {', '.join(known.name for known in hierarchy.levels)}.",
        )
    return depth or len(hierarchy.levels)


def members(asker: Asker, asked: MembersQuestion, limit: int | None) -> Records:
    """Answer, with no more than `limit` records."""
    cuts = _cuts(asked.dimension, asked.cuts)
    page = asked.page
    frame, total = asker.records(asked.levels, [], cuts, limit=page.size(limit), offset=page.offset)
    return Records(
        frame=frame,
        fields={attribute.ref: attribute.header for attribute in attributes_of(asked.levels)},
        is_cut=page.is_cut(total, limit),
    )


def details(asker: Asker, cut: Cut) -> object:
    """Tell what the members of a cut are called: for each level of a path its attributes; None without facts."""
    found = [_path_details(asker, cut, position) for position in range(len(cut.paths))]
    shapes: dict[Kinds, object] = {
        "point": found[0] if found else None,
        "set": found,
        "range": dict(zip(("from", "to"), found, strict=False)),
    }
    return shapes[cut.kind]


def _path_details(asker: Asker, cut: Cut, position: int) -> list[dict[str, Any]] | None:
    path = cut.paths[position]
    if not path:
        return None
    point = Cut(
        dimension=cut.dimension,
        hierarchy=cut.hierarchy,
        kind="point",
        paths=(path,),
        invert=False,
        shown_hierarchy=cut.shown_hierarchy,
    )
    levels = cut.hierarchy.levels[: len(path)]
    frame, _ = asker.records(levels, [], _cuts(cut.dimension, (point,)), limit=1)
    rows = rows_of(frame)
    return [_level_details(level, rows[0]) for level in levels] if rows else None


def _level_details(level: Level, row: dict[str, Any]) -> dict[str, Any]:
    shown = {attribute.ref: row[attribute.ref] for attribute in level.attributes}
    key, label = (level.attribute(name).ref for name in (level.doc.key, level.doc.label_attribute))
    return shown | {"_key": row[key], "_label": row[label]}


def _cuts(dimension: Dimension, cuts: Sequence[Cut]) -> list[Any]:
    used = {part.name: part for part in (dimension, *(cut.dimension for cut in cuts))}
    return [*cut_requests(cuts), *known_rows(used.values())]

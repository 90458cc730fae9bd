"""Drilldowns: which levels an answer is grouped by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .cuts import Cut
from .elements import Cube, Dimension, Hierarchy, Level
from .errors import hierarchy_mistake, mistake
from .grammar import DrillText


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drill:
    """The levels of a hierarchy from the top down to one."""

    dimension: Dimension
    hierarchy: Hierarchy
    depth: int

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels, from the top."""
        return self.hierarchy.levels[: self.depth]

    @property
    def name(self) -> str:
        """What the reply calls it: its dimension, and its hierarchy if that is not the default one."""
        is_default = self.hierarchy.name == self.dimension.doc.default_hierarchy_name
        return self.dimension.name if is_default else f"{self.dimension.name}@{self.hierarchy.name}"


def read_drilldown(cube: Cube, drills: Iterable[DrillText], cuts: Sequence[Cut]) -> tuple[Drill, ...]:
    """Find what drilldowns name. One without a level goes to the level below the point that its dimension is cut to."""
    return tuple(_drill(cube, drill, cuts) for drill in drills)


def check_cardinality(drills: Iterable[Drill], cuts: Sequence[Cut], *, is_paged: bool) -> None:
    """Refuse to list a level of many members without a page, or a point or set cut that names members of it."""
    refused = [level.name for drill in drills for level in drill.levels if _is_high(drill, level)]
    if is_paged or not refused:
        return
    named = {
        level.name
        for cut in cuts
        if cut.kind != "range" and not cut.invert
        for level in cut.hierarchy.levels[: cut.depth]
    }
    if left := [name for name in refused if name not in named]:
        raise mistake(
            f"Can not drilldown on high-cardinality levels ({', '.join(left)}) without including both page and pagesize"
            " arguments, or else a point/set cut on the level"
        )


def _drill(cube: Cube, drill: DrillText, cuts: Sequence[Cut]) -> Drill:
    dimension = cube.dimension(drill.dimension)
    hierarchy = dimension.hierarchy(drill.hierarchy)
    depth = hierarchy.depth_of(drill.level) if drill.level is not None else _implied(dimension, hierarchy, cuts)
    return Drill(dimension=dimension, hierarchy=hierarchy, depth=depth)


def _implied(dimension: Dimension, hierarchy: Hierarchy, cuts: Sequence[Cut]) -> int:
    """Find the next level after a point cut; an inverted one does not advance."""
    points = [cut for cut in cuts if cut.dimension.name == dimension.name and cut.kind == "point"]
    if dimension.is_flat or not points:
        return 1
    for cut in points:
        if cut.hierarchy.name != hierarchy.name:
            raise hierarchy_mistake(
                f"Cut hierarchy {cut.hierarchy.name} for dimension {dimension.name} is different than drilldown"
                f" hierarchy {hierarchy.name}. Can not determine implicit next level.",
                hint="Name the level: dimension@hierarchy:level.",
            )
    depth = max(cut.depth if cut.invert else cut.depth + 1 for cut in points)
    if depth > len(hierarchy.levels):
        raise hierarchy_mistake(
            f"Hierarchy {hierarchy.name} in dimension {dimension.name} has only {len(hierarchy.levels)} levels,"
            f" can not drill to {depth}"
        )
    return depth


def _is_high(drill: Drill, level: Level) -> bool:
    return "high" in (level.doc.cardinality, drill.dimension.doc.cardinality)

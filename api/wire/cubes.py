"""The model of a cube, as clients see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pydantic import BaseModel

from cube_server.engine import SnapshotInfo
from cube_server.model.dimensions import Hierarchy, LevelRef, Link, Scd
from cube_server.model.elements import (
    BaseMeasure,
    CalculatedMeasure,
    CalculatedMember,
    Cube,
    DerivedAttribute,
    Measure,
    Model,
    SemiAdditive,
    Take,
)
from cube_server.model.imports import ImportedMeasure
from cube_server.model.tables import Column, Text


class SnapshotView(BaseModel):
    """The snapshot that is served."""

    id: str
    created: dt.datetime
    data_date: dt.date | None
    """The last day with facts."""
    model_hash: str
    rows: dict[str, int]
    """The rows of each table."""


class LevelView(BaseModel):
    """A level; `name` is what questions call it."""

    name: str
    label: str
    description: str
    type: str
    depth: int
    unique: bool
    """Whether its key alone names a member."""
    has_captions: bool
    """Whether its members have captions that differ from their keys."""
    hide: str | None
    """Of a ragged hierarchy which members are not shown, `blank`, `parent` or `repeated` ones; else null."""


class HierarchyView(BaseModel):
    """A hierarchy, coarsest level first. An attribute is one with a single level."""

    name: str
    label: str
    description: str
    attribute_of: str | None
    levels: list[LevelView]
    formula: str | None = None
    """How a derived attribute follows from facts; null for what is loaded."""


class DimensionView(BaseModel):
    """A dimension as the cube links to it."""

    name: str
    dimension: str
    label: str
    description: str
    is_time: bool
    scd: Scd | None
    """Of one with history how it is read where a question does not say: as it is now, or as it was then; else null."""
    hierarchies: list[HierarchyView]


class SemiAdditiveView(BaseModel):
    """How a measure that does not add up over time is taken of several days."""

    over: str
    take: str
    per: list[str]
    """The levels whose members each have a first, last or mean value of their own; empty where the cell has it."""
    days: str | None
    """Of an average: over the days of the `calendar`, or over those `present`."""


class MeasureView(BaseModel):
    """A measure: an aggregate of the facts, or a formula over other measures."""

    name: str
    label: str
    description: str
    folder: str
    format: str
    unit: str
    aggregate: str | None
    over: str | None
    """The column or level that is aggregated."""
    semi_additive: SemiAdditiveView | None
    formula: str | None
    cube: str | None = None
    """The cube whose facts it is taken from, if not this one: drill through there."""
    measure: str | None = None
    """What it is called there."""
    note: str = ""
    """What every answer with it says in its notes."""


class MemberView(BaseModel):
    """A calculated member, for an axis to name."""

    name: str
    label: str
    description: str
    hierarchy: str
    formula: str
    format: str
    solve_order: int


class ColumnView(BaseModel):
    """A column of the facts behind a cell: one of their table, or a level."""

    name: str
    label: str
    type: str


class CubeSummary(BaseModel):
    """A cube in the list of all."""

    name: str
    label: str
    description: str
    href: str


class CubeList(BaseModel):
    """All cubes."""

    name: str
    label: str
    language: str
    cubes: list[CubeSummary]
    snapshot: SnapshotView


class CubeView(BaseModel):
    """Everything that a question to a cube can name."""

    name: str
    label: str
    description: str
    language: str
    dimensions: list[DimensionView]
    measures: list[MeasureView]
    members: list[MemberView]
    """The calculated ones."""
    drillthrough: list[ColumnView]
    snapshot: SnapshotView


Say = Callable[[Text, str], str]
"""Gives a text in the asked language, or what stands in for a missing one."""


def view_cubes(model: Model, snapshot: SnapshotInfo, language: str, path: str) -> CubeList:
    """Show all cubes; `path` is where they lie."""
    say = _in(language)
    cubes = [
        CubeSummary(
            name=cube.name,
            label=say(cube.label, cube.name),
            description=say(cube.description, ""),
            href=f"{path}/{cube.name}",
        )
        for cube in model.cubes
    ]
    return CubeList(
        name=model.name,
        label=say(model.label, model.name),
        language=language,
        cubes=cubes,
        snapshot=_view_snapshot(snapshot),
    )


def view_cube(cube: Cube, snapshot: SnapshotInfo, language: str) -> CubeView:
    """Show a cube."""
    say = _in(language)
    return CubeView(
        name=cube.name,
        label=say(cube.label, cube.name),
        description=say(cube.description, ""),
        language=language,
        dimensions=[_view_link(link, cube.attributes, say) for link in cube.links],
        measures=[_view_measure(measure, say) for measure in cube.measures],
        members=[_view_member(member, say) for member in cube.members],
        drillthrough=[_view_column(column, say) for column in cube.drillthrough],
        snapshot=_view_snapshot(snapshot),
    )


def _in(language: str) -> Say:
    return lambda text, default: text.get(language, default)


def _view_link(link: Link, attributes: tuple[DerivedAttribute, ...], say: Say) -> DimensionView:
    dimension = link.dimension
    derived = [_view_derived(attribute, say) for attribute in attributes if attribute.link.name == link.name]
    return DimensionView(
        name=link.name,
        dimension=dimension.name,
        label=say(link.label, say(dimension.label, link.name)),
        description=say(dimension.description, ""),
        is_time=dimension.is_time,
        scd=dimension.scd if dimension.table.history is not None else None,
        hierarchies=[*(_view_hierarchy(link, hierarchy, say) for hierarchy in link.hierarchies), *derived],
    )


def _view_derived(attribute: DerivedAttribute, say: Say) -> HierarchyView:
    hierarchy = _view_hierarchy(attribute.link, attribute.link.dimension.hierarchies[0], say)
    return hierarchy.model_copy(update={"formula": attribute.text})


def _view_hierarchy(link: Link, hierarchy: Hierarchy, say: Say) -> HierarchyView:
    depths = range(1, len(hierarchy.levels) + 1)
    refs = [LevelRef(link=link, hierarchy=hierarchy.name, levels=hierarchy.levels[:depth]) for depth in depths]
    return HierarchyView(
        name=refs[0].hierarchy_name,
        label=say(hierarchy.label, hierarchy.name),
        description=say(hierarchy.description, ""),
        attribute_of=hierarchy.levels[0].attribute_of,
        levels=[_view_level(ref, say) for ref in refs],
    )


def _view_level(ref: LevelRef, say: Say) -> LevelView:
    level = ref.level
    return LevelView(
        name=ref.name,
        label=say(level.label, level.name),
        description=say(level.description, ""),
        type=str(level.key.type),
        depth=len(ref.levels),
        unique=level.unique,
        has_captions=level.caption is not None,
        hide=level.hide,
    )


def _view_measure(measure: Measure, say: Say) -> MeasureView:
    imported = measure if isinstance(measure, ImportedMeasure) else None
    own = imported.measure if imported else measure
    base = own if isinstance(own, BaseMeasure) else None
    return MeasureView(
        name=measure.name,
        label=say(measure.label, measure.name),
        description=say(measure.description, ""),
        folder=say(measure.folder, ""),
        format=measure.format,
        unit=measure.unit,
        aggregate=base.aggregate.value if base else None,
        over=base.over.name if base and base.over else None,
        semi_additive=_view_rule(base.rule) if base and base.rule else None,
        formula=own.text if isinstance(own, CalculatedMeasure) else None,
        cube=imported.source.cube.name if imported else None,
        measure=own.name if imported else None,
        note=measure.note,
    )


def _view_rule(rule: SemiAdditive) -> SemiAdditiveView:
    days = "present" if rule.present else "calendar"
    return SemiAdditiveView(
        over=rule.over.link.name,
        take=rule.take.value,
        per=[ref.name for ref in rule.items],
        days=days if rule.take is Take.AVERAGE else None,
    )


def _view_member(member: CalculatedMember, say: Say) -> MemberView:
    return MemberView(
        name=member.name,
        label=say(member.label, member.name),
        description=say(member.description, ""),
        hierarchy=member.hierarchy_name,
        formula=member.text,
        format=member.format,
        solve_order=member.solve_order,
    )


def _view_column(column: Column | LevelRef, say: Say) -> ColumnView:
    shown = column if isinstance(column, Column) else column.level
    key = column if isinstance(column, Column) else column.level.key
    return ColumnView(name=column.name, label=say(shown.label, column.name), type=str(key.type))


def _view_snapshot(snapshot: SnapshotInfo) -> SnapshotView:
    return SnapshotView(
        id=snapshot.id,
        created=snapshot.created,
        data_date=snapshot.data_date,
        model_hash=snapshot.model_hash,
        rows=dict(snapshot.rows),
    )

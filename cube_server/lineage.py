"""Where a measure comes from: its formula, the measures and columns below it, their tables, and the loads of these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cube_server.errors import NotFoundError, nearest
from cube_server.formulas.tree import names
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import (
    BaseMeasure,
    CalculatedMeasure,
    Cube,
    DerivedAttribute,
    Measure,
    Model,
)
from cube_server.model.imports import ImportedMeasure
from cube_server.model.tables import Column, Table
from cube_server.warehouse.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOrigin:
    """A measure on the way down: what it is by itself.

    Attributes:
        cube: The cube that has it.
        name: Its name.
        formula: Its formula; empty for an aggregate.
        aggregate: How facts are aggregated; empty for a formula.
    """

    cube: str
    name: str
    formula: str = ""
    aggregate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOrigin:
    """A column that a measure is computed from.

    Attributes:
        table: Its table.
        name: Its name.
        type: Its type.
    """

    table: str
    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOrigin:
    """A table that a measure is computed from.

    Attributes:
        name: The table.
        source: The file or SQL table that it is loaded from; of a derived table, those that it is made of.
        rows: How many rows it has.
        loads: The snapshots whose loads wrote it, each with its rows; None for a load of an older format.
    """

    name: str
    source: tuple[str, ...]
    rows: int
    loads: tuple[tuple[str | None, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where a measure comes from. The first of `measures` is the measure itself."""

    snapshot: str
    measures: tuple[MeasureOrigin, ...]
    columns: tuple[ColumnOrigin, ...]
    tables: tuple[TableOrigin, ...]


def trace(model: Model, manifest: Manifest, cube_name: str, measure_name: str) -> Lineage:
    """Trace a measure to its columns, tables and loads.

    >>> trace(model, manifest, "sales", "avg_basket").columns[0].name  # doctest: +SKIP
    'sales_value'

    Raises:
        NotFoundError: There is no such cube or measure.
    """
    cube = model.cube(cube_name)
    if cube is None:
        raise NotFoundError(f"There is no cube {cube_name!r}.", hint=nearest(cube_name, (c.name for c in model.cubes)))
    measure = cube.measure(measure_name)
    if measure is None:
        hint = nearest(measure_name, (each.name for each in cube.measures))
        raise NotFoundError(f"Cube {cube_name!r} has no measure {measure_name!r}.", hint=hint)
    # By name: a cube holds all of its dimensions, and would be slow to hash.
    passed = {(owner.name, part.name): (owner, part) for owner, part in _below(cube, measure)}.values()
    found = [column for owner, part in passed for column in _columns(owner, part)]
    used = {(table.name, column.name): (table, column) for table, column in found}.values()
    tables = {table.name: table for table in [*(owner.table for owner, _ in passed), *(table for table, _ in used)]}
    return Lineage(
        snapshot=manifest.snapshot,
        measures=tuple(_origin(owner, part) for owner, part in passed),
        columns=tuple(ColumnOrigin(table=t.name, name=c.name, type=str(c.type)) for t, c in used),
        tables=tuple(_table(table, manifest) for table in tables.values()),
    )


_Part = Measure | DerivedAttribute


def _below(cube: Cube, part: _Part) -> Iterator[tuple[Cube, _Part]]:
    yield cube, part
    match part:
        case CalculatedMeasure(formula=formula) | DerivedAttribute(formula=formula):
            for name in names(formula):
                found = cube.measure(name) or cube.attribute(name)
                if found is not None:
                    yield from _below(cube, found)
        case ImportedMeasure(source=source, measure=measure):
            yield from _below(source.cube, measure)
        case BaseMeasure(over=DerivedAttribute() as attribute):
            yield from _below(cube, attribute)


def _columns(cube: Cube, part: _Part) -> Iterator[tuple[Table, Column]]:
    match part:
        case BaseMeasure(over=Column() as column):
            yield cube.table, column
        case BaseMeasure(over=LevelRef() as ref):
            yield from _level(cube, ref)
        case DerivedAttribute(keys=keys):
            for key in keys:
                yield from _level(cube, key)


def _level(cube: Cube, ref: LevelRef) -> Iterator[tuple[Table, Column]]:
    yield cube.table, ref.link.column
    yield from ((ref.link.dimension.table, level.key) for level in ref.levels)


def _origin(cube: Cube, part: _Part) -> MeasureOrigin:
    match part:
        case CalculatedMeasure(text=text) | DerivedAttribute(text=text):
            return MeasureOrigin(cube=cube.name, name=part.name, formula=text)
        case BaseMeasure(aggregate=aggregate):
            return MeasureOrigin(cube=cube.name, name=part.name, aggregate=aggregate.value)
        case _:
            return MeasureOrigin(cube=cube.name, name=part.name)


def _table(table: Table, manifest: Manifest) -> TableOrigin:
    stored = manifest.tables.get(table.name)
    loads: dict[str | None, int] = {}
    for file in stored.files if stored else ():
        loads[file.load] = loads.get(file.load, 0) + file.rows
    return TableOrigin(
        name=table.name, source=_sources(table), rows=stored.rows if stored else 0, loads=tuple(loads.items())
    )


def _sources(table: Table) -> tuple[str, ...]:
    if table.derivation is None:
        return (table.source,)
    return tuple(dict.fromkeys(source for part in table.derivation.tables for source in _sources(part)))

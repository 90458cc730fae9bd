"""Drill-through: a page of the fact rows behind a cell, as they are in the database."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.levels import Codes
from cube_server.backends.embedded.rows import RelationRows
from cube_server.backends.sql.cuboids import FactsWriter
from cube_server.backends.sql.dialects import Column as SqlColumn
from cube_server.backends.sql.parts import LeafOf, Part
from cube_server.backends.sql.rows import NUMBER, Rows
from cube_server.backends.sql.star import Star
from cube_server.budget import Budget
from cube_server.errors import InternalError
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import Cube
from cube_server.model.tables import Column
from cube_server.plan.nodes import Cuboid, Facts, SemiJoin
from cube_server.query.spec import FactsSpec
from cube_server.result.pages import FactsPage
from cube_server.types import DataType


def facts_page(star: Star, spec: FactsSpec, snapshot: str, budget: Budget) -> FactsPage:
    """Read a page of facts, by time and then by the table's key, so that pages do not overlap.

    Raises:
        LimitError: The page is over the limit of rows.
    """
    writer = FactsWriter(star, Cuboid(Facts(spec.cube), (), spec.cuts))
    writer.filters.apply((), _no_join)
    counted = star.database.fetch(writer.rows.select(sa.func.count()), {"n": NUMBER}, budget)
    total = int(counted["n"][0])
    start = min(spec.offset, total)
    size = (total if spec.limit is None else min(total, spec.offset + spec.limit)) - start
    budget.check_rows(size)
    frame = _read(star, spec, writer.rows, (start, size), budget)
    return FactsPage(
        cube=spec.cube, columns=spec.columns, frame=frame, total=total, offset=spec.offset, snapshot=snapshot
    )


def _read(star: Star, spec: FactsSpec, rows: Rows, page: tuple[int, int], budget: Budget) -> pl.DataFrame:
    told = {column: rows.parts((column,)) for column in spec.columns if isinstance(column, LevelRef)}
    columns: list[SqlColumn] = []
    types: dict[str, DataType] = {}
    for place, column in enumerate(spec.columns):
        parts = told[column] if isinstance(column, LevelRef) else (_own(rows, column),)
        for number, part in enumerate(parts):
            columns.append(part.column.label(f"c{place}_{number}"))
            types[f"c{place}_{number}"] = part.type
    order = _order(rows, spec.cube)
    start, size = page
    statement = rows.select(*columns).order_by(*order).limit(size).offset(start)
    found = star.database.fetch(statement, types, budget)
    frame: dict[str, pl.Series] = {}
    for place, column in enumerate(spec.columns):
        if isinstance(column, LevelRef):
            labels = [f"c{place}_{number}" for number in range(len(told[column]))]
            frame |= _members(star, column, LeafOf(told[column], labels).rows(found))
        else:
            frame[column.name] = found[f"c{place}_0"]
    return pl.DataFrame(frame)


def _own(rows: Rows, column: Column) -> Part:
    return Part(rows.base.c[column.name], pl.Series([], dtype=pl.Null), column.type)


def _members(star: Star, ref: LevelRef, leaves: Codes) -> dict[str, pl.Series]:
    """Give the keys of a level's members and, where it has them, their captions."""
    level = star.index(ref.link.dimension).level(ref.levels)
    codes = level.codes[leaves]
    found = {ref.name: level.frame[f"key_{len(ref.levels) - 1}"][codes]}
    if ref.level.caption is not None:
        found[f"{ref.name}.caption"] = level.frame["caption"][codes]
    return found


def _order(rows: Rows, cube: Cube) -> list[SqlColumn]:
    """Order by time, as the calendar goes, then by what tells rows apart; null comes last in every database."""
    columns: list[SqlColumn] = []
    for link in cube.links:
        if link.dimension.is_time and link.through is None:
            levels = link.hierarchies[0].levels
            joined = rows.dimension(link)
            columns += [joined.c[(level.order or level.key).name] for level in levels if link.level is None]
            columns.append(rows.key(link))
            break
    columns += [rows.base.c[column.name] for column in (cube.table.key or cube.table.columns)]
    return [part for column in columns for part in (sa.case((column.is_(None), 1), else_=0), column)]


def _no_join(part: SemiJoin) -> RelationRows:
    raise InternalError(f"Facts are cut by members only, not by {part!r}.")

"""Asking the engine: all that one request needs, from one snapshot."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from cube_server.budget import Budget
from cube_server.engine import Engine
from cube_server.query.request import (
    AxesRequest,
    AxisItemRequest,
    CutRequest,
    FactsRequest,
    OrderRequest,
    QueryRequest,
)
from cube_server.result.cellset import CellSet
from cube_server.result.flat import flatten
from cube_server.result.pages import FactsPage

from .elements import Attribute, Cube, Level
from .tables import unknown_marks


class Asker:
    """Asks about one cube, always of the snapshot that was the newest at first.

    Args:
        engine: The engine.
        cube: The cube.
    """

    def __init__(self, engine: Engine, cube: Cube) -> None:
        self.cube = cube
        self.snapshot = engine.snapshot.id
        self._engine = engine

    def totals(self, measures: list[str], cuts: list[CutRequest]) -> dict[str, int | float | None]:
        """Ask for measures over all facts within cuts; None where there are none."""
        if not measures:
            return {}
        cells = self._query(measures, cuts, [], [], limit=None, offset=0)
        values = cells.cells.row(0, named=True) if cells.cells.height else {}
        return {measure: values.get(measure) for measure in measures}

    def records(
        self,
        levels: tuple[Level, ...],
        measures: list[str],
        cuts: list[CutRequest],
        *,
        excepted: list[CutRequest] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[pl.DataFrame, int]:
        """Ask for the tuples of levels that have facts, with all attributes of the levels.

        Args:
            levels: What to group by: of each hierarchy the levels from the top down.
            measures: The measures of this model.
            cuts: The facts that count.
            excepted: If given, facts for which all of these hold do not.
            limit: The most records.
            offset: How many to leave out before them.

        Returns:
            The records, with a column an attribute by its ref, and one a measure, and marks of what is unknown; and
            how many there are in all.
            Without levels there is one record if there are any facts, and none else.
        """
        asked = list(dict.fromkeys([*measures, *self.cube.rows]))
        items = list(_items(levels))
        cells = self._query(asked, cuts, excepted or [], items, limit=limit, offset=offset)
        return self._frame(cells, levels, measures), cells.rows.total if items else cells.cells.height

    def existing(self, levels: tuple[Level, ...], cuts: list[CutRequest]) -> pl.DataFrame:
        """Ask for the members of one dimension's levels, with or without facts, as `records` gives them."""
        items = list(_items(levels))
        cells = self._query(list(self.cube.rows), cuts, [], items, limit=None, offset=0, nonempty=False)
        return self._frame(cells, levels, [])

    def facts(self, columns: list[str], cuts: list[CutRequest], *, limit: int | None, offset: int = 0) -> FactsPage:
        """Ask for fact rows; columns are named as the engine names them."""
        request = FactsRequest(
            cube=self.cube.native.name, cut=cuts, columns=columns, limit=limit, offset=offset, as_of=self.snapshot
        )
        return self._engine.facts(request)

    def _query(
        self,
        measures: list[str],
        cuts: list[CutRequest],
        excepted: list[CutRequest],
        rows: list[AxisItemRequest],
        *,
        limit: int | None,
        offset: int,
        nonempty: bool = True,
    ) -> CellSet:
        return self._engine.query(
            QueryRequest(
                cube=self.cube.native.name,
                measures=measures,
                cut=cuts,
                except_=excepted,
                axes=AxesRequest(rows=rows),
                nonempty=nonempty,
                limit=limit,
                offset=offset,
                as_of=self.snapshot,
            )
        )

    def _frame(self, cells: CellSet, levels: tuple[Level, ...], measures: list[str]) -> pl.DataFrame:
        table = flatten(cells, Budget(self._engine.limits)) if levels else cells.cells
        attributes = attributes_of(levels)
        keys = [pl.col(attribute.column).alias(attribute.ref) for attribute in attributes]
        values = [pl.col(name).alias(measure_column(name)) for name in measures]
        return table.select(*keys, *unknown_marks(table, attributes), *values)


def measure_column(name: str) -> str:
    """Name the column of a measure: apart from all refs, which may be any text."""
    return f"\0{name}"


def attributes_of(levels: tuple[Level, ...]) -> list[Attribute]:
    """List the attributes of levels, each ref once."""
    found = {attribute.ref: attribute for level in levels for attribute in level.attributes}
    return list(found.values())


def _items(levels: tuple[Level, ...]) -> Iterator[AxisItemRequest]:
    """Give the levels of an axis that group by all attributes: each level, and beside it what its key may not tell."""
    given: set[str] = set()
    for level in levels:
        ref = level.native
        named = [f"{ref.link.name}.{ref.hierarchy}.{ref.level.name}"]
        named += [attribute.level for attribute in level.attributes if attribute.level]
        for name in named:
            if name not in given:
                given.add(name)
                yield AxisItemRequest(level=name, order=OrderRequest(desc=level.doc.order == "desc"))

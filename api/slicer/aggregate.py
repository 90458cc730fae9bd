"""`/aggregate`: a summary of the cell, and a record for each tuple of the levels that it is drilled down to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from cube_server.model.slicer import SlicerAggregate
from cube_server.query.request import CutRequest

from .asking import Asker, attributes_of, measure_column
from .cuts import Cut, cut_requests, known_rows
from .drills import Drill, check_cardinality
from .elements import Cube, Dimension, Level
from .errors import mistake, server_fault
from .grammar import OrderText
from .ordering import sort_records
from .paging import Page
from .tables import rows_of
from .windows import FUNCTIONS, moving

SPLIT = "__within_split__"

_ZERO = frozenset({"sum", "count", "count_distinct", "count_nonempty"})
"""Functions that give 0, and not null, for no values."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AggregateQuestion:
    """What `/aggregate` is asked.

    Attributes:
        cuts: The cell.
        drills: What it is drilled down to.
        aggregates: The aggregates to give, by name.
        split: The cell that a split marks the records of; none for no split.
        orders: What to sort by.
        page: Which records.
    """

    cuts: tuple[Cut, ...]
    drills: tuple[Drill, ...]
    aggregates: Mapping[str, SlicerAggregate]
    split: tuple[Cut, ...]
    orders: tuple[OrderText, ...]
    page: Page

    @property
    def is_drilled(self) -> bool:
        """Whether there are records beside the summary."""
        return bool(self.drills or self.split)

    @property
    def levels(self) -> tuple[Level, ...]:
        """What the records are grouped by."""
        return tuple(level for drill in self.drills for level in drill.levels)

    @property
    def summed_dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions whose tables the summary is joined to: those cut, and also those drilled down to."""
        return (*(cut.dimension for cut in self.cuts), *(drill.dimension for drill in self.drills))

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions whose tables the records are joined to."""
        return (*self.summed_dimensions, *(cut.dimension for cut in self.split))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AggregateAnswer:
    """What `/aggregate` answers.

    Attributes:
        question: What was asked.
        summary: The aggregates of the whole cell.
        records: The records of the page: attributes by ref, the split's mark, aggregates by name.
        total: How many records all pages have.
    """

    question: AggregateQuestion
    summary: dict[str, Any]
    records: pl.DataFrame
    total: int

    def document(self, limit: int) -> dict[str, Any]:
        """Show the answer as JSON, of at most so many records."""
        asked = self.question
        shown = {
            "summary": self.summary,
            "remainder": {},
            "cells": rows_of(self.records.head(limit)),
            "aggregates": list(asked.aggregates),
            "cell": [cut.echo() for cut in asked.cuts],
            "attributes": [attribute.ref for attribute in attributes_of(asked.levels)],
            "has_split": bool(asked.split),
        }
        if asked.is_drilled:
            levels = {drill.name: [level.name for level in drill.levels] for drill in asked.drills}
            marks = {SPLIT: [SPLIT]} if asked.split else {}
            shown |= {"total_cell_count": self.total, "levels": levels | marks}
        return shown


def aggregate(asker: Asker, asked: AggregateQuestion, limit: int | None) -> AggregateAnswer:
    """Answer.

    Args:
        asker: Asks the engine.
        asked: The question.
        limit: The most records that are shown; None for all.
    """
    check_cardinality(asked.drills, asked.cuts, is_paged=asked.page.is_given)
    _check_functions(asker.cube, asked.aggregates)
    _check_orders(asker.cube, asked)
    measures = _measures(asker.cube, asked.aggregates)
    cuts = [*cut_requests(asked.cuts), *known_rows(asked.summed_dimensions)]
    summary = asker.totals(list(measures.values()), cuts)
    records, total = _records(asker, asked, measures, limit) if asked.is_drilled else (pl.DataFrame(), 0)
    return AggregateAnswer(
        question=asked,
        summary={
            name: _zero(asked.aggregates[name], summary[measure])
            for name, measure in measures.items()
            if name in asked.aggregates
        },
        records=_with_moving(asked.aggregates, measures, records),
        total=total,
    )


def _check_functions(cube: Cube, aggregates: Mapping[str, SlicerAggregate]) -> None:
    for name, part in aggregates.items():
        if part.asks is None and part.function not in FUNCTIONS:
            raise server_fault(f"Aggregate '{name}' has the unknown function '{part.function}'")
        along = cube.doc.aggregates.get(part.measure or "")
        if part.asks is None and (along is None or along.asks is None):
            raise server_fault(f"Aggregate '{name}' goes along '{part.measure}', which is no aggregate of facts")


def _check_orders(cube: Cube, asked: AggregateQuestion) -> None:
    selected = {*asked.aggregates, *(attribute.ref for attribute in attributes_of(asked.levels))}
    marks = {SPLIT} if asked.split else set()
    for order in asked.orders:
        if order.name not in selected | marks:
            known = order.name in cube.doc.aggregates or order.name in cube.attributes()
            reason = "is not in the result" if known else f"is no attribute of cube '{cube.name}'"
            raise mistake(f"Can not order by '{order.name}': it {reason}", hint="Drill down to it, or leave it out.")


def _measures(cube: Cube, aggregates: Mapping[str, SlicerAggregate]) -> dict[str, str]:
    """Give the measure of this model for each aggregate that needs one, those included that moving ones go along."""
    along = [part.measure for part in aggregates.values() if part.asks is None and part.measure]
    wanted = {**aggregates, **cube.aggregates(tuple(along))} if along else aggregates
    return {name: part.asks for name, part in wanted.items() if part.asks}


def _records(
    asker: Asker, asked: AggregateQuestion, measures: Mapping[str, str], limit: int | None
) -> tuple[pl.DataFrame, int]:
    """Ask for the records: sorted by member where no order is given, so that the engine can take the page."""
    cuts = [*cut_requests(asked.cuts), *known_rows(asked.dimensions)]
    outer = [drill.dimension for drill in asked.drills if drill.dimension.doc.join == "detail"]
    needed = list(dict.fromkeys(measures.values()))
    if not (asked.orders or asked.split or outer):
        size = asked.page.size(limit)
        frame, total = asker.records(asked.levels, needed, cuts, limit=size, offset=asked.page.offset)
        return _named(asker.cube, frame, measures), total
    if asked.split:
        frame = _split(asker, asked, needed, cuts)
    else:
        frame = _with_empty(asker, asked, asker.records(asked.levels, needed, cuts)[0], outer)
    frame = sort_records(_named(asker.cube, frame, measures), asked.orders)
    return frame.slice(asked.page.offset, asked.page.size(limit)), frame.height


def _split(asker: Asker, asked: AggregateQuestion, measures: list[str], cuts: list[CutRequest]) -> pl.DataFrame:
    """Ask for the facts outside and inside a cell, each by itself."""
    within = cut_requests(asked.split)
    outside, _ = asker.records(asked.levels, measures, cuts, excepted=within) if within else (None, 0)
    inside, _ = asker.records(asked.levels, measures, [*cuts, *within])
    parts = [(outside, False), (inside, True)]
    marked = [part.with_columns(pl.lit(mark).alias(SPLIT)) for part, mark in parts if part is not None]
    return pl.concat(marked, how="diagonal_relaxed")


def _with_empty(
    asker: Asker, asked: AggregateQuestion, records: pl.DataFrame, outer: Sequence[Dimension]
) -> pl.DataFrame:
    """Put the members in that an outer join shows without facts; of the other dimensions they have nothing.

    As any condition on another dimension fails on nothing, there are such members only where no other is cut.
    """
    parts = [records]
    for dimension in outer:
        cuts = [cut for cut in asked.cuts if cut.dimension.name == dimension.name]
        if len(cuts) < len(asked.cuts):
            continue
        levels = tuple(level for drill in asked.drills if drill.dimension is dimension for level in drill.levels)
        members = asker.existing(levels, [*cut_requests(cuts), *known_rows([dimension])])
        parts.append(members.join(records, on=members.columns, how="anti", nulls_equal=True, maintain_order="left"))
    if len(parts) == 1 or all(part.is_empty() for part in parts[1:]):
        return records
    keys = [attribute.ref for attribute in attributes_of(asked.levels)]
    return pl.concat(parts, how="diagonal_relaxed").sort(keys, nulls_last=True, maintain_order=True)


def _named(cube: Cube, frame: pl.DataFrame, measures: Mapping[str, str]) -> pl.DataFrame:
    """Name the columns of measures by aggregates; sums and counts of nothing are 0 here."""
    keys = [pl.col(name) for name in frame.columns if not name.startswith("\0")]
    values = [
        pl.col(measure_column(measure)).fill_null(0).alias(name)
        if cube.doc.aggregates[name].function in _ZERO
        else pl.col(measure_column(measure)).alias(name)
        for name, measure in measures.items()
    ]
    return frame.select(*keys, *values)


def _zero(part: SlicerAggregate, value: float | None) -> float | None:
    return 0 if value is None and part.function in _ZERO else value


def _with_moving(
    aggregates: Mapping[str, SlicerAggregate], measures: Mapping[str, str], records: pl.DataFrame
) -> pl.DataFrame:
    """Put moving aggregates in, and take out what only they needed."""
    for name, part in aggregates.items():
        if part.asks is None and records.width:
            values = moving(str(part.function), records[str(part.measure)].to_list(), part.window_size or 1)
            records = records.with_columns(pl.Series(name, values, strict=False))
    return records.drop((name for name in measures if name not in aggregates), strict=False)

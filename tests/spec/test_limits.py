"""Limits are answered with a clear error, never with a cut result (design.md section 9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.errors import BusyError, LimitError
from cube_server.query.request import AxesRequest, AxisItemRequest, FactsRequest, QueryRequest
from cube_server.result.flat import flatten

WIDE = QueryRequest(
    cube="sales",
    measures=["amount", "lines"],
    axes=AxesRequest(rows=[AxisItemRequest(level="product.product")], columns=[AxisItemRequest(level="time.month")]),
)
"""10 products by 5 months by 2 measures: 100 cells."""


def test_as_many_cells_as_allowed_are_answered(toy_paths: tuple[Path, Path]) -> None:
    cells = Engine.open(*toy_paths, Limits(cells=100)).query(WIDE)
    assert (len(cells.rows), len(cells.columns)) == (10, 5)


def test_one_cell_too_many_is_refused(toy_paths: tuple[Path, Path]) -> None:
    engine = Engine.open(*toy_paths, Limits(cells=99))
    with pytest.raises(LimitError, match="100 cells; the limit is 99"):
        engine.query(WIDE)


def test_a_page_within_the_limit_is_answered(toy_paths: tuple[Path, Path]) -> None:
    cells = Engine.open(*toy_paths, Limits(cells=99)).query(WIDE.model_copy(update={"limit": 9}))
    assert (len(cells.rows), cells.rows.total, cells.is_page) == (9, 10, True)


def test_a_flat_table_keeps_the_limit_of_rows(toy: Engine) -> None:
    cells = toy.query(WIDE)
    # 17 lines, of which 1 and 3 as well as 13 and 16 share product and month: 15 crossings.
    assert flatten(cells, Budget(Limits(rows=15))).height == 15
    with pytest.raises(LimitError, match="rows; the limit is 14"):
        flatten(cells, Budget(Limits(rows=14)))


def test_a_relation_on_the_way_keeps_the_limit_of_rows(toy_paths: tuple[Path, Path]) -> None:
    engine = Engine.open(*toy_paths, Limits(rows=9))
    with pytest.raises(LimitError, match="the limit is 9"):
        engine.query(WIDE)


def test_too_many_facts_are_refused(toy_paths: tuple[Path, Path]) -> None:
    engine = Engine.open(*toy_paths, Limits(rows=16))
    with pytest.raises(LimitError, match="the limit is 16"):
        engine.facts(FactsRequest(cube="sales", limit=None))
    assert engine.facts(FactsRequest(cube="sales", limit=16)).frame.height == 16


def test_no_time_is_no_answer(toy_paths: tuple[Path, Path]) -> None:
    engine = Engine.open(*toy_paths, Limits(seconds=0.0))
    with pytest.raises(BusyError, match="CUBE_MAX_SECONDS"):
        engine.query(WIDE)


def test_no_memory_is_no_answer(toy_paths: tuple[Path, Path]) -> None:
    engine = Engine.open(*toy_paths, Limits(memory=8))
    with pytest.raises(LimitError, match="CUBE_MAX_MEMORY"):
        engine.query(WIDE)

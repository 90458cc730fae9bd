"""What stands on the axes of a cell set, where the flat rows do not tell."""

from __future__ import annotations

from typing import Any

import polars as pl

from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from cube_server.result.cellset import CellSet


def ask(engine: Engine, rows: list[Any], columns: list[Any], **more: object) -> CellSet:
    """Ask for lines."""
    body = {"cube": "sales", "measures": ["lines"], "axes": {"rows": rows, "columns": columns}, **more}
    return engine.query(QueryRequest.model_validate(body))


def test_a_condition_on_rows_leaves_the_columns(toy: Engine) -> None:
    """Non-empty is decided before having, so a column whose rows are all hidden stays, empty."""
    cells = ask(toy, [{"level": "product.department", "having": "amount < 0"}], ["time.month"])
    assert (len(cells.rows), len(cells.columns)) == (1, 5)
    # The Voucher was sold in April 2024 only: the fourth of the months with sales.
    assert cells.matrix("lines") == [[None, None, None, 1, None]]


def test_a_page_has_all_columns(toy: Engine) -> None:
    whole = ask(toy, ["product.department"], ["time.month"])
    page = ask(toy, ["product.department"], ["time.month"], limit=1, offset=3)
    assert page.columns.tuples.equals(whole.columns.tuples)
    assert page.matrix("lines") == whole.matrix("lines")[3:]
    assert (page.is_page, whole.is_page) == (True, False)


def test_depths_tell_totals(toy: Engine) -> None:
    rows = [{"level": "time.year", "subtotals": True}, "store.store"]
    cells = ask(toy, rows, ["customer.area"], totals=True)
    # The total, then each year before its two stores (in 2023 only the corner shop sold); the total, then the areas.
    assert cells.rows.depths().to_list() == [0, 1, 2, 1, 2, 2]
    assert cells.columns.depths().to_list() == [0, 1, 1, 1]


def test_an_axis_without_levels_is_one_tuple(toy: Engine) -> None:
    cells = ask(toy, [], [])
    assert (len(cells.rows), len(cells.columns), cells.rows.total) == (1, 1, 1)
    assert cells.rows.depths().to_list() == [0]
    assert cells.matrix("lines") == [[17]]


def test_codes_are_null_only_where_a_level_is_rolled_up(toy: Engine) -> None:
    """The member null has a code of its own: a subtotal is never marked by null."""
    cells = ask(toy, [{"level": "customer.area", "subtotals": True}, "customer.customer"], [])
    (area, customer), members = cells.rows.refs, cells.rows.dictionaries
    last = cells.rows.tuples.row(-1, named=True)
    assert members[0].path(last[area.name]) == (None,)
    assert members[1].path(last[customer.name]) == (None, None)
    subtotals = cells.rows.tuples.filter(pl.col(customer.name).is_null())
    assert subtotals.height == 3


def test_an_answer_names_its_snapshot_and_source(toy: Engine) -> None:
    cells = ask(toy, [], [])
    assert (cells.snapshot, cells.source) == ("000001", "scan")
    assert ask(toy, [], [], as_of="000001").matrix("lines") == [[17]]


def test_explain_prints_spec_and_plan(toy: Engine) -> None:
    """What the question means, and every relation that it takes: the grand total is one of its own."""
    body: dict[str, Any] = {
        "cube": "sales",
        "measures": ["price"],
        "axes": {"rows": [{"level": "product.category", "having": "lines > 1"}], "columns": ["time.year"]},
        "totals": True,
        "cut": [{"level": "store.store", "members": ["A-1"]}],
    }
    text = toy.explain(QueryRequest.model_validate(body))
    for part in (
        "price",
        "product.category",
        "time.year",
        "store.store",
        "A-1",
        "lines > 1",
        "lines",
        "amount / quantity",
    ):
        assert part in text
    assert text.count("cuboid of facts") == 4

"""Drill-through reconciles: the facts behind a cell give the cell again, in totals too (semantics.md, Operations)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from cube_server.engine import Engine
from cube_server.query.request import AxesRequest, CutRequest, FactsRequest, KeyDoc, MemberDoc, QueryRequest, UnknownKey
from cube_server.result.cellset import CellSet
from cube_server.types import UNKNOWN, KeyPart, KeyPath

MEASURES = ["amount", "quantity", "lines", "baskets", "customers", "products", "smallest", "average", "price"]
COLUMNS = ["line_id", "basket_id", "customer_id", "product_id", "quantity", "amount"]

AXES: list[dict[str, Any]] = [
    {"rows": [{"level": "product.department", "subtotals": True}, "product.category"]},
    {"rows": [{"level": "customer.area", "subtotals": True}, "customer.customer"], "columns": ["time.year"]},
    {
        "rows": ["product.brand", "~product.category"],
        "columns": [{"level": "ship.year", "subtotals": True}, "ship.month"],
    },
    {"rows": ["product.product", "time.week"], "columns": ["customer.age"]},
    {"rows": ["store.store"], "columns": ["time.weekday"]},
]


def doc(key: KeyPart) -> KeyDoc:
    """Write a key as a request has it."""
    if key is UNKNOWN:
        return UnknownKey(unknown=True)
    return key if key is None or isinstance(key, bool | int | float | str) else str(key)


def cut(level: str, path: KeyPath) -> CutRequest:
    """Cut to one member."""
    member: MemberDoc = [doc(key) for key in path]
    return CutRequest(level=level, members=[member])


def cuts_of(cells: CellSet, row: int, column: int) -> list[CutRequest]:
    """Write the coordinate of a cell as cuts; a level that is rolled up has none."""
    found = []
    for axis, place in ((cells.rows, row), (cells.columns, column)):
        for ref, members in zip(axis.refs, axis.dictionaries, strict=True):
            code = axis.tuples[ref.name][place]
            if code is not None:
                found.append(cut(ref.name, members.path(code)))
    return found


def measured(facts: pl.DataFrame) -> dict[str, object]:
    """Work the measures out from fact rows."""
    amount, quantity = facts["amount"].cast(pl.Float64), facts["quantity"]
    total = float(amount.sum()) if amount.count() else None
    pieces = int(quantity.sum())
    return {
        "amount": total,
        "quantity": pieces if quantity.count() else None,
        "lines": facts.height,
        "baskets": facts["basket_id"].drop_nulls().n_unique(),
        "customers": facts["customer_id"].drop_nulls().n_unique(),
        "products": facts["product_id"].drop_nulls().n_unique(),
        "smallest": amount.min(),
        "average": amount.mean(),
        "price": total / pieces if total is not None and pieces else None,
    }


@pytest.mark.parametrize("axes", AXES, ids=str)
def test_facts_give_the_cell_again(toy: Engine, axes: dict[str, Any]) -> None:
    cells = toy.query(QueryRequest(cube="sales", measures=MEASURES, axes=AxesRequest.model_validate(axes), totals=True))
    assert cells.cells.height > 10
    for cell in cells.cells.iter_rows(named=True):
        request = FactsRequest(
            cube="sales", cut=cuts_of(cells, cell["row"], cell["column"]), columns=COLUMNS, limit=None
        )
        page = toy.facts(request)
        assert page.total == page.frame.height == cell["lines"]
        assert measured(page.frame) == pytest.approx({name: cell[name] for name in MEASURES}, nan_ok=False)


def test_the_cut_of_the_query_holds_for_its_facts(toy: Engine) -> None:
    outer = CutRequest(level="time.year", members=[2024])
    inner = [outer, cut("customer.area", ("South",))]
    cells = toy.query(QueryRequest(cube="sales", measures=["lines"], cut=inner))
    facts = toy.facts(FactsRequest(cube="sales", cut=inner, columns=["line_id"]))
    # Added up by hand: lines 4, 7, 8, 12, 13, 14, 17 are of South, all of 2024.
    assert sorted(facts.frame["line_id"]) == [4, 7, 8, 12, 13, 14, 17]
    assert cells.matrix("lines") == [[7]]


def test_the_facts_of_others_are_those_of_a_cut_that_excludes_the_shown(toy: Engine) -> None:
    top = {"n": 2, "by": "lines", "others": True}
    axes = {"rows": ["product.department", {"level": "product.category", "top": top}]}
    cells = toy.query(QueryRequest(cube="sales", measures=MEASURES, axes=AxesRequest.model_validate(axes)))
    outer, inner = cells.rows.dictionaries
    others = [place for place, over in enumerate(cells.rows.over) if over == "others"]
    tuples = cells.rows.tuples.rows()
    assert len(others) == 2
    for place in others:
        parent, _ = tuples[place]
        shown = [
            [doc(key) for key in inner.path(code)] for above, code in tuples if above == parent and code is not None
        ]
        left_out = CutRequest(level="product.category", members=list(shown), exclude=True)
        request = FactsRequest(
            cube="sales", cut=[cut("product.department", outer.path(parent)), left_out], columns=COLUMNS
        )
        (cell,) = cells.cells.filter(pl.col("row") == place).rows(named=True)
        assert measured(toy.facts(request).frame) == pytest.approx({name: cell[name] for name in MEASURES})

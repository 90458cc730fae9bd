"""What an imported model answers, beside the SQL that Cubes would have asked."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from tests.databrewery.conftest import Installation

MEASURES = {
    "price_sum": "sum(price)",
    "value_sum": "sum(price * quantity)",
    "half_sum": "sum(price / 2)",
    "weight_count": "count(weight)",
    "note_count": 'count("Gift Note")',
    "weights": "count(distinct weight)",
    "mean_value": "sum(price * quantity) / sum(quantity)",
    "twice": "sum(price) * 2",
    "lonely": "sum(price)",
    "fact_count": "count(*)",
}
FACTS = """
    from orders o
    left join shops s on s.id = o.store
    left join regions r on r.id = s.region_id
    left join items i on i.id = o.item
    left join batches b on b.year = o.batch_year and b.no = o.batch_no
    left join days od on od.id = o.ordered
    left join days sd on sd.id = o.shipped
"""


Rows = set[tuple[Any, ...]]


def cells(engine: Engine, *levels: str, cube: str = "orders", measures: tuple[str, ...] = tuple(MEASURES)) -> Rows:
    """Ask for measures by levels; give the rows of keys and values, unknown members as nulls."""
    request = {"cube": cube, "measures": measures, "axes": {"rows": list(levels)} if levels else {}}
    flat = flatten(engine.query(QueryRequest.model_validate(request)), Budget(Limits()))
    return set(flat.select(*levels, *measures).rows())


def sums(oracle: sqlite3.Connection, *columns: str, where: str = "true") -> Rows:
    """Ask SQLite the same."""
    shown = ", ".join([*columns, *MEASURES.values()])
    grouped = f" group by {', '.join(columns)}" if columns else ""
    return set(oracle.execute(f"select {shown} {FACTS} where {where}{grouped}").fetchall())


def test_the_whole(engine: Engine, oracle: sqlite3.Connection) -> None:
    assert cells(engine) == sums(oracle)


@pytest.mark.parametrize(
    ("levels", "columns"),
    [
        (("channel.channel",), ("channel",)),
        (("item.item",), ("i.id",)),
        (("item.item", "item.name", "item.name_sk", "item.kind"), ("i.id", "name_en", "name_sk", "kind")),
        (("batch.batch", "batch.supplier"), ("b.year", "b.supplier")),
        (("ordered.year", "ordered.quarter"), ("strftime('%Y', ordered) + 0", "(strftime('%m', ordered) + 2) / 3")),
        (("calendar.year", "calendar.month"), ("od.year", "od.month")),
        (("shipped.year", "shipped.month"), ("sd.year", "sd.month")),
        (("_2nd_channel._2nd_channel", "_2nd_channel.note"), ("channel", '"Gift Note"')),
    ],
)
def test_by_a_dimension(
    engine: Engine, oracle: sqlite3.Connection, levels: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    """All joins are outer ones here: which facts a client sees is the door's matter."""
    assert cells(engine, *levels) == sums(oracle, *columns)


def test_a_snowflake(engine: Engine, oracle: sqlite3.Connection) -> None:
    """The regions are joined by match, so a town without one is no member."""
    levels = ("store.region", "store.name", "store.town", "store.shout")
    known = sums(oracle, "code", "name", "town", "upper(town)", where="r.id is not null")
    assert known < cells(engine, *levels)
    (others,) = cells(engine, *levels) - known
    assert others == (None, None, None, None, *next(iter(sums(oracle, where="r.id is null"))))


def test_the_variance_is_that_of_a_sample(engine: Engine) -> None:
    # Weights 0.5, 1.5, 2.0, 4.5: their mean is 2.125, the squares off it add up to 8.6875.
    ((found,),) = cells(engine, measures=("weight_variance",))
    assert found == pytest.approx(8.6875 / 3)


def test_a_dimension_is_scoped_to_its_model(engine: Engine) -> None:
    assert cells(engine, "channel.channel", cube="visits", measures=("seconds_sum", "seconds_avg", "fact_count")) == {
        ("home", 10, 10.0, 2),
        ("cart", 30, 30.0, 1),
    }


def test_cubes_over_one_table_share_it(engine: Engine, shop: Installation) -> None:
    """Though one of them links by fewer columns."""
    orders, other = (shop.imported.model.cube(name) for name in ("orders", "handed_over"))
    assert orders is not None
    assert other is not None
    assert orders.table == other.table
    by_channel = {("web", 35, 2), ("desk", 20, 2), (None, 7, 1)}
    assert cells(engine, "channel.channel", cube="handed_over", measures=("price_sum", "fact_count")) == by_channel


def test_the_model_is_valid_by_itself(shop: Installation) -> None:
    names = {dimension.name for dimension in shop.imported.model.dimensions}
    assert names == {
        "channel", "store", "item", "batch", "ordered", "_2nd_channel", "calendar", "shipped", "visits_channel",
    }  # fmt: skip

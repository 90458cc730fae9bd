"""Laws about two facts: drill-across is the join of two aggregations, each made by DuckDB from the same files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from loaders.pipeline import load
from tests.comparison import same_row

PROFILE = settings.get_profile("laws")

DAYS = [(1, "a", "x"), (2, "a", "x"), (3, "b", "x"), (4, "c", "y")]
SHOPS = [(1, "n"), (2, "n"), (3, "s")]
MODEL: dict[str, Any] = {
    "format": 1,
    "name": "two",
    "tables": {
        "dim_day": {"key": ["day"], "columns": {"day": "int", "month": "text", "year": "text"}},
        "dim_shop": {"key": ["shop"], "columns": {"shop": "int", "area": "text"}},
        "fact_sale": {"columns": {"day": "int", "sent": "int", "shop": "int", "item": "int", "amount": "int"}},
        "fact_plan": {"columns": {"month": "text", "shop": "int", "amount": "int"}},
    },
    "dimensions": {
        "time": {
            "table": "dim_day",
            "role": "time",
            "levels": {
                "year": {"column": "year", "unique": True},
                "month": {"column": "month", "unique": True},
                "day": {"column": "day", "unique": True},
            },
            "hierarchies": {"calendar": {"levels": ["year", "month", "day"]}},
        },
        "shop": {
            "table": "dim_shop",
            "levels": {"area": {"column": "area", "unique": True}, "shop": {"column": "shop", "unique": True}},
            "hierarchies": {"areas": {"levels": ["area", "shop"]}},
        },
    },
    "cubes": {
        "sales": {
            "table": "fact_sale",
            "links": {
                "time": {"column": "day"},
                "sent": {"column": "sent", "dimension": "time"},
                "shop": {"column": "shop"},
            },
            "measures": {
                "sold": {"aggregate": "sum", "column": "amount"},
                "items": {"aggregate": "distinct", "column": "item"},
                "planned": {"from": {"cube": "plans", "measure": "planned", "links": {"sent": None}}},
                "plans": {"from": {"cube": "plans", "measure": "plans", "links": {"sent": None}}},
                "sent_items": {"from": {"cube": "sales", "measure": "items", "links": {"time": "sent", "sent": None}}},
                "reached": {"formula": "sold / planned"},
            },
        },
        "plans": {
            "table": "fact_plan",
            "links": {"time": {"column": "month", "level": "month"}, "shop": {"column": "shop"}},
            "measures": {"planned": {"aggregate": "sum", "column": "amount"}, "plans": {"aggregate": "count"}},
        },
    },
}
LEVELS = {"time.year": "year", "time.month": "month", "shop.area": "area", "~shop.shop": "shop"}
MEASURES = ("sold", "items", "planned", "plans", "sent_items", "reached")

day = st.none() | st.sampled_from([1, 2, 3, 4, 98])
month = st.none() | st.sampled_from(["a", "b", "c", "zz"])
shop = st.none() | st.sampled_from([1, 2, 3, 98])
amount = st.none() | st.integers(-5, 9)
sales = st.lists(st.tuples(day, day, shop, st.none() | st.integers(1, 3), amount), max_size=15)
plans = st.lists(st.tuples(month, shop, amount), max_size=10)
axes = st.tuples(st.sampled_from(["", "time.year", "time.month"]), st.sampled_from(["", "shop.area", "~shop.shop"]))
cut = st.none() | st.sampled_from(["a", "b", "c"])

VIEWS = """
create table known_month as select distinct month, year from dim_day;
create view sale as select f.*, d.month, d.year, d.day is null and f.day is not null as odd_time, {shop}
  from fact_sale f left join dim_day d using (day) left join dim_shop s using (shop);
create view sent as select f.*, d.month, d.year, d.day is null and f.sent is not null as odd_time, {shop}
  from fact_sale f left join dim_day d on d.day = f.sent left join dim_shop s using (shop);
create view plan as select f.*, m.year, m.month is null and f.month is not null as odd_time, {shop}
  from fact_plan f left join known_month m using (month) left join dim_shop s using (shop);
""".replace("{shop}", "s.area, s.shop is null and f.shop is not null as odd_shop")


@PROFILE
@given(sales, plans, axes, cut)
def test_drill_across_is_the_join_of_two_aggregations(
    sales: Sequence[tuple[Any, ...]], plans: Sequence[tuple[Any, ...]], axes: tuple[str, str], cut: str | None
) -> None:
    """Sales, sales by the day of sending, and plans of months, side by side over what they share."""
    levels = [level for level in axes if level]
    with TemporaryDirectory() as folder, duckdb.connect() as oracle:
        place = Path(folder)
        write(place, oracle, sales, plans)
        found = ask(place, levels, cut)
        expected = oracle.execute(joined([LEVELS[level] for level in levels], cut)).fetchall()
    assert len(found) == len(expected)
    unmatched = list(expected)
    for row in found:
        match = next((true for true in unmatched if same_row(row, true)), None)
        assert match is not None, (row, unmatched)
        unmatched.remove(match)


def write(place: Path, oracle: duckdb.DuckDBPyConnection, sales: Sequence[Any], plans: Sequence[Any]) -> None:
    """Write the files, and show the same rows to DuckDB."""
    rows: dict[str, Sequence[Any]] = {"dim_day": DAYS, "dim_shop": SHOPS, "fact_sale": sales, "fact_plan": plans}
    types = {"int": "bigint", "text": "varchar"}
    for name, table in MODEL["tables"].items():
        columns = ", ".join(f"{column} {types[type_]}" for column, type_ in table["columns"].items())
        oracle.execute(f"create table {name} ({columns})")
        if rows[name]:
            marks = ", ".join("?" * len(table["columns"]))
            oracle.executemany(f"insert into {name} values ({marks})", [list(row) for row in rows[name]])
        oracle.execute(f"copy {name} to '{place / name}.parquet' (format parquet)")
    oracle.execute(VIEWS)
    (place / "cubes.json").write_text(json.dumps(MODEL), encoding="utf-8")


def ask(place: Path, levels: list[str], cut: str | None) -> list[tuple[Any, ...]]:
    """Load the files and ask for all measures by levels, within a month."""
    load(read_model(place / "cubes.json"), str(place), place / "warehouse")
    cuts = [{"level": "time.month", "members": [cut]}] if cut else []
    body = {"cube": "sales", "measures": list(MEASURES), "axes": {"rows": levels}, "cut": cuts}
    cells = Engine.open(place / "cubes.json", place / "warehouse").query(QueryRequest.model_validate(body))
    flat = flatten(cells, Budget(Limits()))
    return flat.select(*levels, *MEASURES).rows()


def joined(columns: list[str], cut: str | None) -> str:
    """Aggregate each fact by itself, then join."""
    odd = {"year": "odd_time", "month": "odd_time", "area": "odd_shop", "shop": "odd_shop"}
    keys = list(dict.fromkeys((*columns, *(odd[column] for column in columns))))
    where = f"where month = '{cut}' and not odd_time" if cut else ""
    parts = {
        "sale": "sum(amount) as sold, count(distinct item) as items, count(*) as n1",
        "sent": "count(distinct item) as sent_items, count(*) as n2",
        "plan": "sum(amount) as planned, count(*) as plans",
    }
    by = f"group by {', '.join(keys)}" if keys else "having count(*) > 0"
    chosen = {name: f"(select {', '.join((*keys, what))} from {name} {where} {by})" for name, what in parts.items()}
    places = " union ".join(f"select {', '.join(keys) or '1 as one'} from {one}" for one in chosen.values())
    on = [" and ".join(f"k.{key} is not distinct from {name}.{key}" for key in keys) or "true" for name in chosen]
    joins = " ".join(f"left join {one} {name} on {how}" for (name, one), how in zip(chosen.items(), on, strict=True))
    start = places if keys else "select 1 as one"
    shown = "sold, items, planned, plans, sent_items, sold / nullif(planned, 0)"
    return f"select {', '.join((*(f'k.{column}' for column in columns), shown))} from ({start}) k {joins}"

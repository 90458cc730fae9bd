"""A fiscal year from February, beside the calendar's own: steps, parallel periods and periods to date, by SQL.

The calendar begins in November 2015, in the middle of a fiscal year, and ends in March 2018, in the middle of another.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from cube_server.query.request import QueryRequest
from loaders.pipeline import load
from tests.comparison import assert_same_rows

LEVELS = {
    "year": {"column": "year", "unique": True, "period": "year"},
    "month": {"column": "month", "unique": True, "period": "month"},
    "fiscal_year": {"column": "fiscal_year", "unique": True, "period": "year"},
    "fiscal_quarter": {"column": "fiscal_quarter", "period": "quarter"},
    "day": {"column": "date", "unique": True, "period": "day"},
}
MODEL = {
    "format": 1,
    "name": "fiscal",
    "tables": {
        "fact": {"columns": {"date_key": "int", "amount": "decimal(2)"}},
        "dim_date": {
            "key": ["date_key"],
            "columns": {
                "date_key": "int",
                "date": "date",
                "year": "int",
                "month": "text",
                "fiscal_year": "text",
                "fiscal_quarter": "text",
            },
        },
    },
    "dimensions": {
        "time": {
            "table": "dim_date",
            "role": "time",
            "levels": LEVELS,
            "hierarchies": {
                "fiscal": {"levels": ["fiscal_year", "fiscal_quarter", "month", "day"]},
                "calendar": {"levels": ["year", "month", "day"]},
            },
        }
    },
    "cubes": {
        "sales": {
            "table": "fact",
            "links": {"time": {"column": "date_key"}},
            "measures": {"amount": {"aggregate": "sum", "column": "amount"}},
        }
    },
}


@pytest.fixture(scope="module")
def star(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fiscal")
    day = pl.col("date")
    begun = day.dt.offset_by("-1mo")  # a fiscal year is that of the month before
    days = pl.DataFrame({"date": pl.date_range(dt.date(2015, 11, 1), dt.date(2018, 3, 31), eager=True)}).select(
        day.dt.strftime("%Y%m%d").cast(pl.Int64).alias("date_key"),
        day,
        day.dt.year().cast(pl.Int64).alias("year"),
        day.dt.strftime("%Y-%m").alias("month"),
        pl.format("FY{}", begun.dt.truncate("1mo").dt.year()).alias("fiscal_year"),
        pl.format("Q{}", (begun.dt.month() - 1) // 3 + 1).alias("fiscal_quarter"),
    )
    days.write_parquet(folder / "dim_date.parquet")
    facts = days.with_row_index("n").filter(pl.col("n") % 3 > 0, pl.col("month") != "2016-08")
    amount = (pl.col("n") * 37 % 1009).cast(pl.Decimal(18, 2))
    facts.select("date_key", amount.alias("amount")).write_parquet(folder / "fact.parquet")
    (folder / "cubes.json").write_text(json.dumps(MODEL))
    return folder


@pytest.fixture(scope="module")
def engine(star: Path) -> Engine:
    load(read_model(star / "cubes.json"), str(star), star / "warehouse", progress=SILENT)
    return Engine.open(star / "cubes.json", star / "warehouse")


@pytest.fixture(scope="module")
def sql(star: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name in ("fact", "dim_date"):
            connection.execute(f"create view {name} as from read_parquet('{star / name}.parquet')")
        connection.execute("create view f as from fact join dim_date using (date_key)")
        yield connection


def asked(engine: Engine, level: str, formula: str) -> list[tuple[object, ...]]:
    cells = engine.query(
        QueryRequest.model_validate(
            {
                "cube": "sales",
                "measures": ["found"],
                "with": {"measures": {"found": {"formula": formula}}},
                "axes": {"rows": [level]},
            }
        )
    )
    codes = cells.rows.tuples.to_series().to_list()
    captions = [cells.rows.dictionaries[0].path(code) for code in codes]
    return [(*path, row[0]) for path, row in zip(captions, cells.matrix("found"), strict=True)]


def test_previous_fiscal_years(engine: Engine, sql: duckdb.DuckDBPyConnection) -> None:
    expected = sql.execute(
        "with y as (select fiscal_year as y, sum(amount) as a from f group by all) "
        "select y, lag(a) over (order by y) from y order by y"
    ).fetchall()
    assert_same_rows(asked(engine, "time.fiscal_year", "previous(amount)"), expected)


def test_the_same_quarter_of_the_fiscal_year_before(engine: Engine, sql: duckdb.DuckDBPyConnection) -> None:
    expected = sql.execute("""
        with q as (select fiscal_year as y, fiscal_quarter as q, sum(amount) as a from f group by all)
        select q.y, q.q, p.a from q left join q as p
          on p.q = q.q and p.y = 'FY' || (substr(q.y, 3)::int - 1) order by 1, 2""").fetchall()
    assert_same_rows(asked(engine, "time.fiscal_quarter", "parallel(amount, time.fiscal_year)"), expected)


def test_the_same_month_of_the_fiscal_year_before(engine: Engine, sql: duckdb.DuckDBPyConnection) -> None:
    expected = sql.execute("""
        with m as (select fiscal_year as y, fiscal_quarter as q, month as m, sum(amount) as a from f group by all)
        select m.y, m.q, m.m, p.a from m left join m as p
          on p.m = strftime(strptime(m.m || '-01', '%Y-%m-%d') - interval 1 year, '%Y-%m') order by 3""").fetchall()
    assert_same_rows(asked(engine, "time.month", "parallel(amount, time.fiscal_year)"), expected)


def test_the_fiscal_year_to_date(engine: Engine, sql: duckdb.DuckDBPyConnection) -> None:
    expected = sql.execute("""
        with m as (select fiscal_year as y, fiscal_quarter as q, month as m, sum(amount) as a from f group by all)
        select y, q, m, sum(a) over (partition by y order by m) from m order by 3""").fetchall()
    assert_same_rows(asked(engine, "time.month", "to_date(amount, time.fiscal_year)"), expected)


def test_both_calendars_stand_side_by_side(engine: Engine, sql: duckdb.DuckDBPyConnection) -> None:
    body = {"cube": "sales", "axes": {"rows": ["time.fiscal_year"], "columns": ["time.calendar.year"]}, "totals": True}
    cells = engine.query(QueryRequest.model_validate(body))
    whole = sql.execute("select sum(amount) from f").fetchall()[0][0]
    assert Decimal(str(cells.matrix("amount")[0][0])) == whole
    crossed = sql.execute("select count(*) from (select distinct fiscal_year, year from f)").fetchall()[0][0]
    inner = [value for row in cells.matrix("amount")[1:] for value in row[1:] if value is not None]
    assert len(inner) == crossed

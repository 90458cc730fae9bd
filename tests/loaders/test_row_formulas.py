"""Formulas over one row, each beside the same said in DuckDB's SQL."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.formulas.rows import ROW_FUNCTIONS, read_row
from cube_server.types import Kind
from loaders.row_formulas import expression

KINDS = {"a": Kind.INT, "b": Kind.INT, "x": Kind.FLOAT, "s": Kind.TEXT, "t": Kind.TEXT, "d": Kind.DATE}

ROWS = """
    select * replace (x::double as x) from (values
        (120, 99, 1.25, 'pear', 'ea', date '2024-02-29'), (-7, 2, -2.5, '  Žltý kôň ', 'k', date '2021-01-01'),
        (7, -2, 0.0, '', '', date '1999-12-31'), (0, 0, 100.0, 'a"b', '"', date '2024-12-30'),
        (null, 3, null, null, 'x', null), (5, null, 2.5, 'banana', 'an', date '2000-06-15')
    ) rows(a, b, x, s, t, d)
"""

IN_SQL = {
    "a + b * 2": "a + b * 2",
    "-a": "-a",
    "a - b": "a - b",
    "a / b": "a / nullif(b, 0)",
    "div(a, b)": "a // nullif(b, 0)",
    "mod(a, b)": "a % nullif(b, 0)",
    "abs(a)": "abs(a)",
    "sign(a)": "sign(a)",
    "round(x)": "round(x)",
    "round(x, 1)": "round(x, 1)",
    "trunc(x)": "trunc(x)",
    "floor(x)": "floor(x)",
    "ceil(x)": "ceil(x)",
    "power(x, 2)": "power(x, 2)",
    "sqrt(x)": "case when x >= 0 then sqrt(x) end",
    "exp(x)": "exp(x)",
    "ln(x)": "case when x > 0 then ln(x) end",
    "log10(x)": "case when x > 0 then log10(x) end",
    "sin(x)": "sin(x)",
    "cos(x)": "cos(x)",
    "tan(x)": "tan(x)",
    "lower(s)": "lower(s)",
    "upper(s)": "upper(s)",
    "trim(s)": "trim(s)",
    "left(s, 3)": "left(s, 3)",
    "right(s, 3)": "right(s, 3)",
    "substr(s, 2)": "substr(s, 2)",
    "substr(s, 2, 2)": "substr(s, 2, 2)",
    'replace(s, "a", "o")': "replace(s, 'a', 'o')",
    "left(s, a)": "case when a is not null then left(s, greatest(a, 0)::int) end",
    "right(s, a)": "case when a is not null then right(s, greatest(a, 0)::int) end",
    "substr(s, a)": "case when a is not null then substr(s, greatest(a, 1)::int) end",
    # The letters in places a to a + b - 1, of those that there are.
    "substr(s, a, b)": """case when a + b is not null and s is not null
        then coalesce((select string_agg(s[place], '' order by place) from range(1, length(s) + 1) places(place)
            where place >= a and place < a + b), '') end""",
    'replace(s, t, "-")': "replace(s, t, '-')",
    'replace(s, "a", t)': "replace(s, 'a', t)",
    'concat(replace("abc", "b", "-"), s)': "'a-c' || s",
    "position(t, s)": "strpos(s, t)",
    "length(s)": "length(s)",
    "concat(s, t)": "s || t",
    "text(a)": "a::text",
    'position("an", s)': "strpos(s, 'an')",
    'extract("year", d)': "year(d)",
    'extract("quarter", d)': "quarter(d)",
    'extract("month", d)': "month(d)",
    'extract("week", d)': "week(d)",
    'extract("day", d)': "day(d)",
    'extract("weekday", d)': "isodow(d)",
    'extract("hour", d)': "hour(d::timestamp)",
    "to_number(text(x))": "x",
    'to_date(text(d), "%Y-%m-%d")': "strptime(d::text, '%Y-%m-%d')::date",
    'to_timestamp(concat(text(d), " 7:30 PM"), "%Y-%m-%d %I:%M %p")': "d + to_hours(19) + to_minutes(30)",
    "date(d)": "d::date",
    "make_date(b + 2000, a, a)": "case when a between 1 and 12 then make_date((b + 2000)::int, a::int, a::int) end",
    "coalesce(a, b, 0)": "coalesce(a, b, 0)",
    'concat(nullif(coalesce(nullif("c", "c"), "b", s), "c"), s)': "'b' || s",
    "nullif(a, 7)": "nullif(a, 7)",
    'if(a > 5, "big", "small")': "case when a > 5 then 'big' else 'small' end",
    "is_null(s)": "s is null",
    'one_of(s, "pear", "fig")': "s in ('pear', 'fig')",
    "one_of(a, 7, 1)": "a in (7, 1)",
    'starts_with(s, "p")': "starts_with(s, 'p')",
    "a > b or is_null(b)": "a > b or b is null",
    'not (s = "pear")': "not s = 'pear'",
    "a != 7": "a <> 7",
}


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    relation = duckdb.sql(ROWS)
    assert relation is not None
    frame: pl.DataFrame = relation.pl()
    return frame


@pytest.mark.parametrize("formula", IN_SQL)
def test_a_formula_means_what_sql_means(formula: str, rows: pl.DataFrame) -> None:
    node, _ = read_row(formula, KINDS)
    found = rows.select(expression(node, rows.schema).alias("value"))["value"].to_list()
    expected = [value for (value,) in duckdb.execute(f"select {IN_SQL[formula]} from ({ROWS})").fetchall()]
    assert found == [pytest.approx(value) if isinstance(value, float) else value for value in expected]


def test_every_function_is_tried() -> None:
    # Tuples have no like in SQL; they are tried below.
    tried = {name for name in ROW_FUNCTIONS if any(f"{name}(" in formula for formula in IN_SQL)}
    assert tried == ROW_FUNCTIONS.keys() - {"tuple"}


def test_whole_numbers_that_grow_too_large_are_no_others() -> None:
    frame = pl.DataFrame({"a": [2**62]})
    node, _ = read_row("a * 4", {"a": Kind.INT})
    assert frame.select(expression(node, frame.schema))["a"].to_list() == [2**64]


_texts = st.one_of(st.none(), st.text(alphabet='a,"[]\\ \nnul', max_size=6))


@settings(deadline=None)
@given(st.lists(st.tuples(_texts, _texts), min_size=2, max_size=20))
def test_tuples_are_equal_only_if_all_their_parts_are(pairs: list[tuple[str | None, str | None]]) -> None:
    frame = pl.DataFrame(pairs, schema={"s": pl.String, "t": pl.String}, orient="row")
    node, _ = read_row("tuple(s, t)", KINDS)
    keys = frame.select(expression(node, frame.schema).alias("key"))["key"]
    assert keys.null_count() == 0
    assert keys.n_unique() == len(set(pairs))

"""Cuts by value keep the rows that SQL keeps, in three-valued logic, whatever the paths, ends and nulls."""

from __future__ import annotations

from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.engine import Engine
from cube_server.query.request import QueryRequest

COLUMNS = ("department", "category", "product_id")
KEYS: tuple[st.SearchStrategy[Any], ...] = (
    st.sampled_from(["Food", "Home", "Garden", None]),
    st.sampled_from(["Fruit", "Gifts", "Light", "A", None]),
    st.sampled_from(["1", "4", "5", "7", "50", "apple"]),
)
PATHS = st.integers(1, 3).flatmap(lambda depth: st.tuples(*KEYS[:depth]))
ENDS = st.none() | PATHS.filter(lambda path: None not in path)


def literal(key: str, depth: int) -> str:
    """Write a key as its column's type; what is no number is like none of them."""
    if depth < 2:
        return f"'{key}'"
    return key if key.isdigit() else "null"


def equal(path: tuple[Any, ...]) -> str:
    if "apple" in path:
        return "false"
    parts = [
        f"{COLUMNS[depth]} is null" if key is None else f"{COLUMNS[depth]} = {literal(key, depth)}"
        for depth, key in enumerate(path)
    ]
    return f"({' and '.join(parts)})"


def beyond(end: tuple[Any, ...] | None, sign: str) -> str:
    condition = "true"
    for depth, key in reversed(list(enumerate(end or ()))):
        column, value = COLUMNS[depth], literal(key, depth)
        condition = f"({column} {sign} {value} or ({column} = {value} and {condition}))"
    return condition


def within(first: tuple[Any, ...] | None, last: tuple[Any, ...] | None) -> str:
    if "apple" in (*(first or ()), *(last or ())):
        return "false"
    return f"({beyond(first, '>')} and {beyond(last, '<')})"


@settings(deadline=None, max_examples=60)
@given(
    members=st.lists(PATHS, max_size=4),
    ranges=st.lists(st.tuples(ENDS, ENDS), max_size=2),
    exclude=st.booleans(),
)
def test_as_sql(
    members: list[Any], ranges: list[Any], exclude: bool, toy: Engine, oracle: duckdb.DuckDBPyConnection
) -> None:
    if not members and not ranges:
        return
    spans = [{"from": first and list(first), "to": last and list(last)} for first, last in ranges]
    cut = {"level": "product.product", "by": "value", "members": members, "ranges": spans, "exclude": exclude}
    asked = QueryRequest.model_validate({"cube": "sales", "measures": ["lines"], "cut": [cut]})
    condition = " or ".join([*map(equal, members), *(within(*ends) for ends in ranges)])
    sql = f"select count(*) from sales where {'not ' if exclude else ''}({condition})"
    (wanted,) = oracle.execute(sql).fetchall()
    assert (toy.query(asked).matrix("lines")[0][0] or 0) == wanted[0], sql

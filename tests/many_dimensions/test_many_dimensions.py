"""Codd's test of many dimensions: 4, 12 and 20 of ten levels each load, and what is valid on one is valid on all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from tests.comparison import Row, assert_same_rows
from tests.many_dimensions.star import LEVELS, key_sql, many_dimensions, oracle_of

MEASURED = "sum(amount), count(*), count(distinct basket)"


@dataclass(frozen=True, slots=True)
class World:
    """A star in the engine, and the same facts in DuckDB."""

    dimensions: int
    engine: Engine
    oracle: duckdb.DuckDBPyConnection

    def found(self, columns: list[str], **body: Any) -> list[Row]:  # noqa: ANN401 - parts of a body
        """Ask the engine; give columns of the flat table."""
        asked = {"cube": "cube", "measures": ["amount", "lines", "baskets"], **body}
        return flatten(self.engine.query(QueryRequest.model_validate(asked)), Budget(Limits())).select(columns).rows()

    def expected(self, sql: str) -> list[Row]:
        """Ask DuckDB."""
        return self.oracle.execute(sql).fetchall()

    def levels(self) -> Iterator[tuple[int, int]]:
        """Give every dimension with one of its levels; over twenty dimensions each level comes twice."""
        return ((number, number % LEVELS) for number in range(self.dimensions))


@pytest.fixture(scope="module", params=[4, 12, 20])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A star of so many dimensions."""
    folder = tmp_path_factory.mktemp("many")
    engine = many_dimensions(folder, request.param)
    with oracle_of(folder) as oracle:
        yield World(request.param, engine, oracle)


def test_every_dimension_is_drilled_from_any_level(world: World) -> None:
    for number, level in world.levels():
        axes = {"rows": [f"d{number}.l{level}"]}
        expected = world.expected(f"select {key_sql(number, level)} as k, {MEASURED} from fact group by k order by k")
        assert_same_rows(world.found([f"d{number}.l{level}", "amount", "lines", "baskets"], axes=axes), expected)


def test_every_dimension_is_drilled_into_one_member(world: World) -> None:
    for number, level in world.levels():
        finer = min(level + 1, LEVELS - 1)
        axes, cut = {"rows": [f"d{number}.l{finer}"]}, [{"level": f"d{number}.l{level}", "members": [0]}]
        expected = world.expected(
            f"select {key_sql(number, finer)} as k, {MEASURED} from fact"
            f" where {key_sql(number, level)} = 0 group by k order by k"
        )
        found = world.found([f"d{number}.l{finer}", "amount", "lines", "baskets"], axes=axes, cut=cut)
        assert_same_rows(found, expected)


def test_all_dimensions_are_cut_at_once(world: World) -> None:
    """By ranges that leave most of each dimension, and by excluding one leaf of each."""
    ranges = [
        {"level": f"d{number}.l{level}", "ranges": [{"to": 3 * 2**level // 4}]} for number, level in world.levels()
    ]
    excluded = [{"level": f"d{number}.l9", "members": [number], "exclude": True} for number, _ in world.levels()]
    conditions = [
        f"{key_sql(number, level)} <= {3 * 2**level // 4} and d{number}_id <> {number}"
        for number, level in world.levels()
    ]
    expected = world.expected(f"select {MEASURED} from fact where {' and '.join(conditions)}")
    assert expected[0][1]
    assert_same_rows(world.found(["amount", "lines", "baskets"], cut=[*ranges, *excluded]), expected)


def test_every_dimension_has_shares_of_the_parent(world: World) -> None:
    for number in range(world.dimensions):
        level = 1 + number % (LEVELS - 1)
        above, here = key_sql(number, level - 1), key_sql(number, level)
        expected = world.expected(
            f"select {here} as k, sum(amount) / sum(sum(amount)) over (partition by any_value({above}))"
            " from fact group by k order by k"
        )
        found = world.found(
            [f"d{number}.l{level}", "part"],
            measures=["part"],
            axes={"rows": [f"d{number}.l{level}"]},
            **{"with": {"measures": {"part": {"formula": f"share(amount, d{number}.parent)"}}}},
        )
        assert_same_rows(found, expected)


def test_every_dimension_has_a_top(world: World) -> None:
    for number, level in world.levels():
        top = {"n": 3, "by": "baskets", "within": "axis"}
        order = {"by": "baskets", "desc": True, "within": "axis"}
        expected = world.expected(
            f"select {key_sql(number, level)} as k, {MEASURED} from fact group by k"
            " order by count(distinct basket) desc, k limit 3"
        )
        axes = {"rows": [{"level": f"d{number}.l{level}", "top": top, "order": order}]}
        assert_same_rows(world.found([f"d{number}.l{level}", "amount", "lines", "baskets"], axes=axes), expected)


def test_every_dimension_has_totals_that_do_not_add_up(world: World) -> None:
    """Distinct baskets of two levels with subtotals and the grand total, next to the same of another dimension."""
    for number in range(world.dimensions):
        other = (number + 1) % world.dimensions
        axes = {
            "rows": [{"level": f"d{number}.l1", "subtotals": True}, f"d{number}.l3"],
            "columns": [f"d{other}.l2"],
        }
        one, three, beside = key_sql(number, 1), key_sql(number, 3), key_sql(other, 2)
        expected = world.expected(
            f"""select a, b, c, count(distinct basket)
            from (select {one} as a, {three} as b, {beside} as c, basket from fact)
            group by grouping sets ((), (c), (a), (a, c), (a, b), (a, b, c))
            order by a nulls first, b nulls first, c nulls first"""
        )
        names = [f"d{number}.l1", f"d{number}.l3", f"d{other}.l2", "baskets"]
        assert_same_rows(world.found(names, axes=axes, totals=True), expected)


def test_all_dimensions_stand_on_one_table(world: World) -> None:
    """The coarsest level that has two members, of every dimension at once: 20 of them have 2**20 combinations."""
    keys = [key_sql(number, 1) for number in range(world.dimensions)]
    expected = world.expected(f"select {', '.join(keys)}, {MEASURED} from fact group by all order by all")
    rows = [f"d{number}.l1" for number in range(world.dimensions)]
    assert_same_rows(world.found([*rows, "amount", "lines", "baskets"], axes={"rows": rows}), expected)

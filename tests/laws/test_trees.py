"""Laws of trees: random people below people, paid at random, against a recursive query; and of ragged places."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from cube_server.query.request import MembersRequest, QueryRequest
from cube_server.result.flat import flatten
from loaders.pipeline import load

PROFILE = settings.get_profile("laws")
DEPTH = 5
ROOT = 0

MODEL: dict[str, Any] = {
    "format": 1,
    "name": "trees",
    "tables": {
        "pay": {"columns": {"person": "int", "place": "int", "item": "int", "paid": "int"}},
        "person": {"key": ["id"], "columns": {"id": "int", "boss": "int", "name": "text", "rank": "int"}},
        "place": {"key": ["id"], "columns": {"id": "int", "a": "text", "b": "text", "c": "text"}},
    },
    "dimensions": {
        "person": {
            "table": "person",
            "levels": {"person": {"column": "id", "caption": "name", "order": "rank", "unique": True}},
            "hierarchies": {
                "people": {"levels": ["person"]},
                "bosses": {"tree": {"of": "person", "parent": "boss", "root": ROOT, "depth": DEPTH}},
            },
        },
        "place": {
            "table": "place",
            "levels": {
                "a": {"column": "a"},
                "b": {"column": "b", "hide": "parent"},
                "c": {"column": "c", "hide": "blank"},
                "place": {"column": "id", "unique": True},
            },
            "hierarchies": {"places": {"levels": ["a", "b", "c", "place"]}},
        },
    },
    "cubes": {
        "pay": {
            "table": "pay",
            "links": {"person": {"column": "person"}, "place": {"column": "place"}},
            "measures": {
                "paid": {"aggregate": "sum", "column": "paid"},
                "lines": {"aggregate": "count"},
                "items": {"aggregate": "distinct", "column": "item"},
            },
        }
    },
}
MEASURES = ["paid", "lines", "items"]
SUMS = "sum(paid), count(*), count(distinct item)"

TREE = f"""
    create view standing as
    with recursive down as (
      select id, [id] as path from person where boss is null or boss = {ROOT}
      union all select p.id, list_append(path, p.id) from person p join down on p.boss = down.id)
    select id, path, len(path) as depth, exists (from person below where below.boss = down.id) as has_below from down"""

Row = tuple[Any, ...]


@st.composite
def people(draw: st.DrawFn) -> tuple[Row, ...]:
    """Draw a forest: id, boss, name, rank; nobody deeper than the model allows."""
    ids = draw(st.permutations(range(1, draw(st.sampled_from((8, 4, 12, 1))) + 1)))
    depths: dict[int, int] = {}
    rows = []
    for id_ in ids:
        above = sorted(boss for boss, depth in depths.items() if depth < DEPTH)
        # Bosses drawn from the last ones make deep trees.
        boss = draw(st.sampled_from([*above[-3:], *above, None, ROOT]))
        depths[id_] = depths.get(boss or ROOT, 0) + 1
        rows.append((id_, boss, draw(st.sampled_from("mno")), draw(st.none() | st.integers(0, 2))))
    return tuple(rows)


PLACES = st.lists(
    st.tuples(*(st.sampled_from(names) for names in (("x", "y", None), ("x", "y", "z"), ("", "p", "q", None)))),
    min_size=1,
    max_size=6,
).map(lambda rows: tuple((place, *row) for place, row in enumerate(rows, 1)))
PAY = st.lists(
    st.tuples(
        st.none() | st.integers(1, 14), st.none() | st.integers(1, 6), st.integers(1, 3), st.none() | st.integers(-5, 9)
    ),
    max_size=24,
).map(tuple)


@contextmanager
def paid(people: tuple[Row, ...], places: tuple[Row, ...], pay: tuple[Row, ...]) -> Iterator[tuple[Engine, Any]]:
    """Load the rows; give an engine, and DuckDB over the same files."""
    schemas: dict[str, dict[str, Any]] = {
        "person": {"id": pl.Int64, "boss": pl.Int64, "name": pl.String, "rank": pl.Int64},
        "place": {"id": pl.Int64, "a": pl.String, "b": pl.String, "c": pl.String},
        "pay": {"person": pl.Int64, "place": pl.Int64, "item": pl.Int64, "paid": pl.Int64},
    }
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as oracle:
        source, model = Path(folder) / "source", Path(folder) / "cubes.json"
        source.mkdir()
        for name, rows in (("person", people), ("place", places), ("pay", pay)):
            file = source / f"{name}.parquet"
            pl.DataFrame(list(rows), schema=schemas[name], orient="row").write_parquet(file)
            oracle.execute(f"create view {name} as from '{file}'")
        oracle.execute(TREE)
        model.write_text(json.dumps(MODEL), encoding="utf-8")
        load(read_model(model), str(source), Path(folder) / "warehouse", progress=SILENT)
        yield Engine.open(model, Path(folder) / "warehouse"), oracle


def asked(engine: Engine, keys: list[str], **body: object) -> list[Row]:
    """Ask for the measures, keys first."""
    request = QueryRequest.model_validate({"cube": "pay", "measures": MEASURES, **body})
    return flatten(engine.query(request), Budget(Limits())).select(*keys, *MEASURES).rows()


def levels(depth: int) -> list[str]:
    """Name the levels down to a depth."""
    return [f"person.person_{above}" for above in range(1, depth + 1)]


@PROFILE
@given(people(), PAY)
def test_everybody_stands_for_all_below(rows: tuple[Row, ...], pay: tuple[Row, ...]) -> None:
    """Subtree law: every member at every depth has what a recursive query has; a data member has what is its own."""
    with paid(rows, (), pay) as (engine, oracle):
        for depth in range(1, DEPTH + 1):
            keys = levels(depth)
            found = [row for row in asked(engine, keys, axes={"rows": keys[-1:]}) if row[0] is not None]
            expected = oracle.sql(f"""
                select top.path, {SUMS} from standing top join standing s on list_contains(s.path, top.id)
                join pay on person = s.id where top.depth = {depth} group by top.path
                union all select list_append(path, id), {SUMS} from standing join pay on person = id
                where depth = {depth} - 1 and has_below group by path, id""").fetchall()
            assert sorted((list(row[:depth]), *row[depth:]) for row in found) == sorted(expected)


@PROFILE
@given(people(), PAY)
def test_children_add_up_to_their_parent(rows: tuple[Row, ...], pay: tuple[Row, ...]) -> None:
    """Additive law: a parent's lines are those of its children, of which its data member is one."""
    with paid(rows, (), pay) as (engine, _):
        for depth in range(1, DEPTH):
            above, below = levels(depth), levels(depth + 1)
            whole = {row[:depth]: row[depth + 1] for row in asked(engine, above, axes={"rows": above[-1:]})}
            parts: dict[Row, int] = {}
            for row in asked(engine, below, axes={"rows": below[-1:]}):
                parts[row[:depth]] = parts.get(row[:depth], 0) + row[depth + 2]
            # Nobody and unknown people have no key, and no tree.
            assert all(whole[path] == count for path, count in parts.items() if path[0] is not None)


@PROFILE
@given(people(), PAY, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: tuple[Row, ...], pay: tuple[Row, ...], dice: random.Random) -> None:
    """Order law: a table in another order gives the same answer, in the same order."""
    tree = {"rows": [*({"level": level, "subtotals": True} for level in levels(3)), *levels(4)[3:]]}
    keys = [*levels(4), "person.bosses.depth"]
    with paid(rows, (), pay) as (engine, _):
        before = asked(engine, keys, axes=tree)
    with paid(tuple(dice.sample(rows, len(rows))), (), pay) as (engine, _):
        assert asked(engine, keys, axes=tree) == before


@PROFILE
@given(people(), PAY, st.data())
def test_a_cut_is_a_cut_to_all_below(rows: tuple[Row, ...], pay: tuple[Row, ...], data: st.DataObject) -> None:
    """Cut law: of a member by its path or key; members and their children are those of the tree, parents first."""
    with paid(rows, (), pay) as (engine, oracle):
        path, depth, has_below = data.draw(
            st.sampled_from(oracle.sql("select path, depth, has_below from standing order by id").fetchall())
        )
        level = levels(depth)[-1]
        (expected,) = oracle.sql(f"""
            select {SUMS} from standing join pay on person = id where list_contains(path, {path[-1]})""").fetchall()
        for member in (path, path[-1]):
            found = asked(engine, [], cut=[{"level": level, "members": [member]}]) or [(None, 0, 0)]
            assert [value or 0 for value in found[0]] == [value or 0 for value in expected]
        if depth < DEPTH:
            request = {"cube": "pay", "level": levels(depth + 1)[-1], "parent": path}
            listed = engine.members(MembersRequest.model_validate(request)).frame[f"key_{depth}"].to_list()
            below = oracle.sql(f"select id from person where boss = {path[-1]} order by rank nulls last, id").fetchall()
            assert listed == ([path[-1]] if has_below else []) + [id_ for (id_,) in below]


@PROFILE
@given(PLACES, PAY)
def test_ragged_levels_show_their_own_members(places: tuple[Row, ...], pay: tuple[Row, ...]) -> None:
    """Ragged law: each level has its groups but those that are hidden, whatever stands above and below them."""
    keys = ["place.a", "place.b", "place.c", "place.place"]
    shown = ["true", "b <> a", "coalesce(c, '') <> ''", "true"]
    rows = [*({"level": key, "subtotals": True} for key in keys[:3]), keys[3]]
    with paid((), places, pay) as (engine, oracle):
        found = asked(engine, [*keys, "place.depth"], axes={"rows": rows}, totals=["rows"])
        known = [row for row in found if row[0] is not None]
        expected = [
            row
            for depth, is_shown in enumerate(shown, 1)
            for row in oracle.sql(f"""
                select {", ".join(column if at < depth else "null" for at, column in enumerate(["a", "b", "c", "id"]))},
                  {depth}, {SUMS} from pay join place on place = id where a is not null and {is_shown} group by all
            """).fetchall()
        ]  # fmt: skip
        (total,) = oracle.sql(f"select {SUMS} from pay").fetchall()
    assert sorted(map(repr, known)) == sorted(map(repr, expected))
    assert not pay or next(row[5:] for row in found if row[4] == 0) == total

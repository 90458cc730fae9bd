"""Laws of dimensions with history: as it is now, and as it was then."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.modes import How
from loaders.pipeline import load
from tests.comparison import assert_same_rows
from tests.laws.histories import Loads, Past, asked, changes, extracts, in_order, model, oracle, parts_of, pasts, write

GIVEN = {"columns": {"area": 2, "mood": 2}, "from": "since"}
LAWS = settings(settings.get_profile("laws"), max_examples=6)


@contextmanager
def opened(past: Past, document: dict[str, Any], versions: tuple[Any, ...]) -> Iterator[Engine]:
    """Load a past once and open it."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(past, Path(folder), document, versions)
        load(read_model(path), folder, Path(folder) / "warehouse", progress=SILENT)
        yield Engine.open(path, Path(folder) / "warehouse")


@given(pasts())
@settings(LAWS)
def test_as_it_was_then_is_an_as_of_join(past: Past) -> None:
    numbers = "count(*), sum(amount), count(distinct person)"
    with opened(past, model(GIVEN), past.versions) as engine, oracle(past) as told:
        for levels, columns in (
            (["person.area"], "area, odd"),
            (["person.mood"], "mood, odd"),
            (["person.area", "person.person"], "area, person, odd"),
            (["~person.person"], "person, odd"),
        ):
            sql = f"select {columns}, {numbers} from told group by all"
            found = asked(engine, scd="then", axes={"rows": levels})
            assert_alike(found, columns.count(","), told.sql(sql).fetchall())


@given(pasts())
@settings(LAWS)
def test_now_is_the_dimension_overwritten(past: Past) -> None:
    questions: tuple[dict[str, Any], ...] = (
        {"axes": {"rows": ["person.area", "person.person"], "columns": ["time.month"]}, "totals": True},
        {"axes": {"rows": ["person.mood", "also.area"]}},
        {"axes": {"rows": ["friend.area"]}, "cut": [{"level": "person.mood", "members": ["glad"], "by": "value"}]},
    )
    with (
        opened(past, model(GIVEN), past.versions) as engine,
        opened(past, model(None), past.now) as overwritten,
    ):
        for question in questions:
            assert asked(engine, scd="now", **question) == asked(overwritten, **question)


@given(pasts())
@settings(LAWS)
def test_totals_are_the_same_then_and_now(past: Past) -> None:
    with opened(past, model(GIVEN), past.versions) as engine, oracle(past) as told:
        whole = told.sql("select count(*), sum(amount), count(distinct person) from told").fetchall()
        for scd in ("then", "now"):
            axes = {"rows": ["person.area", "person.mood"], "columns": ["time.month"]}
            first = asked(engine, scd=scd, axes=axes, totals=True)[0]
            assert_same_rows([first[-3:]], whole)
            parts = asked(engine, scd=scd, axes={"rows": ["person.area"]})
            assert sum(row[-3] for row in parts) == whole[0][0]  # type: ignore[misc]


@given(pasts())
@settings(LAWS)
def test_over_a_bridge_members_are_as_they_were_on_the_facts_day(past: Past) -> None:
    by_table = """
        with reached as (
            select distinct t.line, t.amount, t.person, a.area from told t left join friends f using (basket)
            left join beheld a on a.person = f.person and a.day is not distinct from t.day)
        select area, false, count(*), sum(amount), count(distinct person) from reached group by area"""
    by_facts = """
        with reached as (
            select distinct t.line, t.amount, t.person, o.area, coalesce(o.odd, false) as odd from told t
            left join told o using (basket))
        select area, odd, count(*), sum(amount), count(distinct person) from reached group by all"""
    with opened(past, model(GIVEN), past.versions) as engine, oracle(past) as told:
        for level, sql in (("friend.area", by_table), ("also.area", by_facts)):
            assert_alike(asked(engine, scd="then", axes={"rows": [level]}), 1, told.sql(sql).fetchall())


@given(pasts(), extracts())
@settings(LAWS)
def test_loads_in_any_order_of_days_make_the_versions_that_they_tell_of(past: Past, loads: Loads) -> None:
    with loaded(past, loads, {"columns": {"area": 2, "mood": 2}}) as engine, oracle(past, loads.told) as told:
        assert_as_told(engine, told)


@given(pasts(), changes())
@settings(LAWS)
def test_rows_that_say_since_when_make_versions_in_any_order(past: Past, loads: Loads) -> None:
    with (
        loaded(past, loads, {"columns": {"area": 2, "mood": 2}, "since": "since"}) as engine,
        oracle(past, loads.told) as told,
    ):
        assert_as_told(engine, told)


@given(pasts(), st.data())
@settings(LAWS)
def test_increments_whose_rows_say_since_when_make_the_same_history_in_any_order(
    past: Past, data: st.DataObject
) -> None:
    loads = data.draw(parts_of(changes()))
    with (
        loaded(past, loads, {"columns": {"area": 2, "mood": 2}, "since": "since"}, data) as engine,
        oracle(past, loads.told) as told,
    ):
        assert_as_told(engine, told)


@given(pasts(), st.data())
@settings(LAWS)
def test_increments_in_the_order_of_their_days_are_an_as_of_join(past: Past, data: st.DataObject) -> None:
    loads = in_order(data.draw(parts_of(extracts())))
    with (
        loaded(past, loads, {"columns": {"area": 2, "mood": 2}}, data) as engine,
        oracle(past, loads.told) as told,
    ):
        assert_as_told(engine, told)


@contextmanager
def loaded(past: Past, loads: Loads, history: dict[str, Any], data: st.DataObject | None = None) -> Iterator[Engine]:
    """Load one after the other, and open what is there in the end.

    Each load brings all facts and people; where there is something to draw from, facts are appended, each by any of the
    loads, and of the people only those that the load has are told.
    """
    document, count = model(history), len(loads.days)
    at = [0] * len(past.facts)
    if data is not None:
        document["tables"]["sale"]["load"], document["tables"]["people"]["load"] = (
            {"mode": "append"},
            {"mode": "upsert"},
        )
        at = data.draw(st.lists(st.integers(0, count - 1), min_size=len(at), max_size=len(at)))
    with tempfile.TemporaryDirectory() as folder:
        path, warehouse = Path(folder) / "cubes.json", Path(folder) / "warehouse"
        for number, (on, rows) in enumerate(zip(loads.days, loads.rows, strict=True)):
            facts = tuple(fact for fact, when in zip(past.facts, at, strict=True) if data is None or when == number)
            write(replace(past, facts=facts), Path(folder), document, rows)
            effective = None if "since" in history else on
            # The same few facts may well come twice.
            load(read_model(path), folder, warehouse, how=How(modes={}, again=True), effective=effective)
        yield Engine.open(path, warehouse)


def assert_as_told(engine: Engine, told: duckdb.DuckDBPyConnection) -> None:
    """Assert that facts stand where the versions say, then and now."""
    numbers = "count(*), sum(amount), count(distinct person)"
    for scd, levels, columns in (
        ("then", ["person.area", "person.person"], "area, person, odd"),
        ("then", ["person.mood"], "mood, odd"),
        ("now", ["person.area"], "area_now, odd"),
    ):
        expected = told.sql(f"select {columns}, {numbers} from told group by all").fetchall()
        assert_alike(asked(engine, scd=scd, axes={"rows": levels}), columns.count(","), expected)


def assert_alike(found: list[tuple[object, ...]], keys: int, expected: list[tuple[object, ...]]) -> None:
    """Assert that an answer has the rows of a table: keys, whether the member is unknown, numbers; in any order."""
    rows = [(*row[:keys], len(row) > keys + 3 and row[keys], *row[-3:]) for row in found]
    assert_same_rows(sorted(rows, key=repr), sorted(expected, key=repr))

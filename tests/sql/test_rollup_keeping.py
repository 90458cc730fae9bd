"""Rollups in a database on the command line: planned, made, gone stale, made anew, dropped; and who may do what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from cube_server.backends.rollups.definition import Definition
from cube_server.backends.sql.rollups import catalog
from cube_server.backends.sql.states import Look
from cube_server.engine import Engine
from cube_server.errors import NotFoundError, StaleError
from cube_server.model.read import read_model
from cube_server.query.request import QueryRequest
from tests.cli.conftest import Run, run
from tests.postgresql import empty_database
from tests.sql.rolled import USED, workshop
from tests.sql.sources import fill, fill_tables
from tests.sql.test_live import change
from tests.toy.star import FOLDER, MODEL

__all__ = ["run"]

BY_MONTH = "sales:product.department+time.month"
ONE_MORE = "insert into fact_sales (line_id, basket_id, date_key, amount) values (900, 900, 20240102, 1)"


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database of its own, to change."""
    return fill("sqlite", read_model(MODEL), FOLDER, tmp_path)


@pytest.fixture
def manage(run: Run, database: str) -> Run:
    return lambda *arguments: run("rollups", *arguments, "--model", MODEL, "--warehouse", database)


def asked(*measures: str, by: str = "time.year") -> QueryRequest:
    """Write a question for measures by a level."""
    return QueryRequest.model_validate({"cube": "sales", "measures": measures, "axes": {"rows": [by]}})


def source(engine: Engine, *measures: str, by: str = "time.year") -> str:
    """Ask, and tell from what it was answered."""
    return engine.query(asked(*measures, by=by)).source


def test_made_listed_refreshed_and_dropped(manage: Run, database: str, tmp_path: Path) -> None:
    assert "There are no rollups." in manage("list").stderr
    file = tmp_path / "rollups.txt"
    file.write_text(f"# what the board asks\n{BY_MONTH}\n\n", encoding="utf-8")
    assert f"1 of 2: {BY_MONTH}: 9 rows in cube_rollup_" in manage("build", "--file", file, "sales:all").stderr
    assert "There is nothing to make" in manage("build", BY_MONTH).stderr
    listed = manage("list").stdout
    assert (listed.count("used"), listed.count("stale")) == (2, 0)
    change(database, ONE_MORE)
    assert manage("list").stdout.count("stale") == 2
    assert "2 of 2" in manage("refresh").stderr
    assert "All rollups are up to date." in manage("refresh").stderr
    assert manage("list").stdout.count("used") == 2
    assert "Removed 1 rollup." in manage("drop", "sales:all").stderr
    assert "Removed 1 rollup." in manage("drop").stderr
    with sa.create_engine(database).connect() as connection:
        assert [name for name in sa.inspect(connection).get_table_names() if "rollup_" in name] == []


def test_what_is_not_there_is_named(manage: Run) -> None:
    assert "sales:product.nothing" in manage("build", "sales:product.nothing").stderr
    assert "There is no rollup 'x'" in manage("drop", "x").stderr
    assert manage("build", "--file", "nowhere.txt").exit_code != 0


def test_so_few_facts_need_none(manage: Run) -> None:
    assert "No rollup would spare much." in manage("plan").stderr
    assert "No rollup would spare much." in manage("build").stderr


def test_what_the_model_declares_is_planned_and_made(run: Run, database: str, tmp_path: Path) -> None:
    """However little it spares."""
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    document["cubes"]["sales"]["rollups"] = [["product.department", "time.month"]]
    model = tmp_path / "cubes.json"
    model.write_text(json.dumps(document), encoding="utf-8")
    place = ("--model", model, "--warehouse", database)
    assert "declared" in run("rollups", "plan", *place).stdout
    assert f"1 of 1: {BY_MONTH}" in run("rollups", "build", *place).stderr
    engine = Engine.open(model, database, rollups=USED)
    assert source(engine, "amount") == BY_MONTH
    engine.close()


def test_a_stale_one_is_not_asked_and_explain_says_so(database: str) -> None:
    with workshop(MODEL, database) as making:
        making.make(making.named(BY_MONTH))
    engine = Engine.open(MODEL, database, rollups=USED)
    before = engine.query(asked("amount")).matrix("amount")
    assert source(engine, "amount") == BY_MONTH
    assert f"from rollup {BY_MONTH}, 9 rows" in engine.explain(asked("amount"))
    change(database, ONE_MORE)
    assert engine.refresh()
    assert source(engine, "amount") == "scan"
    assert engine.query(asked("amount")).matrix("amount") != before
    told = engine.explain(asked("amount"))
    assert f"from the facts: rollup {BY_MONTH} is of another state of them" in told
    assert "FROM fact_sales AS f" in told
    engine.close()


def test_what_happens_to_other_facts_does_not_matter(manage: Run, database: str) -> None:
    manage("build", BY_MONTH, "visits:time.month")
    change(database, "insert into fact_visit (visit_id, date_key, minutes) values (900, 20240102, 1)")
    listed = manage("list").stdout
    assert (listed.count("used"), listed.count("stale")) == (1, 1)
    engine = Engine.open(MODEL, database, rollups=USED)
    assert source(engine, "amount") == BY_MONTH
    engine.close()
    assert "1 of 1: visits:time.month" in manage("refresh").stderr


def test_explain_says_what_lacks(database: str) -> None:
    with workshop(MODEL, database) as making:
        making.make(making.named(BY_MONTH))
    engine = Engine.open(MODEL, database, rollups=USED)
    assert "it does not tell product.category" in engine.explain(asked("amount", by="product.category"))
    assert "as the same key may lie in several" in engine.explain(asked("baskets"))
    engine.close()


def test_a_running_server_takes_up_what_is_made(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_PAUSE", 0.0)
    engine = Engine.open(MODEL, database, rollups=USED)
    assert source(engine, "amount") == "scan"
    with workshop(MODEL, database) as making:
        making.make(making.named(BY_MONTH))
    assert source(engine, "amount") == BY_MONTH
    engine.close()


def test_a_dropped_one_is_done_without(database: str) -> None:
    """A question in flight must not fail because somebody drops or makes anew what it was about to read."""
    with workshop(MODEL, database) as making:
        making.make(making.named(BY_MONTH))
    engine = Engine.open(MODEL, database, rollups=USED)
    right = engine.query(asked("amount")).matrix("amount")
    with workshop(MODEL, database) as making:
        making.drop()
    assert engine.query(asked("amount")).matrix("amount") == right
    assert source(engine, "amount") == "scan"
    engine.close()


def test_facts_that_change_meanwhile_make_none(database: str) -> None:
    with workshop(MODEL, database) as making:
        looks = iter([Look("live-before"), Look("live-after")])
        making._look = lambda: next(looks)
        with pytest.raises(StaleError, match="changed while"):
            making.make(Definition(cube="sales", levels=("time.year",)))
        assert making._shelf.records() == ()


def test_keys_in_one_cell_each_are_counted_by_adding(database: str) -> None:
    """A basket has one day: baskets by year follow from those by month, and households do not."""
    with workshop(MODEL, database) as making:
        adding = making.make(making.named("sales:time.month")).adding
    assert "distinct basket_id" in adding


def test_others_need_not_be_allowed_to_write(postgresql: sa.URL) -> None:
    """In a schema of their own, made by the owner; who asks may read and nothing else."""
    url = empty_database(postgresql, "owned")
    owner = url.render_as_string(hide_password=False)
    fill_tables(owner, read_model(MODEL), FOLDER)
    change(owner, "create schema kept", "drop role if exists reader", "create role reader login")
    change(owner, "alter default privileges in schema kept grant select on tables to reader")
    change(owner, "grant usage on schema kept to reader", "grant select on all tables in schema public to reader")
    reader = url.set(username="reader").render_as_string(hide_password=False)
    with workshop(MODEL, owner, "kept") as making:
        record = making.make(making.named(BY_MONTH))
    engine = Engine.open(MODEL, reader, rollups=USED.__class__(mode="use", schema="kept"))
    assert source(engine, "amount") == BY_MONTH
    assert f"FROM kept.{record.table} AS r" in engine.explain(asked("amount"))
    engine.close()
    with workshop(MODEL, reader, "kept") as making, pytest.raises(Exception, match="permission denied"):
        making.make(making.named("sales:time.year"))
    elsewhere = Engine.open(MODEL, reader, rollups=USED)
    assert source(elsewhere, "amount") == "scan"
    elsewhere.close()


def test_a_name_has_to_be_of_the_model(database: str) -> None:
    with workshop(MODEL, database) as making, pytest.raises(NotFoundError, match="nothing to make"):
        making.named("nothing:time.year")

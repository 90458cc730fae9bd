"""What tells one state of a database from another, and that an answer is of one state though others write."""

from __future__ import annotations

import gc
import json
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import clickhouse_connect
import duckdb
import psycopg
import pytest
import sqlalchemy as sa
from clickhouse_connect.driver.httpclient import HttpClient

from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.postgresql_database import PostgreSQLDatabase
from cube_server.backends.sql.states import _has_writers
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.errors import BusyError, InternalError, NotFoundError, WarehouseError
from cube_server.model.read import read_model
from cube_server.opening import Address
from cube_server.query.request import FactsRequest, QueryRequest
from cube_server.types import DataType, Kind
from tests.api.serving import serving
from tests.postgresql import empty_database
from tests.sql.sources import fill, fill_clickhouse, fill_tables
from tests.sql.test_live import change, lines, rows_of
from tests.toy.star import FOLDER, MODEL

LINES = {"cube": "sales", "measures": ["lines"], "axes": {"rows": [{"level": "product.department"}]}, "totals": True}
VISITS = QueryRequest(cube="visits", measures=["visits"])
ONE_MORE = (
    "insert into fact_sales (line_id, basket_id, date_key, product_id, quantity) values ({}, 900, 20240102, 1, 7)"
)


@pytest.fixture
def postgres(postgresql: sa.URL) -> str:
    """A PostgreSQL database of its own, to change."""
    address = empty_database(postgresql, "states").render_as_string(hide_password=False)
    fill_tables(address, read_model(MODEL), FOLDER)
    return address


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """A SQLite database of its own, to change."""
    return fill("sqlite", read_model(MODEL), FOLDER, tmp_path)


@contextmanager
def writing_between(address: str, statement: str) -> Iterator[list[int]]:
    """Commit another row before each of the engine's own statements but what begins; gives what was written."""
    writer = sa.create_engine(address)
    written: list[int] = []
    # It streams what it asks; what begins a transaction has no rows to stream.
    stream = psycopg.Cursor.stream

    def write(cursor: psycopg.Cursor[Any], *given: Any, **more: Any) -> Iterator[Any]:  # noqa: ANN401 - as psycopg
        written.append(9_000 + len(written))
        with writer.begin() as own:
            own.exec_driver_sql(statement.format(written[-1]))
        return stream(cursor, *given, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "stream", write)
        yield written
    writer.dispose()


def test_all_statements_of_a_question_see_one_state(postgres: str) -> None:
    """A row is committed after each of its statements: the total is that of the rows above, 17 lines as they were."""
    engine = Engine.open(MODEL, postgres)
    request = QueryRequest.model_validate(LINES)
    first = engine.snapshot.id
    with writing_between(postgres, ONE_MORE) as written:
        cells = engine.query(request)
    values = [row[0] for row in cells.matrix("lines")]
    assert written
    assert (values[0], sum(value or 0 for value in values[1:])) == (17, 17)
    assert cells.snapshot == first
    again = engine.query(request)
    assert again.matrix("lines")[0] == [17 + len(written)]
    assert again.snapshot == engine.snapshot.id != first
    engine.close()


def test_all_questions_of_a_report_see_one_state(postgres: str) -> None:
    engine = Engine.open(MODEL, postgres)
    with engine.pinned() as pinned:
        before = pinned.query(VISITS)
        change(postgres, ONE_MORE.format(900), "delete from fact_visit")
        after = [pinned.query(VISITS), pinned.query(QueryRequest(cube="sales", measures=["lines"]))]
    assert [cells.snapshot for cells in (before, *after)] == [pinned.snapshot.id] * 3
    assert [after[0].matrix("visits"), after[1].matrix("lines")] == [before.matrix("visits"), [[17]]]
    assert (lines(engine), engine.query(VISITS).matrix("visits")) == ([[18]], [[None]])
    engine.close()


def test_who_asks_beside_a_statement_waits_for_it_and_sees_the_same(postgres: str) -> None:
    database = PostgreSQLDatabase(sa.make_url(postgres))
    count = sa.select(sa.func.count()).select_from(sa.table("fact_sales"))
    schema = {"n": DataType(Kind.INT)}
    with database.transaction() as held:
        begun = threading.Event()

        def sleep() -> None:
            begun.set()
            held.fetch(sa.select(sa.cast(sa.func.pg_sleep(1), sa.String)), {"n": DataType(Kind.TEXT)}, Budget(Limits()))

        sleeping = threading.Thread(target=sleep)
        sleeping.start()
        begun.wait()
        change(postgres, ONE_MORE.format(900))
        assert held.fetch(count, schema, Budget(Limits()))["n"].to_list() == [17]
        sleeping.join()
        assert held.fetch(count, schema, Budget(Limits()))["n"].to_list() == [17]
    assert database.fetch(count, schema, Budget(Limits()))["n"].to_list() == [18]
    database.close()


def test_sqlite_is_held_still_too(sqlite: str) -> None:
    """With a write-ahead log who writes does not wait for who reads, and is not seen by him."""
    change(sqlite, "pragma journal_mode=wal")
    engine = Engine.open(MODEL, sqlite)
    with engine.pinned() as pinned:
        change(sqlite, ONE_MORE.format(900))
        assert pinned.query(QueryRequest(cube="sales", measures=["lines"])).matrix("lines") == [[17]]
    assert lines(engine) == [[18]]
    engine.close()


def test_nobody_writes_into_a_duckdb_file_that_is_read(tmp_path: Path) -> None:
    """One state by DuckDB's own lock: between processes there are many readers, or one writer."""
    address = fill("duckdb", read_model(MODEL), FOLDER, tmp_path)
    engine = Engine.open(MODEL, address)
    with engine.pinned() as pinned:
        with pytest.raises(duckdb.Error, match="different configuration"):
            duckdb.connect(address.removeprefix("duckdb:///"))
        assert pinned.query(VISITS).snapshot == engine.snapshot.id
    engine.close()


def test_a_duckdb_file_without_views_stays_as_it_is(tmp_path: Path) -> None:
    """Its tables do as long as it is open."""
    assert _is_frozen(_of_views(tmp_path))


@pytest.mark.parametrize(
    "view",
    [
        "select id * 2 as twice, upper(kind) as name from sales where id > 0",
        "select kind, sum(id) as total, count(distinct day) as days from sales group by kind",
        "with one as (select max(id) as id from sales) select * from sales join one using (id)",
        "select id, strftime(day, '%Y') as year, row_number() over (order by id) as place from sales",
        "select id from sales union all select id + 1 from sales where kind like 'a%'",
        "select * from (values (1), (2)) as given(id)",
    ],
)
def test_views_of_a_duckdb_files_own_tables_stay_as_they_are(tmp_path: Path, view: str) -> None:
    file = _of_views(tmp_path, view, 'select * from "a ""view"""."view 1"')
    assert _is_frozen(file)


@pytest.mark.parametrize(
    "view",
    [
        "select * from '{parquet}'",
        "select * from read_parquet('{parquet}')",
        "select content from read_text('{parquet}.txt')",
        "select * from glob('{parquet}*')",
        "select * from glob('{folder}/*')",
        "select * from range(3)",
        "select * from duckdb_tables()",
        "select id, age(day::timestamp) as age from sales",
        "select id, localtimestamp as moment from sales",
        "select id from sales tablesample system(10%)",
        "select id from sales where day < current_date",
        "select id, now() as moment from sales",
        "select id, random() as chance from sales",
        "select id, uuid() as key from sales",
        "select id from sales using sample 10%",
        "select id from lost",
    ],
)
def test_views_that_may_tell_something_else_are_looked_at_again(tmp_path: Path, view: str) -> None:
    """A file may be another the next moment, the clock goes on, and lots are drawn again."""
    assert not _is_frozen(_of_views(tmp_path, "select id from sales", view))


@pytest.mark.parametrize(
    ("generated", "stays"), [("id * 2", True), ("now()", False), ("age(born)", False), ("random()", False)]
)
def test_generated_columns_may_go_by_the_clock_too(tmp_path: Path, generated: str, *, stays: bool) -> None:
    file = _of_views(tmp_path)
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create table person (id int, born timestamp, more generated always as ({generated}))")
    assert _is_frozen(file) is stays


def _of_views(folder: Path, *views: str) -> Path:
    """Make a file with a table, and views that are named in a way that has to be quoted."""
    file, parquet = folder / "shop.duckdb", folder / "sales.parquet"
    file.unlink(missing_ok=True)
    parquet.with_suffix(".parquet.txt").write_text("text", encoding="utf-8")
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table sales as select 1 as id, 'a' as kind, date '2024-02-29' as day")
        connection.execute("create table lost as from sales")
        connection.execute(f"copy sales to '{parquet}'")
        connection.execute('create schema "a ""view"""')
        for number, view in enumerate(views, start=1):
            select = view.format(parquet=parquet, folder=folder)
            connection.execute(f'create view "a ""view"""."view {number}" as {select}')
        connection.execute("drop table lost")
    return file


def _is_frozen(file: Path) -> object:
    database = open_database(f"duckdb:///{file}")
    assert database.dialect.frozen is not None
    kind = {"frozen": DataType(Kind.BOOL)}
    found = database.fetch(sa.select(database.dialect.frozen), kind, Budget(Limits())).item()
    database.close()
    return found


def test_postgresql_sees_a_row_that_is_changed_in_its_place(postgres: str) -> None:
    engine = Engine.open(MODEL, postgres)
    first = engine.snapshot.id
    assert not engine.refresh()
    change(postgres, "create table others (id int)", "insert into others values (1)")
    assert (engine.refresh(), engine.snapshot.id) == (False, first)
    change(postgres, "update fact_sales set quantity = quantity + 1 where product_id = 1")
    assert engine.refresh()
    change(postgres, "update dim_product set department = 'Other' where product_id = 1")
    asked = engine.query(rows_of("lines", "product.department"))
    assert ("Other",) in [asked.rows.dictionaries[0].path(code) for code in asked.rows.tuples.to_series()]
    assert len({first, asked.snapshot, engine.snapshot.id}) == 2
    engine.close()


PARTS = (
    "alter table fact_sales rename to old_sales",
    "create table fact_sales (like old_sales) partition by range (line_id)",
    "create table early (like old_sales)",
    "create table late partition of fact_sales for values from (10) to (1000)",
    "create table other (like old_sales)",
    "insert into early select * from old_sales where line_id < 10",
    "insert into other select * from old_sales where line_id between 1 and 8 or line_id = 9",
    "update other set quantity = 100",
    "insert into late select * from old_sales where line_id >= 10",
    "alter table fact_sales attach partition early for values from (0) to (10)",
)
SWAPPED = (
    "alter table fact_sales detach partition early",
    "alter table fact_sales attach partition other for values from (0) to (10)",
)


def test_postgresql_sees_what_becomes_of_partitions(postgres: str) -> None:
    """One changes in its place, goes, comes back; one takes another's place, with as many rows of one transaction."""
    change(postgres, *PARTS)
    engine = Engine.open(MODEL, postgres)
    seen = [engine.snapshot.id]
    for statements in (
        ["update late set quantity = quantity + 1 where line_id = 12"],
        SWAPPED[:1],
        ["alter table fact_sales attach partition early for values from (0) to (10)"],
        SWAPPED,
    ):
        assert not engine.refresh()
        change(postgres, *statements)
        assert engine.refresh(), statements
        seen.append(engine.snapshot.id)
    assert (seen[1], len(set(seen))) == (seen[3], 4)
    assert engine.query(QueryRequest(cube="sales", measures=["most"])).matrix("most") == [[100]]
    engine.close()


def test_a_foreign_partition_has_no_writers(postgres: str) -> None:
    """Its rows have no number of a transaction here: row count and greatest keys tell states, as of a view."""
    change(postgres, *PARTS)
    database = PostgreSQLDatabase(sa.make_url(postgres))
    (sales,) = (table for table in read_model(MODEL).tables if table.name == "fact_sales")
    assert _has_writers(sales, database, 60)
    change(
        postgres,
        "create foreign data wrapper elsewhere",
        "create server there foreign data wrapper elsewhere",
        "create foreign table far partition of fact_sales for values from (1000) to (2000) server there",
    )
    assert not _has_writers(sales, database, 60)
    database.close()


@contextmanager
def loading_between(address: str, monkeypatch: pytest.MonkeyPatch, times: int) -> Iterator[list[int]]:
    """Insert a row before a question's statements are asked of ClickHouse: behind the first look, before the second."""
    url = sa.make_url(address)
    writer = clickhouse_connect.get_client(host=url.host, port=url.port, username="default", database=url.database)
    asked: Callable[..., object] = HttpClient.query_arrow_stream
    written: list[int] = []

    def ask(client: HttpClient, query: str, *more: object, **named: object) -> object:
        if "GROUP BY" in query and len(written) < times:
            written.append(9_000 + len(written))
            writer.command(ONE_MORE.format(written[-1]))
        return asked(client, query, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(HttpClient, "query_arrow_stream", ask)
        yield written
    writer.close()


def test_a_load_between_the_two_looks_makes_clickhouse_answer_anew(
    clickhouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing holds it still: the rows and the total are of the state that the answer names, or there is no answer."""
    address = fill_clickhouse(clickhouse, "between", read_model(MODEL), FOLDER)
    engine = Engine.open(MODEL, address)
    request, first = QueryRequest.model_validate(LINES), engine.snapshot.id
    with loading_between(address, monkeypatch, 1) as written:
        cells = engine.query(request)
    values = [row[0] for row in cells.matrix("lines")]
    assert (values[0], sum(value or 0 for value in values[1:]), len(written)) == (18, 18, 1)
    assert cells.snapshot == engine.snapshot.id != first
    with loading_between(address, monkeypatch, 100), pytest.raises(BusyError, match="changes"):
        engine.query(request)
    engine.close()


def test_a_page_of_facts_is_of_one_state_and_the_next_says_whether_it_still_is(postgres: str) -> None:
    """Others commit between its count and its rows; where they do between pages, the next one is refused or another."""
    engine = Engine.open(MODEL, postgres)
    page = partial(FactsRequest, cube="sales", columns=["line_id"], limit=5)
    with writing_between(postgres, ONE_MORE) as written:
        first = engine.facts(page(offset=15))
    assert (first.total, first.frame.height, len(written) > 0) == (17, 2, True)
    with pytest.raises(NotFoundError, match="answers as it is now"):
        engine.facts(page(offset=0, as_of=first.snapshot))
    after = engine.facts(page(offset=0))
    assert (after.total, after.snapshot == first.snapshot) == (17 + len(written), False)
    engine.close()


def test_a_database_that_cannot_be_served_is_let_go(postgres: str) -> None:
    """No connection stays open behind an engine that could not be opened."""
    change(postgres, "drop table fact_visit")
    with pytest.raises(WarehouseError, match="fact_visit"):
        Engine.open(MODEL, postgres)
    watcher = sa.create_engine(postgres)
    others = "select count(*) from pg_stat_activity where datname = 'states' and pid <> pg_backend_pid()"
    with watcher.connect() as connection:
        assert connection.exec_driver_sql(others).scalar_one() == 0
    watcher.dispose()


def test_a_connection_in_use_is_closed_when_it_is_given_back(postgres: str) -> None:
    database = open_database(postgres)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with database.transaction() as transaction:
            database.close()
            one = transaction.fetch(
                sa.select(sa.literal(1).label("one")), {"one": DataType(Kind.INT)}, Budget(Limits())
            )
        gc.collect()
    assert one.item() == 1
    assert [str(warning.message) for warning in heard] == []


def test_a_declared_watermark_tells_states(sqlite: str, tmp_path: Path) -> None:
    """Facts changed in their place, and the column that says when."""
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    document["tables"]["fact_sales"]["columns"]["changed"] = "int"
    document["tables"]["fact_sales"]["source"] = {"watermark": "changed"}
    model = tmp_path / "cubes.json"
    model.write_text(json.dumps(document), encoding="utf-8")
    change(sqlite, "alter table fact_sales add column changed int default 1")
    engine = Engine.open(model, sqlite)
    change(sqlite, "update fact_sales set quantity = 100 where product_id = 1")
    assert not engine.refresh(), "the watermark says that nothing has changed"
    change(sqlite, "update fact_sales set changed = 2 where product_id = 1")
    assert engine.refresh()
    engine.close()


def test_an_administrators_query_tells_states(sqlite: str) -> None:
    """A table of one row that each load writes at its end: nothing else is looked at."""
    change(sqlite, "create table etl (version int)", "insert into etl values (1)")
    engine = Engine.open(MODEL, Address(sqlite, "select max(version) from etl"))
    first = engine.snapshot.id
    change(sqlite, ONE_MORE.format(900))
    assert not engine.refresh()
    change(sqlite, "update etl set version = 2")
    cells = engine.query(QueryRequest(cube="sales", measures=["lines"]))
    assert (cells.matrix("lines"), cells.snapshot == first) == ([[18]], False)
    engine.close()


def test_a_query_that_fails_is_told(sqlite: str) -> None:
    with pytest.raises(WarehouseError, match="no such table: etl"):
        Engine.open(MODEL, Address(sqlite, "select max(version) from etl"))


def test_tags_change_with_the_state(postgres: str) -> None:
    """A client that knows the answer is told so until a row is changed in its place."""
    address = "/api/v1/cubes/sales/query?measures=quantity"
    with serving((MODEL, postgres), refresh_seconds=0.05) as client:  # type: ignore[arg-type]
        first = client.get(address)
        known = {"if-none-match": first.headers["etag"]}
        assert client.get(address, headers=known).status_code == 304
        change(postgres, "update fact_sales set quantity = quantity + 1 where product_id = 1")
        deadline = threading.Event()
        for _ in range(100):
            second = client.get(address, headers=known)
            if second.status_code == 200:
                break
            deadline.wait(0.05)
        assert second.headers["x-cube-snapshot"] != first.headers["x-cube-snapshot"]
        assert second.text != first.text


@pytest.mark.parametrize("level", ["store.outdoor", "customer.area"])
def test_keys_that_a_version_does_not_tell_are_no_facts_without_a_key(sqlite: str, level: str) -> None:
    """A version that misses a load is wrong, but no number is. All facts have a store, not all have a customer."""
    key = level.partition(".")[0] + "_id"
    engine = Engine.open(MODEL, Address(sqlite, "select 1"))
    request = rows_of("lines", level)
    before = engine.query(request).rows.total
    change(sqlite, f"insert into fact_sales (line_id, basket_id, date_key, {key}) values (9000, 900, 20240102, 98765)")
    with pytest.raises(InternalError, match="did not have when its dimensions were read"):
        engine.query(request)
    engine.close()
    engine = Engine.open(MODEL, Address(sqlite, "select 2"))
    assert engine.query(request).rows.total == before + 1
    engine.close()


def test_names_that_a_version_does_not_tell_are_no_members_over_a_bridge(sqlite: str) -> None:
    engine = Engine.open(MODEL, Address(sqlite, "select 1"))
    asked = {"cube": "bridged", "measures": ["lines"], "axes": {"rows": ["also.category"]}}
    request = QueryRequest.model_validate(asked)
    engine.query(request)
    change(sqlite, "update dim_product set category = 'Unheard of' where product_id = 1")
    with pytest.raises(InternalError, match="did not have when its dimensions were read"):
        engine.query(request)
    engine.close()

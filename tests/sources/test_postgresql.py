"""A real PostgreSQL as a source: types, queries, one consistent state, what is asked again, and what goes wrong."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cube_server.errors import SourceError
from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.warehouse.store import Warehouse
from loaders.inference.drafting import infer
from loaders.inference.notes import NoteKind
from loaders.mistakes import Mistakes
from loaders.pipeline import load
from loaders.sources.base import Sized
from loaders.sources.opening import open_source
from tests.postgresql import empty_database

ROWS = 200_000
FILLED = f"""
    insert into sale select n, md5((n % 100)::text)::uuid, n / 100.0, timestamp '2024-01-01' + n * interval '1 min',
        case when n % 2 = 0 then 'web' else 'shop' end::channel, array[n, n], now(),
        timestamp '2024-06-01' + n * interval '1 s'
    from generate_series(1, {ROWS}) n;"""
SALES = f"""
    create type channel as enum ('web', 'shop');
    create table sale (id int primary key, item uuid, amount numeric(10, 2), sold timestamp, via channel,
        tags int[], at timestamptz, changed timestamp not null);
    {FILLED}
"""
TEXT = "(select md5(n::text)::uuid as item, 'Item ' || n as name from generate_series(0, 99) n)"


def described(
    columns: dict[str, str], source: dict[str, str] | None = None, key: tuple[str, ...] = ("id",)
) -> dict[str, Any]:
    """Describe sales by items, the sales read from `source`."""
    sale = {"key": list(key), "columns": columns} | ({"source": source} if source else {})
    items = {"source": {"query": f"select * from {TEXT} as items;"}, "key": ["item"]}
    return {
        "format": 1,
        "name": "shop",
        "tables": {"sale": sale, "item": {**items, "columns": {"item": "text", "name": "text"}}},
        "dimensions": {
            "item": {
                "table": "item",
                "levels": {"item": {"column": "item", "caption": "name", "unique": True}},
                "hierarchies": {"item": {"levels": ["item"]}},
            }
        },
        "cubes": {
            "sales": {
                "table": "sale",
                "links": {"item": {"column": "item"}},
                "measures": {"amount": {"aggregate": "sum", "column": "amount"}},
            }
        },
    }


def model(columns: dict[str, str], source: dict[str, str] | None = None, key: tuple[str, ...] = ("id",)) -> Model:
    """Give a model of sales by items."""
    return parse_model(json.dumps(described(columns, source, key)))


COLUMNS = {"id": "int", "item": "text", "amount": "decimal(2)", "sold": "timestamp", "via": "text"}


@pytest.fixture(scope="module")
def url(postgresql: sa.URL) -> sa.URL:
    url = empty_database(postgresql, "shop")
    execute(url, SALES)
    return url


@pytest.fixture
def address(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def execute(url: sa.URL, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    engine.dispose()


def sales(folder: Path) -> pl.DataFrame:
    return Warehouse(folder).latest().table("sale").read(["id", "amount", "sold", "via"]).sort("id")


def test_types_arrive_exactly(address: str, tmp_path: Path) -> None:
    report = load(model(COLUMNS), address, tmp_path)
    assert report.rows["sale"] == ROWS
    assert report.links[0].count.unknown_keys == 0
    rows = sales(tmp_path)
    assert rows.row(0) == (1, Decimal("0.01"), datetime(2024, 1, 1, 0, 1), "shop")
    # 1 + 2 + ... + 200,000 hundredths.
    assert rows["amount"].sum() == Decimal(ROWS * (ROWS + 1) // 2) / 100


def test_a_query_in_place_of_a_table(address: str, tmp_path: Path) -> None:
    query = "select *, sold::date::text as day from sale where amount::int < 3 -- few"
    report = load(model({**COLUMNS, "day": "text"}, {"query": query}), address, tmp_path)
    assert report.rows["sale"] == 249


def test_arrays_and_zones_are_refused_by_name(address: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        load(model({**COLUMNS, "tags": "text"}), address, tmp_path)
    assert "Column 'tags' is an array, which a model has no type for." in str(refused.value)
    assert "source: {query: SELECT ...}" in str(refused.value)
    with pytest.raises(SourceError, match="it has a time zone, so convert it to local time first"):
        load(model({**COLUMNS, "at": "timestamp"}), address, tmp_path)
    assert not list(tmp_path.glob("snapshots/*"))


CHANGES = f"""
    update sale set amount = 999999 where id = {ROWS};
    delete from sale where id = {ROWS - 1};
    insert into sale select {ROWS} + 1, item, amount, sold, via, tags, at, changed from sale where id = 1;
"""


def test_a_drafted_model_leaves_out_the_columns_that_no_type_holds(address: str) -> None:
    drafted = infer(address, tables=("sale",), sample=1_000)
    assert "sale" in {table.name for table in drafted.model.tables}
    left_out = {note.place: note.message for note in drafted.notes if note.kind is NoteKind.LEFT_OUT}
    assert left_out["sale.tags"] == "The column cannot be loaded: a model has no type for an array."
    assert "time zone" in left_out["sale.at"]


def test_rows_changed_in_mid_load_are_not_seen(url: sa.URL, address: str) -> None:
    table = next(table for table in model(COLUMNS).tables if table.name == "sale")
    total = Decimal(0)
    try:
        with open_source(address) as source:
            parts: Iterator[Any] = iter(source.parts(table, Mistakes()))
            total += next(parts).frame["amount"].sum()
            execute(url, CHANGES)
            assert 0 < total < 200_000_000
            total += sum(part.frame["amount"].sum() for part in parts)
            # A second table, or the same again, sees the same state.
            again = sum(part.frame["amount"].sum() for part in source.parts(table, Mistakes()))
    finally:
        execute(url, f"truncate sale; {FILLED}")
    assert total == again == Decimal(ROWS * (ROWS + 1) // 2) / 100


def test_only_what_has_changed_since_a_mark(address: str) -> None:
    source = {"table": "sale", "watermark": "changed"}
    keyed = model({**COLUMNS, "changed": "timestamp"}, source).tables[0]
    loose = model({**COLUMNS, "changed": "timestamp"}, source, key=()).tables[0]
    mark = datetime(2024, 6, 1, 13, 53, 20)  # the row 50,000
    with open_source(address) as opened:
        count = {
            table: sum(part.frame.height for part in opened.parts(which, Mistakes(), since=mark))
            for table, which in (("keyed", keyed), ("loose", loose))
        }
    assert count == {"keyed": ROWS - 50_000 + 1, "loose": ROWS - 50_000}


def test_the_size_of_a_table_is_told_once_it_was_counted(url: sa.URL, address: str) -> None:
    execute(url, "analyze sale")
    with open_source(address) as source:
        assert isinstance(source, Sized)
        assert source.rows(model(COLUMNS).tables[0]) == ROWS
        assert source.rows(model(COLUMNS, {"query": "select * from sale"}).tables[0]) is None


def test_a_server_that_goes_in_mid_load(url: sa.URL, address: str) -> None:
    others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'shop' and pid <> pg_backend_pid()"

    def read() -> None:
        with open_source(address) as source:
            parts = iter(source.parts(model(COLUMNS).tables[0], Mistakes()))
            next(parts)
            execute(url, others)
            list(parts)

    with pytest.raises(SourceError, match="Cannot read postgresql"):
        read()


def test_a_statement_that_takes_too_long(url: sa.URL, tmp_path: Path) -> None:
    slow = url.update_query_dict({"options": "-c statement_timeout=300"}).render_as_string(hide_password=False)
    query = {"query": "select * from sale, (select pg_sleep(30)) as waiting"}
    with pytest.raises(SourceError, match="statement timeout") as refused:
        load(model(COLUMNS, query), slow, tmp_path)
    assert "statement_timeout=MILLISECONDS" in refused.value.hint


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        address = f"postgresql+psycopg://me:secret@127.0.0.1:{port}/shop?connect_timeout=2"
        with pytest.raises(SourceError) as refused:
            load(model(COLUMNS), address, tmp_path)
    assert "timeout" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "connect_timeout=SECONDS" in refused.value.hint


def test_a_second_load_reads_only_what_changed(url: sa.URL, address: str, tmp_path: Path) -> None:
    columns = {**COLUMNS, "changed": "timestamp"}
    document = described(columns, {"table": "sale", "watermark": "changed"})
    document["tables"]["sale"]["load"] = {"mode": "upsert"}
    increments = parse_model(json.dumps(document))
    load(increments, address, tmp_path)
    try:
        execute(url, "update sale set amount = 5000, changed = timestamp '2025-01-01' where id = 1")
        load(increments, address, tmp_path)
        with open_source(address) as source:
            table = next(table for table in increments.tables if table.name == "sale")
            mark = datetime(2024, 6, 1) + timedelta(seconds=ROWS)
            assert sum(part.frame.height for part in source.parts(table, Mistakes(), since=mark)) == 2
    finally:
        execute(url, f"truncate sale; {FILLED}")
    rows = sales(tmp_path)
    assert (len(rows), rows["amount"][0]) == (ROWS, Decimal(5000))

"""`validate --against` on real databases: each kind of finding, and each way in which one cannot be reached."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from cube_server.cli.validate import validate
from cube_server.engine import Engine
from cube_server.errors import ModelError, SettingsError, WarehouseError
from cube_server.query.request import QueryRequest
from tests.postgresql import empty_database
from tests.sql.odd_star import ID, MADE, MISTAKES, write_model

Change = Callable[..., None]


@pytest.fixture(params=["postgresql", "duckdb"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Change]]:
    """The URL of an odd star, and what changes it."""
    if request.param == "duckdb":
        file = tmp_path / "odd.duckdb"

        def change(*statements: str) -> None:
            with duckdb.connect(str(file)) as connection:
                for statement in statements:
                    connection.execute(statement)

        change(*MADE["duckdb"])
        yield f"duckdb:///{file}", change
        return
    url = empty_database(request.getfixturevalue("postgresql"), "odd")
    engine = sa.create_engine(url, poolclass=sa.NullPool)

    def change_there(*statements: str) -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    change_there(*MADE["postgresql"])
    yield url.set(drivername="postgresql").render_as_string(hide_password=False), change_there


def told(model: Path, address: str, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    """Validate a model; give the findings by their place."""
    with suppress(ModelError):
        validate(model, against=address, json=True)
    return {part["place"]: part for part in json.loads(capsys.readouterr().out)["places"][0]["findings"]}


def test_odd_columns_are_read_as_the_model_says(odd: tuple[str, Change], tmp_path: Path) -> None:
    """Keys that are `uuid`, enums and padded text join, group and cut as text does; by hand from odd_star."""
    engine = Engine.open(write_model(tmp_path), odd[0])
    by_item = {"cube": "sales", "measures": ["amount"], "axes": {"rows": ["item.item"]}}
    answer = engine.query(QueryRequest.model_validate(by_item))
    assert sorted(float(str(row[0])) for row in answer.matrix("amount")) == [1.25, 2.5, 4.0, 8.0]
    for level, member in (("item.color", "green"), ("item.code", "B"), ("item.item", ID(2))):
        cut = [{"level": level, "members": [[member] if level == "item.item" else member]}]
        request = QueryRequest.model_validate({"cube": "sales", "measures": ["amount"], "cut": cut})
        if level != "item.code" or odd[0].startswith("postgresql"):
            assert float(str(engine.query(request).matrix("amount")[0][0])) == 2.5
    engine.close()


def test_rows_are_counted_and_covered(
    odd: tuple[str, Change], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    validate(write_model(tmp_path), against=odd[0])
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    assert ["sold", "mart.sold", "4"] in lines
    assert ["sales", "time", "2024-01-01", "2024-01-03", "2", "of", "3"] in lines
    assert f"1 row with 1 key (item_id) that item lacks, such as '{ID(9)}': unknown." in out
    assert "/cubes/sales/links/time: 1 row without day: null." in out


def test_each_mistake_in_rows_is_told(
    odd: tuple[str, Change], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One key twice and one missing, 1.125 in hundredths and 1.5 pieces: as odd_star's MISTAKES say."""
    rounded = ["amount", *(["pieces"] if odd[0].startswith("postgresql") else [])]
    odd[1](*MISTAKES)
    model = write_model(tmp_path)
    with pytest.raises(ModelError) as caught:
        validate(model, against=odd[0])
    said = str(caught.value)
    assert f"1 key (item_id) in several rows, 2 in all, such as '{ID(2)}'; expected each key once" in said
    assert "/tables/item/key: 1 row without a key (item_id); expected a key in each row." in said
    assert all(f"1 value of {column} (" in said for column in rounded)
    capsys.readouterr()
    found = told(model, odd[0], capsys)
    assert {place for place, part in found.items() if part["is_mistake"]} == {
        "/tables/item/key",
        *(f"/tables/sold/columns/{column}" for column in rounded),
    }
    assert found["/tables/sold/columns/amount"]["table"] == "mart.sold"


def test_types_that_cannot_be_are_told(
    odd: tuple[str, Change], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_model(tmp_path, tags="text", more="int", itme="text", color="int", weight="int")
    found = told(model, odd[0], capsys)
    places = {place.rpartition("/")[2] for place in found if place.startswith("/tables/item/columns/")}
    assert places == {"tags", "more", "itme", "color", "weight"}
    assert "mart.item.tags is " in str(found["/tables/item/columns/tags"]["found"])
    assert found["/tables/item/columns/itme"]["fix"] == "Did you mean 'item'?"
    # What can be looked at is looked at all the same.
    assert "/cubes/sales/links/time" in found


def test_a_missing_table_is_told(odd: tuple[str, Change], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd[1]("DROP VIEW mart.item")
    found = told(write_model(tmp_path), odd[0], capsys)
    assert found["/tables/item"]["found"] == "The database has no table 'mart.item'"
    assert '"source": "schema.table"' in str(found["/tables/item"]["fix"])


def test_a_right_that_is_missing_is_told(
    postgresql: sa.URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody may read all but one table: the others are looked at, and the fix names the role."""
    url = empty_database(postgresql, "odd")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in MADE["postgresql"]:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("DROP ROLE IF EXISTS odd_reader")
        connection.exec_driver_sql("CREATE ROLE odd_reader LOGIN")
        connection.exec_driver_sql("GRANT USAGE ON SCHEMA mart TO odd_reader")
        connection.exec_driver_sql("GRANT SELECT ON mart.day, mart.sold TO odd_reader")
    address = url.set(drivername="postgresql", username="odd_reader").render_as_string(hide_password=False)
    found = told(write_model(tmp_path), address, capsys)
    assert "permission denied for view item" in str(found["/tables/item"]["found"])
    assert "GRANT SELECT ON the table TO odd_reader" in str(found["/tables/item"]["fix"])
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP OWNED BY odd_reader")
        connection.exec_driver_sql("DROP ROLE odd_reader")
    engine.dispose()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.mark.parametrize(
    ("address", "problem", "hint"),
    [
        ("postgresql://me:x1y2@no-such-host.invalid/shop", "Nobody knows the host no-such-host.invalid", "name in"),
        ("postgresql://me:x1y2@127.0.0.1:1/shop", "cannot be reached", "no firewall"),
        ("clickhouse://me:x1y2@127.0.0.1:1/shop", "cannot be reached", "no firewall"),
        ("trino://me@127.0.0.1:1/hive/shop", "cannot be reached", "no firewall"),
        ("duckdb:///nowhere.duckdb", "There is no file nowhere.duckdb", "absolute one four"),
        ("sqlite:///nowhere.sqlite", "There is no file nowhere.sqlite", "absolute one four"),
    ],
)
def test_what_cannot_be_reached_is_told(tmp_path: Path, address: str, problem: str, hint: str) -> None:
    with pytest.raises(WarehouseError, match=problem) as caught:
        validate(write_model(tmp_path), against=address)
    assert hint in caught.value.hint
    assert "x1y2" not in str(caught.value)
    assert not Path("nowhere.sqlite").exists()


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path, silent_port: int) -> None:
    began = time.monotonic()
    with pytest.raises(WarehouseError, match="cannot be reached"):
        validate(write_model(tmp_path), against=f"postgresql://me@127.0.0.1:{silent_port}/shop?connect_timeout=2")
    assert time.monotonic() - began < 30


def test_a_wrong_database_is_told(postgresql: sa.URL, tmp_path: Path) -> None:
    address = postgresql.set(database="nosuch").render_as_string(hide_password=False)
    with pytest.raises(WarehouseError, match="There is no database nosuch"):
        validate(write_model(tmp_path), against=address)


def test_a_missing_driver_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"No backend for mysql://me@host/shop"):
        validate(write_model(tmp_path), against="mysql://me@host/shop")

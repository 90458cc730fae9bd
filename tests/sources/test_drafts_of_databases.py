"""A model that is drafted of a database fits it: served where the data is, it answers as it does when loaded."""

from __future__ import annotations

from pathlib import Path

import clickhouse_connect
import duckdb
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from loaders.inference.drafting import infer
from loaders.pipeline import load
from tests.postgresql import empty_database

CUSTOMERS = [(number, f"Customer {number}", ("North", "South", "East")[number % 3]) for number in range(1, 201)]
SALES = [(number, 1 + number * 7 % 210, number % 90, f"{number % 50}.25") for number in range(1, 1001)]
QUESTION = {
    "cube": "sale",
    "measures": ["amount"],
    "axes": {"rows": ["customer.area"], "columns": ["time.month"]},
    "totals": True,
}
AREAS = {"cube": "sale", "measures": ["amount"], "axes": {"rows": ["customer.area"]}, "totals": ["rows"]}


def amounts() -> dict[str | None, float]:
    """Add amounts up by hand: by area, those of nobody known, and of all."""
    areas = {number: area for number, _, area in CUSTOMERS}
    found: dict[str | None, float] = {"all": 0.0}
    for number, who, *_ in SALES:
        for name in (areas.get(who), "all"):
            found[name] = found.get(name, 0.0) + number % 50 + 0.25
    return found


def statements(texts: str, decimals: str, ordered: str = "") -> list[str]:
    """Write what makes the tables, by the database's own types; `ordered` stands before the column to order by."""
    customers = ", ".join(f"({number}, '{name}', '{area}')" for number, name, area in CUSTOMERS)
    days = ((row, who, f"2024-0{1 + day // 30}-{1 + day % 28:02}", amount) for row, who, day, amount in SALES)
    sales = ", ".join(f"({row}, {who}, '{day}', {amount})" for row, who, day, amount in days)
    return [
        f"create table customer (customer_id integer, name {texts}, area {texts})" + ordered.format("customer_id"),
        f"create table sale (sale_id integer, customer_id integer, day date, amount {decimals})"
        + ordered.format("sale_id"),
        f"insert into customer values {customers}",
        f"insert into sale values {sales}",
    ]


@pytest.fixture(params=["duckdb", "postgresql", "clickhouse"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a shop in a database of each kind."""
    if request.param == "duckdb":
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
            connection.execute("; ".join(statements("varchar", "decimal(10, 2)")))
        return f"duckdb:///{tmp_path}/shop.duckdb"
    if request.param == "clickhouse":
        url = sa.make_url(request.getfixturevalue("clickhouse"))
        client = clickhouse_connect.get_client(host=url.host, port=url.port, username=url.username)
        client.command("CREATE DATABASE drafted")
        client.close()
        client = clickhouse_connect.get_client(host=url.host, port=url.port, username=url.username, database="drafted")
        for statement in statements("String", "Decimal(10, 2)", " engine = MergeTree order by {}"):
            client.command(statement)
        client.close()
        return url.set(database="drafted").render_as_string(hide_password=False)
    server = empty_database(request.getfixturevalue("postgresql"), "drafted")
    engine = sa.create_engine(server)
    with engine.begin() as connection:
        for statement in statements("text", "numeric(10, 2)"):
            connection.exec_driver_sql(statement)
    engine.dispose()
    return server.set(drivername="postgresql").render_as_string(hide_password=False)


def test_a_draft_is_served_where_the_data_is(address: str, tmp_path: Path) -> None:
    drafted, model = infer(address), tmp_path / "cubes.json"
    model.write_text(drafted.text, encoding="utf-8")
    load(drafted.model, address, tmp_path / "warehouse")
    loaded, live = Engine.open(model, tmp_path / "warehouse"), Engine.open(model, address)
    for request in map(QueryRequest.model_validate, (QUESTION, AREAS)):
        first, second = (flatten(engine.query(request), Budget(Limits())) for engine in (loaded, live))
        assert_frame_equal(first, second)
    totals = live.query(QueryRequest.model_validate(AREAS)).matrix("amount")
    assert sorted(float(value or 0) for (value,) in totals) == pytest.approx(sorted(amounts().values()))
    loaded.close()
    live.close()

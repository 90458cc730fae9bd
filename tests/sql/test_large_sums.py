"""Sums that do not fit are refused on every engine, above all where they wrap around to something harmless."""

from __future__ import annotations

from pathlib import Path

import clickhouse_connect
import duckdb
import pytest
import sqlalchemy as sa

from cube_server.engine import Engine
from cube_server.errors import LimitError, WarehouseError
from cube_server.model.read import read_model
from cube_server.query.request import QueryRequest
from tests.postgresql import empty_database
from tests.sql.sources import fill, fill_clickhouse, fill_tables
from tests.toy.star import FOLDER, MODEL

WHOLE = 2**62
"""Four of these are 2**64: nothing, in 64 bits."""
DECIMAL = "850705917302346158658436518579420528.64"
"""Four of these, in cents, are 2**128: nothing, in 128 bits."""


@pytest.fixture(params=["duckdb", "sqlite", "postgresql", "clickhouse"])
def large(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database in which basket 77 is four lines of very large numbers."""
    model, decimal = read_model(MODEL), "null" if request.param == "sqlite" else DECIMAL
    lines = ", ".join(f"({900 + line}, 77, {WHOLE}, {decimal})" for line in range(4))
    statement = f"insert into fact_sales (line_id, basket_id, quantity, amount) values {lines}"
    if request.param == "clickhouse":
        address = fill_clickhouse(request.getfixturevalue("clickhouse"), "large", model, FOLDER)
        url = sa.make_url(address)
        client = clickhouse_connect.get_client(host=url.host, port=url.port, username="default", database="large")
        client.command(statement)
        client.close()
        return address
    if request.param == "duckdb":
        address = fill("duckdb", model, FOLDER, tmp_path)
        with duckdb.connect(str(sa.make_url(address).database)) as connection:
            connection.execute(statement)
        return address
    if request.param == "postgresql":
        server = empty_database(request.getfixturevalue("postgresql"), "large")
        address = server.render_as_string(hide_password=False)
        fill_tables(address, model, FOLDER)
    else:
        address = fill("sqlite", model, FOLDER, tmp_path)
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
    return address


@pytest.mark.parametrize("measure", ["quantity", "amount"])
def test_a_sum_that_does_not_fit_is_refused(large: str, measure: str) -> None:
    if large.startswith("sqlite") and measure == "amount":
        pytest.skip("SQLite has no such decimals")
    engine = Engine.open(MODEL, large)
    refused = WarehouseError if large.startswith("sqlite") else LimitError
    with pytest.raises(refused, match=r"64 bits|38 digits|overflow"):
        engine.query(QueryRequest.model_validate({"cube": "sales", "measures": [measure]}))
    request = {"cube": "sales", "measures": ["lines"], "axes": {"rows": ["time.year"]}}
    engine.query(QueryRequest.model_validate(request))
    engine.close()

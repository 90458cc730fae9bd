"""A live database: its states, what does not fit, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from cube_server.budget import Limits
from cube_server.cli.fitting import check_serving
from cube_server.cli.validate import validate
from cube_server.engine import Engine
from cube_server.errors import LimitError, ModelError, NotFoundError, SettingsError, WarehouseError
from cube_server.model.read import read_model
from cube_server.opening import Address
from cube_server.query.request import QueryRequest
from tests.sql.sources import fill
from tests.toy.star import FOLDER, MODEL


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database of its own, to change."""
    return fill("sqlite", read_model(MODEL), FOLDER, tmp_path)


def change(address: str, *statements: str) -> None:
    """Change the data, as somebody else would."""
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def lines(engine: Engine, **more: object) -> object:
    """Ask for the number of lines."""
    return engine.query(QueryRequest.model_validate({"cube": "sales", "measures": ["lines"], **more})).matrix("lines")


def rows_of(measure: str, level: str) -> QueryRequest:
    """Write a question for a measure by a level."""
    return QueryRequest.model_validate({"cube": "sales", "measures": [measure], "axes": {"rows": [level]}})


def test_more_rows_are_another_state(database: str) -> None:
    engine = Engine.open(MODEL, database)
    first = engine.snapshot.id
    assert (engine.refresh(), lines(engine)) == (False, [[17]])
    change(database, "insert into fact_sales (line_id, basket_id, date_key) values (900, 900, 20240102)")
    assert engine.refresh()
    assert engine.snapshot.id != first
    assert lines(engine) == [[18]]
    assert lines(engine, as_of=engine.snapshot.id) == [[18]]
    with pytest.raises(NotFoundError, match="answers as it is now"):
        lines(engine, as_of=first)
    engine.close()


def test_a_key_in_two_rows_is_refused(database: str) -> None:
    """Joined to both, a fact would count twice."""
    change(database, "insert into dim_product (product_id, product) values (1, 'Apple again')")
    engine = Engine.open(MODEL, database)
    with pytest.raises(WarehouseError, match="several rows with product_id=1"):
        engine.query(rows_of("lines", "product.department"))
    engine.close()


@pytest.mark.parametrize(("column", "type_"), [("weight", "int"), ("amount", "int"), ("weight", "decimal(2)")])
def test_what_would_be_rounded_is_refused_at_once(address: str, column: str, type_: str, tmp_path: Path) -> None:
    """Fractions as whole numbers; where floats are cut, as decimals too."""
    document = json.loads(MODEL.read_text(encoding="utf-8")) | {"$schema": None}
    document["tables"]["fact_sales"]["columns"][column] = type_
    path = tmp_path / "cubes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    if type_ != "int" and not address.startswith("clickhouse"):
        Engine.open(path, address).close()
        return
    with pytest.raises(ModelError, match=rf"fact_sales\.{column} is .* in the database; expected what can be"):
        Engine.open(path, address)


def test_groups_over_the_limit_are_refused(database: str) -> None:
    engine = Engine.open(MODEL, database, Limits(rows=3))
    with pytest.raises(LimitError, match="the limit is 3"):
        engine.query(rows_of("lines", "product.product"))
    engine.close()


def test_values_do_not_become_sql(database: str) -> None:
    """A key is a parameter, whatever it holds."""
    evil = "x'; drop table fact_sales; --"
    change(database, "update dim_product set department = 'x''; drop table fact_sales; --' where product_id = 1")
    engine = Engine.open(MODEL, database)
    cut = [{"level": "product.department", "members": [[evil]]}]
    change(database, "create table before as select count(*) as n from fact_sales where product_id = 1")
    with sa.create_engine(database).connect() as connection:
        assert lines(engine, cut=cut) == [list(connection.exec_driver_sql("select n from before").one())]
    assert lines(engine) == [[17]]
    engine.close()


def test_explain_shows_the_statement(database: str) -> None:
    engine = Engine.open(MODEL, database)
    request = rows_of("amount", "product.department")
    told = engine.explain(request)
    assert "LEFT OUTER JOIN dim_product" in told
    assert "GROUP BY" in told
    engine.close()


def test_validate_tells_what_rows_are_like(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The toy's clients have several versions of a row under one key, which their first days tell apart."""
    validate(MODEL, against=database)
    told = capsys.readouterr().out
    assert ["fact_sales", "fact_sales", "17"] in [line.split() for line in told.splitlines()]
    assert "that dim_product lacks, such as" in told


def test_a_missing_column_is_named(database: str) -> None:
    change(database, "alter table fact_sales rename column quantity to pieces", "drop table fact_visit")
    with pytest.raises(ModelError) as caught:
        check_serving(MODEL, Address(database))
    places = {issue.place for issue in caught.value.issues}
    assert places == {"/tables/fact_sales/columns/quantity", "/tables/fact_visit"}


@pytest.mark.parametrize("address", ["oracle://host/x", "mongodb://host"])
def test_other_databases_are_refused(address: str) -> None:
    with pytest.raises(SettingsError, match=r"duckdb:///FILE"):
        Engine.open(MODEL, address)

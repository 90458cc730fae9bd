"""Dimension tables that have a row for each version: what is refused, and what `validate --against` tells of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.inspection import inspect
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.errors import CapabilityError, WarehouseError
from cube_server.model.read import read_model
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from tests.comparison import Row

GIVEN = {"columns": {"area": 2}, "from": "since", "to": "till"}
MADE = {"columns": {"area": 2}}
VERSIONS = "(1, 'North', date '2023-01-01', date '2023-12-31'), (1, 'South', date '2024-01-01', null)"


def model(history: dict[str, Any]) -> dict[str, Any]:
    """Write a model of sales by customers who move; one cube knows days, the other months only."""
    days = {"since": "date", "till": "date"}
    return {
        "format": 1,
        "name": "shop",
        "tables": {
            "sale": {"columns": {"customer": "int", "day": "date", "month": "int"}},
            "day": {"key": ["day"], "columns": {"day": "date", "month": "int"}},
            "customer": {"key": ["id"], "columns": {"id": "int", "area": "text", **days}, "history": history},
        },
        "dimensions": {
            "customer": {
                "table": "customer",
                "levels": {"area": {"column": "area", "unique": True}, "customer": {"column": "id", "unique": True}},
                "hierarchies": {"home": {"levels": ["area", "customer"]}},
            },
            "time": {
                "table": "day",
                "role": "time",
                "levels": {"month": {"column": "month", "unique": True}, "day": {"column": "day", "unique": True}},
                "hierarchies": {"calendar": {"levels": ["month", "day"]}},
            },
        },
        "cubes": {
            "sales": {
                "table": "sale",
                "links": {"customer": {"column": "customer"}, "time": {"column": "day"}},
                "measures": {"lines": {"aggregate": "count"}},
            },
            "monthly": {
                "table": "sale",
                "links": {"customer": {"column": "customer"}, "time": {"column": "month", "level": "month"}},
                "measures": {"lines": {"aggregate": "count"}},
            },
        },
    }


def shop(folder: Path, history: dict[str, Any], versions: str) -> tuple[Path, str]:
    """Make a database; give the model's path and the database's URL."""
    path = folder / "cubes.json"
    path.write_text(json.dumps(model(history)), encoding="utf-8")
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute("create table sale (customer bigint, day date, month bigint)")
        connection.execute("insert into sale values (1, '2022-06-01', 1), (1, '2023-12-31', 2), (1, '2024-01-01', 3)")
        connection.execute("create table day as select distinct day, month from sale")
        connection.execute("create table customer (id bigint, area text, since date, till date)")
        connection.execute(f"insert into customer values {versions}")
    return path, f"duckdb:///{folder / 'shop.duckdb'}"


def areas(path: Path, address: str, cube: str, scd: str) -> list[Row]:
    """Ask for the lines by area."""
    request = QueryRequest.model_validate({"cube": cube, "measures": ["lines"], "axes": {"rows": ["customer.area"]}})
    engine = Engine.open(path, address)
    found = flatten(engine.query(request.model_copy(update={"scd": scd})), Budget(Limits()))
    engine.close()
    return found.select("customer.area", "lines").rows()


def test_a_version_holds_on_its_last_day_and_the_first_one_ever_before(tmp_path: Path) -> None:
    path, address = shop(tmp_path, GIVEN, VERSIONS)
    assert areas(path, address, "sales", "then") == [("North", 2), ("South", 1)]
    assert areas(path, address, "sales", "now") == [("South", 3)]


def test_facts_of_months_see_members_as_they_are_now(tmp_path: Path) -> None:
    """A month is no day: see docs/history.md."""
    path, address = shop(tmp_path, GIVEN, VERSIONS)
    assert areas(path, address, "monthly", "then") == [("South", 3)]


def test_what_loads_would_make_is_refused(tmp_path: Path) -> None:
    path, address = shop(tmp_path, MADE, "(1, 'South', null, null)")
    assert areas(path, address, "sales", "now") == [("South", 3)]
    with pytest.raises(CapabilityError, match="kept by loads, not by the database"):
        areas(path, address, "sales", "then")


def test_versions_without_days_are_refused(tmp_path: Path) -> None:
    path, address = shop(tmp_path, MADE, VERSIONS)
    with pytest.raises(CapabilityError, match="several versions of id=1"):
        areas(path, address, "sales", "now")


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        ("(1, 'N', '2023-01-01', '2024-01-31'), (1, 'S', '2024-01-01', null)", "overlaps the next one"),
        ("(1, 'N', '2023-01-01', '2023-11-30'), (1, 'S', '2024-01-01', null)", "leaves a gap"),
        ("(1, 'N', '2023-01-01', null), (1, 'S', '2024-01-01', null)", "has no end"),
        ("(1, 'N', '2024-01-01', null), (1, 'S', '2024-01-01', null)", "on the same day"),
        ("(1, 'N', '2024-01-01', '2023-01-01')", "ends before it begins"),
    ],
)
def test_nothing_is_answered_from_versions_that_are_not_whole(tmp_path: Path, versions: str, told: str) -> None:
    path, address = shop(tmp_path, GIVEN, versions)
    with pytest.raises(WarehouseError, match=told):
        areas(path, address, "sales", "now")
    database = open_database(address)
    assert any(told in one.found for one in inspect(read_model(path), database).mistakes)
    database.close()

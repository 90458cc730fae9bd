"""Dimensions as they were then, where the model says so by itself, and where facts cannot tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cube_server.backends.embedded.rollups.storage import Shelf, state_of
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import parse_model
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load
from tests.loaders.test_given_versions import document
from tests.loaders.test_made_versions import MADE, day, take

CUSTOMERS = """id,name,area,valid_from,valid_to
1,Ann,North,2024-01-01,2024-01-31
1,Ann,South,2024-02-01,
2,Bob,North,2024-01-01,
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Sales on days, plans of areas on days, and complaints of no day; then is what is meant by default."""
    folder = tmp_path_factory.mktemp("shop")
    model: dict[str, Any] = json.loads(document({"columns": {"area": 2}, "from": "valid_from", "to": "valid_to"}))
    customer = model["dimensions"]["customer"]
    customer["scd"] = "then"
    customer["levels"]["area"]["unique"] = customer["levels"]["customer"]["unique"] = True
    lines = {"lines": {"aggregate": "count"}}
    model["tables"] |= {
        "complaint": {"columns": {"customer": "int", "text": "text"}},
        "plan": {"columns": {"area": "text", "day": "date"}},
    }
    model["cubes"] |= {
        "complaints": {"table": "complaint", "links": {"customer": {"column": "customer"}}, "measures": lines},
        "plans": {
            "table": "plan",
            "links": {"customer": {"column": "area", "level": "area"}, "time": {"column": "day"}},
            "measures": lines,
        },
    }
    model["cubes"]["sales"]["measures"]["complaints"] = {
        "from": {"cube": "complaints", "measure": "lines"},
    }
    for name, text in (
        ("customer", CUSTOMERS),
        ("sale", "customer,day\n1,2024-01-01\n1,2024-02-01\n2,2024-02-01\n"),
        ("days", "day\n2024-01-01\n2024-02-01\n"),
        ("complaint", "customer,text\n1,late\n2,cold\n2,loud\n"),
        ("plan", "area,day\nNorth,2024-01-01\nSouth,2024-01-01\nEast,2024-01-01\n"),
    ):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "cubes.json").write_text(json.dumps(model), encoding="utf-8")
    load(parse_model(json.dumps(model)), str(folder), folder / "warehouse")
    return Engine.open(folder / "cubes.json", folder / "warehouse")


def areas(shop: Engine, cube: str = "sales", **body: object) -> dict[object, object]:
    """Ask for the first measure by area."""
    request = QueryRequest.model_validate({"cube": cube, "axes": {"rows": ["customer.area"]}, **body})
    table = flatten(shop.query(request), Budget(Limits()))
    return dict(zip(table["customer.area"], table[table.columns[-1]], strict=True))


def test_the_model_says_what_is_meant_by_default(shop: Engine) -> None:
    assert areas(shop) == areas(shop, scd="then") == {"North": 2, "South": 1}
    assert areas(shop, scd="now") == {"North": 1, "South": 2}
    assert shop.query(QueryRequest(cube="sales")).cube.scd == {"customer": "then"}


def test_facts_without_a_day_see_members_as_they_are_now(shop: Engine) -> None:
    """The answer says so; beside sales they stand under the areas of now as well."""
    assert areas(shop, "complaints") == {"North": 2, "South": 1}
    answer = shop.query(QueryRequest.model_validate({"cube": "complaints", "axes": {"rows": ["customer.area"]}}))
    assert answer.notes == ("customer: the members are as they are now, since its facts have no day.",)
    beside: dict[str, Any] = {"measures": ["lines", "complaints"], "axes": {"rows": ["customer.area"]}}
    assert areas(shop, **beside) == {"North": 2, "South": 1}
    (note,) = shop.query(QueryRequest.model_validate({"cube": "sales", **beside})).notes
    assert note == "complaints: the members of customer are as they are now, since its facts have no day."


def test_facts_that_know_only_the_area_have_it_as_it_is(shop: Engine) -> None:
    """An area that nobody was ever in is unknown, itself by its key."""
    assert areas(shop, "plans") == {"North": 1, "South": 1, "East": 1}
    answer = shop.query(QueryRequest.model_validate({"cube": "plans", "axes": {"rows": ["customer.area"]}}))
    assert answer.notes == ("customer: the members are as they are now, since its facts know only area.",)
    assert "customer as it is now\n" in shop.explain(QueryRequest(cube="plans"))


def test_rollups_on_disk_follow_from_the_versions(tmp_path: Path) -> None:
    """A late change touches nothing else: neither the facts nor the rows as they are now."""
    take(tmp_path, "1,Ann,North,,\n", "01-10")
    take(tmp_path, "1,Ann,South,,\n", "02-01")
    take(tmp_path, "1,Ann,East,,\n", "01-20")
    warehouse, model = Warehouse(tmp_path / "warehouse"), parse_model(document(MADE))
    manifests = [warehouse.snapshot(id).manifest for id in warehouse.snapshots()[1:]]
    tables = [{name: table.files[0].sha256 for name, table in part.tables.items()} for part in manifests]
    assert {name for name in tables[0] if tables[0][name] != tables[1][name]} == {"customer.versions", "customer.days"}
    states = [state_of(manifest, model.cubes) for manifest in manifests]
    assert len({Shelf(tmp_path, model.cubes[0].table.name, model.hash, state).folder for state in states}) == 2
    assert day("01-20") in warehouse.latest().table("customer.versions").read(["_from"])["_from"].to_list()

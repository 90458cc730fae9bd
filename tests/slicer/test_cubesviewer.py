"""What CubesViewer asks and reads, on models that say nothing of it: the toy star, and the sample."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from starlette.testclient import TestClient

Json = dict[str, Any]


@pytest.fixture(params=["plain", "shop", "panel"])
def client(request: pytest.FixtureRequest) -> TestClient:
    """Each application."""
    found: TestClient = request.getfixturevalue(request.param)
    return found


def cubes(client: TestClient) -> list[str]:
    return [cube["name"] for cube in client.get("/slicer/cubes").json() if cube["name"] != "odd.shop"]


def model(client: TestClient, cube: str) -> Json:
    found: Json = client.get(f"/slicer/cube/{cube}/model").json()
    return found


BRIDGED = {
    "bridged": ("also", "offer", "sent", "promo", "before"),
    "sales": ("also", "campaign", "before_campaign", "contacted"),
    "redemptions": ("product",),
}


def drilldowns(cube: Json) -> list[tuple[str, list[Json]]]:
    """List the drilldowns to each level as CubesViewer writes them, with the levels down to it."""
    found = []
    for dimension in cube["dimensions"]:
        levels = {level["name"]: level for level in dimension["levels"]}
        for hierarchy in dimension["hierarchies"]:
            path = [levels[name] for name in hierarchy["levels"]]
            found += [
                (f"{dimension['name']}@{hierarchy['name']}:{level['name']}", path[:depth])
                for depth, level in enumerate(path, 1)
            ]
    return found


def many(cube: str, drilldown: str) -> bool:
    """Tell whether a fact has many members of what is drilled down to: it then shows none."""
    return drilldown.partition("@")[0] in BRIDGED.get(cube, ())


def refs(level: Json) -> tuple[str, str]:
    """Find the refs of a level's key and label by their names."""
    by_name = {attribute["name"]: attribute["ref"] for attribute in level["attributes"]}
    assert level["order_attribute"] in by_name
    return by_name[level["key"]], by_name[level["label_attribute"]]


def test_the_workspace(client: TestClient) -> None:
    info = client.get("/slicer/info").json()
    assert isinstance(info["cubes_version"], str)
    assert info["api_version"] == 2
    assert isinstance(info["json_record_limit"], int)
    listed = client.get("/slicer/cubes").json()
    assert all(cube["name"] and cube["label"] for cube in listed)


def test_models_have_all_that_is_read_of_them(client: TestClient) -> None:
    for name in cubes(client):
        cube = model(client, name)
        assert isinstance(cube["info"], dict)
        for part in (*cube["aggregates"], *cube["measures"]):
            assert part["ref"]
            assert part["label"]
        for dimension in cube["dimensions"]:
            assert isinstance(dimension["info"], dict)
            assert dimension["default_hierarchy_name"] in {part["name"] for part in dimension["hierarchies"]}
            for part in (dimension, *dimension["levels"], *dimension["hierarchies"]):
                assert part["label"]
        assert drilldowns(cube)
        assert all(refs(level) for _, levels in drilldowns(cube) for level in levels)


@pytest.mark.parametrize(("application", "every"), [("plain", 1), ("shop", 1), ("panel", 7)])
def test_levels_can_be_drilled_to(application: str, every: int, request: pytest.FixtureRequest) -> None:
    client: TestClient = request.getfixturevalue(application)
    for name in cubes(client):
        cube = model(client, name)
        aggregates = {part["ref"] for part in cube["aggregates"] if part.get("function") != "sma"}
        for drilldown, levels in drilldowns(cube)[::every]:
            asked = {"drilldown": drilldown, "page": "0", "pagesize": "3"}
            found = client.get(f"/slicer/cube/{name}/aggregate", params=asked)
            assert found.status_code == 200, (drilldown, found.text)
            answer = found.json()
            assert aggregates <= set(answer["summary"])
            assert answer["cells"]
            for cell in answer["cells"]:
                assert {ref for level in levels for ref in refs(level)} | aggregates <= set(cell)


def test_members_and_facts(client: TestClient) -> None:
    for name in cubes(client):
        cube = model(client, name)
        for dimension in cube["dimensions"]:
            for hierarchy in dimension["hierarchies"]:
                asked = {"hierarchy": hierarchy["name"], "depth": "1"}
                members = client.get(f"/slicer/cube/{name}/members/{dimension['name']}", params=asked).json()["data"]
                level = next(level for level in dimension["levels"] if level["name"] == hierarchy["levels"][0])
                assert members
                assert all(set(refs(level)) <= set(member) for member in members)
        facts = client.get(f"/slicer/cube/{name}/facts").json()
        keys = {refs(level)[0] for _, levels in drilldowns(cube) for level in levels}
        assert facts
        assert all(keys <= set(fact) for fact in facts)
        many_of = [refs(level)[0] for at, levels in drilldowns(cube) if many(name, at) for level in levels]
        assert all(fact[ref] is None for fact in facts for ref in many_of)
        table = client.get(f"/slicer/cube/{name}/facts", params={"format": "csv", "page": "0", "pagesize": "5"})
        assert len(table.text.splitlines()) == 6


@pytest.mark.parametrize(
    ("cut", "condition"),
    [
        ("time@calendar:2023", "year = 2023"),
        ("time@calendar:2024,1", "quarter = 'Q1' and year = 2024"),
        ("time@calendar:2024,1,2", "month = '2024-02'"),
        ("time@calendar:2024,Q1,2024\\-02", "month = '2024-02'"),
        ("time@calendar:2024,1,2,29", "day = date '2024-02-29'"),
        ("time@calendar:2023,4,12-2024,1,1", "month in ('2023-12', '2024-01')"),
        ("time@calendar:-2024,1,1,1", "day <= date '2024-01-01'"),
        ("time@calendar:2024,4-", "day >= date '2024-10-01'"),
        ("!time@calendar:2024,1-2024,2", "day < date '2024-01-01' or day >= date '2024-07-01'"),
        ("time@calendar:2023;2024,1,2", "year = 2023 or month = '2024-02'"),
        ("time@weekly:2023,52-2024,5", "week_year * 100 + week between 202352 and 202405"),
        ("product@goods:Food,Fruit;Home", "department = 'Home' or category = 'Fruit'"),
        ("!product@goods:Food", "department <> 'Food'"),
        ("product@goods:unknown()", "odd"),
        ("product@goods:unknown(),unknown(),99", "product_id = 99"),
        ("customer@age:20\\-29", "age = '20-29'"),
        ("store@outdoor:false|product@brand:House", "outdoor = false and brand = 'House'"),
    ],
)
def test_its_cuts(plain: TestClient, oracle: duckdb.DuckDBPyConnection, cut: str, condition: str) -> None:
    answer = plain.get("/slicer/cube/sales/aggregate", params={"cut": cut}).json()
    (wanted,) = oracle.execute(f"select count(*), count(distinct basket_id) from sales where {condition}").fetchall()
    assert (answer["summary"]["lines"], answer["summary"]["baskets"]) == wanted


def test_a_pivot_of_two_dimensions(plain: TestClient, oracle: duckdb.DuckDBPyConnection) -> None:
    asked = {"drilldown": "product@goods:department|time@calendar:year"}
    answer = plain.get("/slicer/cube/sales/aggregate", params=asked).json()
    sql = """select case when odd then 'unknown()' else department end, year, count(*), count(distinct basket_id)
        from sales group by 1, 2"""
    found = [
        (cell["product.department"], cell["time.year"], cell["lines"], cell["baskets"]) for cell in answer["cells"]
    ]
    assert sorted(found, key=str) == sorted(oracle.execute(sql).fetchall(), key=str)


def test_time_is_a_date_filter(plain: TestClient) -> None:
    time = next(part for part in model(plain, "sales")["dimensions"] if part["name"] == "time")
    assert time["role"] == "time"
    assert time["info"] == {"cv-datefilter": True, "cv-datefilter-hierarchy": "calendar"}
    roles = {level["name"]: level.get("role") for level in time["levels"]}
    assert [roles[name] for name in ("year", "quarter", "month", "day", "week")] == [
        "year",
        "quarter",
        "month",
        "day",
        "week",
    ]


def test_the_sample(panel: TestClient) -> None:
    answer = panel.get("/slicer/cube/sales/aggregate", params={"drilldown": "region@area:area"}).json()
    assert answer["summary"]["sales"] == 4596039.58
    assert answer["summary"]["households"] == 2469
    assert answer["cells"][0]["region.area"] == "Area A"
    first = {"cut": "time@calendar:2017,1-2017,1", "aggregates": "sales|households"}
    quarter = panel.get("/slicer/cube/sales/aggregate", params=first).json()["summary"]
    named = panel.get("/slicer/cube/sales/aggregate", params={**first, "cut": "time@calendar:2017,Q1"}).json()
    assert quarter == named["summary"]


def test_unknown_members_have_a_name_in_tables_too(plain: TestClient) -> None:
    asked = {"drilldown": "product@goods:department", "format": "csv", "aggregates": "lines", "header": "none"}
    assert plain.get("/slicer/cube/sales/aggregate", params=asked).text.split() == [
        "Food,9",
        "Home,5",
        "unknown(),2",
        ",1",
    ]

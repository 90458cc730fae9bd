"""Members and facts over HTTP, on the toy star."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

CUBE = "/api/v1/cubes/sales"
LEVELS = [
    "product.department",
    "product.category",
    "product.product",
    "~product.category",
    "product.brand",
    "customer.customer",
    "customer.age",
    "store.store",
    "time.quarter",
    "time.day",
    "time.weekly.week",
    "time.weekly.day",
    "ship.month",
]


def test_members_have_key_paths_children_and_cuts(client: TestClient) -> None:
    members = client.get(f"{CUBE}/members?level=product.category&parent=Home").json()
    assert members == [
        {"key": ["Home", "Gifts"], "caption": "Gifts", "children": 1, "cut": "product.category:Home/Gifts"},
        {"key": ["Home", "Light"], "caption": "Light", "children": 1, "cut": "product.category:Home/Light"},
        {"key": ["Home", "Textile"], "caption": "Textile", "children": 1, "cut": "product.category:Home/Textile"},
        {"key": ["Home", None], "caption": None, "children": 1, "cut": "product.category:Home/null"},
    ]


def test_keys_with_signs_are_quoted(client: TestClient) -> None:
    members = client.get(f"{CUBE}/members?level=store.store").json()
    assert [member["cut"] for member in members] == ["store.store:A-1", "store.store:B:2", 'store.store:"C|3"']


@pytest.mark.parametrize("level", LEVELS)
def test_every_member_survives_the_way_through_an_address(client: TestClient, level: str) -> None:
    """Cutting to each member by its own text gives that member, and all of them give the whole."""
    members = client.get(f"{CUBE}/members?level={quote(level)}&limit=1000").json()
    lines = 0
    for member in members:
        address = f"{CUBE}/query?measures=lines&rows={quote(level)}&layout=cellset&cut={quote(member['cut'])}"
        body = client.get(address).json()
        shown = [row[0]["key"] for row in body["axes"]["rows"]["tuples"]]
        assert shown in ([], [member["key"]])
        lines += sum(row[0] for row in body["cells"]["lines"])
    assert lines == 17


def test_members_of_all_formats(client: TestClient) -> None:
    csv = client.get(f"{CUBE}/members.csv?level=product.category&search=gift").text
    assert csv == (
        "product.department,product.category,caption,unknown,children,cut\r\n"
        "Food,Gifts,Gifts,false,1,product.category:Food/Gifts\r\n"
        "Home,Gifts,Gifts,false,1,product.category:Home/Gifts\r\n"
    )


def test_facts_behind_a_cell(client: TestClient) -> None:
    facts = client.get(f"{CUBE}/facts?cut=product.department:Food;time.year:2023&columns=line_id,amount").json()
    assert facts == [
        {"line_id": 1, "amount": 4.0},
        {"line_id": 2, "amount": 2.5},
        {"line_id": 3, "amount": 6.0},
    ]


def test_facts_come_in_pages(client: TestClient) -> None:
    address: str | None = f"{CUBE}/facts?limit=5&meta=true"
    lines = []
    while address:
        body = client.get(address).json()
        assert body["meta"]["total_rows"] == 17
        lines += [row["line_id"] for row in body["data"]]
        address = body["next"]
    assert sorted(lines) == list(range(1, 18))


def test_facts_by_post(client: TestClient) -> None:
    asked = {"cut": [{"level": "product.product", "members": [98]}], "columns": ["line_id", "basket_id"]}
    response = client.post(f"{CUBE}/facts.csv", json=asked)
    assert response.headers["x-total-rows"] == "1"
    assert response.text.startswith("line_id,basket_id\r\n11,")

"""`/facts`, `/fact`, `/members`, `/cell` and `/report` on the toy star as a workspace."""

from __future__ import annotations

import json

import duckdb
import pytest
from starlette.testclient import TestClient

from tests.slicer.conftest import Ask

Oracle = duckdb.DuckDBPyConnection


def test_facts_come_by_key_with_all_they_have(ask: Ask) -> None:
    facts = ask("facts", cut="client:North", page="0", pagesize="2")
    assert facts[0] == {
        "__fact_key__": 1,
        "item.department": "Food",
        "item.id": 1,
        "item.brand": "Fresh",
        "client": "North",
        "store": "A-1",
        "amount": 4.0,
        "basket": 100,
    }
    assert [fact["__fact_key__"] for fact in facts] == [1, 2]


def test_facts_are_joined_to_what_is_shown(ask: Ask, oracle: Oracle) -> None:
    keys = [fact["__fact_key__"] for fact in ask("facts", fields="amount", cut="!client:North")]
    sql = "select line_id from sales where area <> 'North' order by 1 limit 4"
    assert [(key,) for key in keys] == oracle.execute(sql).fetchall()
    shown = ask("facts", fields="item.department", order="__fact_key__:desc", page="1", pagesize="3")
    sql = "select line_id from sales where product_id not in (98, 99) order by 1 desc limit 3 offset 3"
    assert [(fact["__fact_key__"],) for fact in shown] == oracle.execute(sql).fetchall()


def test_facts_in_order(ask: Ask, oracle: Oracle) -> None:
    facts = ask("facts", fields="amount", order="amount:desc")
    sql = "select line_id, amount::double from sales order by amount desc nulls last, line_id limit 4"
    assert [(fact["__fact_key__"], fact["amount"]) for fact in facts] == oracle.execute(sql).fetchall()


def test_facts_as_csv_and_as_lines(shop: TestClient) -> None:
    asked = {"cut": "item:Food,4", "fields": "item.brand,amount"}
    found = shop.get("/slicer/cube/shop/facts", params={**asked, "format": "csv"})
    assert found.text == "__fact_key__,Make,Amount\r\n5,House,20\r\n15,House,\r\n"
    assert found.headers["content-disposition"] == 'attachment; filename="facts.csv"'
    lines = shop.get("/slicer/cube/shop/facts", params={**asked, "format": "json_lines"})
    assert lines.headers["content-type"].startswith("application/x-json-lines")
    assert [json.loads(line) for line in lines.text.splitlines()] == [
        {"__fact_key__": 5, "item.brand": "House", "amount": 20.0},
        {"__fact_key__": 15, "item.brand": "House", "amount": None},
    ]


def test_one_fact(shop: TestClient) -> None:
    assert shop.get("/slicer/cube/shop/fact/13").json()["amount"] == 7.3
    missing = shop.get("/slicer/cube/shop/fact/99")
    assert missing.status_code == 404
    assert missing.json()["error"] == {
        "type": "object_not_found",
        "message": "No fact with id '99'",
        "object": "99",
        "object_type": "fact",
    }


def test_members_are_those_with_facts(ask: Ask) -> None:
    assert ask("members/client") == {
        "dimension": "client",
        "hierarchy": "default",
        "depth": 1,
        "data": [{"client": "North"}, {"client": "South"}, {"client": None}],
    }
    assert ask("members/item", level="department", cut="client:North")["data"] == [
        {"item.department": "Home"},
        {"item.department": "Food"},
    ]
    deep = ask("members/item", depth="0", cut="item:Home")
    assert deep["depth"] == 2
    assert deep["data"][0] == {"item.department": "Home", "item.id": 5, "item.brand": "Glow"}


def test_cell(ask: Ask) -> None:
    found = ask("cell", cut="item:Food,4|client:North;Nowhere|store:-B")
    assert [cut["details"] for cut in found["cuts"]] == [
        [
            {"item.department": "Food", "_key": "Food", "_label": "Food"},
            {"item.id": 4, "item.brand": "House", "_key": 4, "_label": "House"},
        ],
        [[{"client": "North", "_key": "North", "_label": "North"}], None],
        {"from": None, "to": None},
    ]
    assert found["cube"] == "shop"
    assert ask("cell") == {"cube": "shop", "cuts": []}


def report(shop: TestClient, queries: object, **more: object) -> object:
    response = shop.post("/slicer/cube/shop/report?cut=client:North", json={"queries": queries, **more})
    assert response.status_code == 200, response.text
    return response.json()


def test_a_report_answers_each_query(shop: TestClient, ask: Ask) -> None:
    queries = {
        "a": {"query": "aggregate", "drilldown": ["item"], "aggregates": ["n"], "order": [["n", "desc"]]},
        "b": {"query": "aggregate", "aggregates": ["n"], "split": "item:Home"},
        "f": {"query": "facts", "fields": ["amount"], "page": 1, "page_size": 2},
        "g": {"query": "fact", "key": 13},
        "m": {"query": "members", "dimension": "item", "depth": 1},
        "v": {"query": "values", "dimension": "client"},
        "c": {"query": "cell"},
        "d": {"query": "details"},
    }
    found = report(shop, queries)
    cut = {"cut": "client:North"}
    assert found == {
        "a": ask("aggregate", drilldown="item", aggregates="n", order="n:desc", **cut),
        "b": ask("aggregate", aggregates="n", split="item:Home", **cut),
        "f": ask("facts", fields="amount", page="1", pagesize="2", **cut),
        "g": ask("fact/13"),
        "m": ask("members/item", depth="1", **cut)["data"],
        "v": [{"client": "North"}],
        "c": ask("cell", **cut),
        "d": [[{"client": "North", "_key": "North", "_label": "North"}]],
    }


def test_a_reports_cell_replaces_that_of_the_address(shop: TestClient, ask: Ask) -> None:
    summed = {"s": {"query": "aggregate", "aggregates": ["n"]}}
    cell = [{"dimension": "item", "type": "set", "paths": [["Home"], ["Food", 4]]}]
    found = report(shop, summed, cell=cell)["s"]  # type: ignore[index]
    assert found["summary"] == ask("aggregate", aggregates="n", cut="item:Home;Food,4")["summary"]
    assert found["cell"][0]["hierarchy"] is None
    spans = [{"dimension": "client", "hierarchy": "default", "type": "range", "from": ["M"], "to": None}]
    assert report(shop, summed, cell=spans)["s"]["summary"] == {"n": 16}  # type: ignore[index]


@pytest.mark.parametrize("rollup", ["item", ["item"], {"item": "department"}])
def test_a_query_may_roll_up(shop: TestClient, ask: Ask, rollup: object) -> None:
    cell = [{"dimension": "item", "type": "point", "path": ["Food", 4]}]
    queries = {"s": {"query": "aggregate", "aggregates": ["n"], "rollup": rollup}}
    found = report(shop, queries, cell=cell)
    assert found["s"]["summary"] == ask("aggregate", aggregates="n", cut="item:Food")["summary"]  # type: ignore[index]

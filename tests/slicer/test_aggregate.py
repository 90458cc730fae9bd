"""`/aggregate` on the toy star as a workspace: its numbers are those of SQL with the joins that the model names."""

from __future__ import annotations

import csv
import io
from typing import Any

import duckdb
import pytest
from starlette.testclient import TestClient

from tests.slicer.conftest import Ask

Oracle = duckdb.DuckDBPyConnection

KNOWN = "product_id in (select product_id from dim_product)"
"""The inner join to items."""


def rows(oracle: Oracle, sql: str) -> list[tuple[Any, ...]]:
    """Ask the oracle; exact decimals as the numbers that JSON has."""
    numbers = "select * replace ({}) from ({})"
    described = oracle.execute(f"describe {sql}").fetchall()
    decimals = [f"{name}::double as {name}" for name, kind, *_ in described if kind.startswith("DECIMAL")]
    return oracle.execute(numbers.format(", ".join(decimals), sql) if decimals else sql).fetchall()


def cells(answer: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(cell[name] for name in names) for cell in answer["cells"]]


def test_a_summary_joins_nothing_that_is_not_used(ask: Ask, oracle: Oracle) -> None:
    answer = ask("aggregate", aggregates="total|n")
    assert [(answer["summary"]["total"], answer["summary"]["n"])] == rows(
        oracle, "select sum(amount) as total, count(*) from sales"
    )
    assert answer["cells"] == []
    assert "total_cell_count" not in answer
    assert "levels" not in answer


def test_an_inner_join_drops_facts_from_summary_and_records(ask: Ask, oracle: Oracle) -> None:
    answer = ask("aggregate", drilldown="item", aggregates="n|total")
    assert [(answer["summary"]["n"],)] == rows(oracle, f"select count(*) from sales where {KNOWN}")
    sql = f"""select department, count(*), coalesce(sum(amount), 0) as total from sales where {KNOWN}
        group by department order by department desc nulls last"""
    assert cells(answer, "item.department", "n", "total") == rows(oracle, sql)
    assert answer["levels"] == {"item": ["department"]}
    assert answer["total_cell_count"] == 3


def test_an_outer_join_keeps_facts_under_one_null(ask: Ask, oracle: Oracle) -> None:
    answer = ask("aggregate", drilldown="client", aggregates="n|mean")
    sql = "select area, count(*), avg(amount)::double from sales group by area order by area nulls last"
    found = cells(answer, "client", "n", "mean")
    assert [row[:2] for row in found] == [row[:2] for row in rows(oracle, sql)]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in rows(oracle, sql)])


def test_a_right_join_shows_members_without_facts(ask: Ask) -> None:
    answer = ask("aggregate", drilldown="store", aggregates="n|total|mean")
    assert cells(answer, "store", "n", "total", "mean")[-1] == ("C|3", 0, 0, None)
    assert [cell["store"] for cell in answer["cells"]] == ["A-1", "B:2", "C|3"]
    cut = ask("aggregate", drilldown="store", cut="item:Food", aggregates="n")
    assert [cell["store"] for cell in cut["cells"]] == ["A-1", "B:2"]
    own = ask("aggregate", drilldown="store", cut="store:C\\|3;A\\-1", aggregates="n")
    assert cells(own, "store", "n") == [("A-1", 9), ("C|3", 0)]


def test_sums_and_counts_of_nothing_are_zero_and_all_else_is_null(ask: Ask) -> None:
    answer = ask("aggregate", cut="item:Toys", aggregates="total|n|mean|price")
    assert answer["summary"] == {"total": 0, "n": 0, "mean": None, "price": None}


def test_all_attributes_of_levels_are_grouped_by(ask: Ask, oracle: Oracle) -> None:
    answer = ask("aggregate", drilldown="item:item", page="0", pagesize="3", aggregates="n")
    sql = f"""select department, product_id, brand, count(*) from sales where {KNOWN} group by all
        order by department desc nulls last, product_id limit 3"""
    assert cells(answer, "item.department", "item.id", "item.brand", "n") == rows(oracle, sql)
    assert answer["attributes"] == ["item.department", "item.id", "item.brand"]


def test_the_next_level_after_a_point(ask: Ask, oracle: Oracle) -> None:
    answer = ask("aggregate", drilldown="item", cut="item:Home", page="0", pagesize="9", aggregates="n")
    assert cells(answer, "item.id", "n") == rows(
        oracle, "select product_id, count(*) from sales where department = 'Home' group by 1 order by 1"
    )
    inverted = ask("aggregate", drilldown="item", cut="!item:Home", aggregates="n")
    assert cells(inverted, "item.department", "n") == rows(
        oracle, "select 'Food', count(*) from sales where department <> 'Home'"
    )


def test_high_cardinality_needs_a_page_or_a_cut(shop: TestClient, ask: Ask) -> None:
    response = shop.get("/slicer/cube/shop/aggregate", params={"drilldown": "item:item"})
    assert (response.status_code, response.json()["error"]) == (400, "unknown_user_error")
    assert len(ask("aggregate", drilldown="item:item", cut="item:Food,1;Food,4")["cells"]) == 2


def test_orders_and_pages(ask: Ask, oracle: Oracle) -> None:
    answer = ask("aggregate", drilldown="client", order="n:desc,client:desc", page="1", pagesize="2", aggregates="n")
    sql = """select area, count(*) from sales group by area order by 2 desc, 1 desc nulls last limit 2 offset 2"""
    assert cells(answer, "client", "n") == rows(oracle, sql)
    assert answer["total_cell_count"] == 3
    without_size = ask("aggregate", drilldown="client", order="client", page="1", aggregates="n")
    assert [cell["client"] for cell in without_size["cells"]] == [None, "North", "South"]


def test_a_split_marks_what_lies_within(ask: Ask, oracle: Oracle) -> None:
    answer = ask("aggregate", split="item:Food|client:North", drilldown="client", aggregates="n|total")
    sql = f"""select coalesce(department = 'Food' and area = 'North', false), area, count(*),
        coalesce(sum(amount), 0) as total from sales where {KNOWN} group by 1, 2 order by 1, 2 nulls last limit 4"""
    assert cells(answer, "__within_split__", "client", "n", "total") == rows(oracle, sql)
    assert answer["levels"] == {"client": ["area"], "__within_split__": ["__within_split__"]}
    assert answer["has_split"] is True


def test_moving_aggregates_go_along_the_records(ask: Ask) -> None:
    answer = ask("aggregate", drilldown="client", order="client", aggregates="smooth|n")
    counts = [cell["n"] for cell in answer["cells"]]
    windows = [counts[max(0, place - 1) : place + 1] for place in range(len(counts))]
    assert [cell["smooth"] for cell in answer["cells"]] == [round(sum(part) / len(part), 2) for part in windows]
    assert "n" not in ask("aggregate", drilldown="client", aggregates="smooth")["cells"][0]


def test_the_record_limit_cuts_json_and_says_so(shop: TestClient) -> None:
    address = "/slicer/cube/shop/members/item"
    cut, whole = shop.get(address), shop.get(address, params={"format": "csv", "header": "none"})
    assert len(cut.json()["data"]) == 4
    assert cut.headers["x-truncated"] == "true"
    assert len(whole.text.splitlines()) == 8
    assert whole.headers["x-truncated"] == "false"
    page = shop.get(address, params={"page": "0", "pagesize": "4"})
    assert (len(page.json()["data"]), page.headers["x-truncated"]) == (4, "false")


def test_csv(shop: TestClient) -> None:
    asked = {"drilldown": "item", "split": "client:North", "format": "csv", "aggregates": "total|n"}
    response = shop.get("/slicer/cube/shop/aggregate", params=asked)
    assert response.headers["content-type"].startswith("text/csv")
    assert response.headers["content-disposition"] == 'attachment; filename="aggregate.csv"'
    table = list(csv.reader(io.StringIO(response.text)))
    assert table[0] == ["department", "Matches Filters", "Total", "Lines"]
    assert "\0" not in response.text
    assert response.text.endswith("\r\n")
    names = shop.get("/slicer/cube/shop/aggregate", params={**asked, "header": "names"}).text.splitlines()
    assert names[0] == "item.department,__within_split__,total,n"


def test_two_cuts_of_a_dimension_both_hold(ask: Ask) -> None:
    assert ask("aggregate", cut="item:Food|item:Home", aggregates="n")["summary"] == {"n": 0}
    assert ask("aggregate", cut="!client:North|client:North;South", aggregates="n")["summary"] == {"n": 7}


def test_repeated_parameters_and_commas(shop: TestClient) -> None:
    address = "/slicer/cube/shop/aggregate?cut=item:Food&cut=client:North&aggregates=n,total&aggregates=mean&callback=x"
    assert list(shop.get(address).json()["summary"]) == ["n", "total", "mean"]


@pytest.mark.parametrize(
    ("cut", "condition"),
    [
        ("!client:__null__", "area is not null"),
        ("client:__null__", "area is null"),
        ("!client:Nowhere", "area is not null"),
        ("client:M-P", "area between 'M' and 'P'"),
        ("!client:M-P", "not area between 'M' and 'P'"),
        ("client:-P", "area <= 'P'"),
        ("client:", "area = ''"),
    ],
)
def test_cuts_follow_sql(ask: Ask, oracle: Oracle, cut: str, condition: str) -> None:
    found = ask("aggregate", cut=cut, aggregates="n")["summary"]["n"]
    assert [(found,)] == rows(oracle, f"select count(*) from sales where {condition}")


def test_echoes_of_cuts(ask: Ask) -> None:
    answer = ask("aggregate", cut="!item:Food,1;Home|client:A-", aggregates="n")
    shared = {"hidden": False, "hierarchy": "default"}
    assert answer["cell"] == [
        {
            "type": "set",
            "dimension": "item",
            "level_depth": 2,
            "invert": True,
            "paths": [["Food", "1"], ["Home"]],
            **shared,
        },
        {"type": "range", "dimension": "client", "level_depth": 1, "invert": False, "from": ["A"], "to": [], **shared},
    ]

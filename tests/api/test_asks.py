"""What the wire shows of others, totals of the shown, and named members."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

QUERY = "/api/v1/cubes/sales/query"
TOP = {"n": 1, "by": "lines", "others": True}


def ask(client: TestClient, body: dict[str, Any], query: str = "") -> dict[str, Any]:
    response = client.post(f"{QUERY}{query}", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def lines_of(client: TestClient, body: dict[str, Any], suffix: str) -> list[str]:
    return client.post(f"{QUERY}{suffix}", json=body).text.splitlines()


def test_others_are_a_member_without_a_key(client: TestClient) -> None:
    body = {"measures": ["lines"], "axes": {"rows": [{"level": "product.department", "top": TOP}]}}
    found = ask(client, body)
    assert found["axes"]["rows"]["tuples"] == [
        [{"key": ["Food"], "caption": "Food"}],
        [{"key": None, "caption": "(others)", "others": True}],
    ]
    assert "shown" not in found["axes"]["rows"]
    assert found["cells"]["lines"] == [[9], [8]]
    assert lines_of(client, body, ".csv") == [
        "product.department,product.depth,product.unknown,product.others,lines",
        "Food,1,false,false,9",
        ",1,false,true,8",
    ]


def test_totals_of_the_shown_are_told_by_their_places(client: TestClient) -> None:
    asked = "rows=product.department&measures=lines&having=lines >= 3&totals=rows,rows:shown"
    found = client.get(f"{QUERY}?{asked}&layout=cellset").json()
    assert found["axes"]["rows"]["tuples"][:2] == [[None], [None]]
    assert found["axes"]["rows"]["shown"] == [1]
    assert found["cells"]["lines"] == [[17], [14], [9], [5]]
    records = client.get(f"{QUERY}?{asked}").json()
    assert [row["rows.shown"] for row in records] == [False, True, False, False]


def test_columns_of_a_pivot_say_what_they_gather(client: TestClient) -> None:
    columns = [{"level": "time.year", "top": TOP}]
    body = {"measures": ["lines"], "axes": {"columns": columns}, "totals": {"columns": ["all", "shown"]}}
    header, values = lines_of(client, body, ".csv?layout=pivot")
    assert header == "lines,shown() | lines,2024 | lines,others() | lines"
    assert values == "17,14,14,3"


def test_the_next_page_of_what_has_no_short_form(client: TestClient) -> None:
    axes = {"rows": [{"level": "product.department", "top": TOP}]}
    first = ask(client, {"measures": ["lines"], "axes": axes, "limit": 1})
    assert client.get(first["next"]).json()["cells"]["lines"] == [[8]]


def test_named_members_tell_their_level_and_calculated_ones_their_format(client: TestClient) -> None:
    rise = {"of": "time", "formula": "time.year[2024] / time.year[2023] - 1", "format": "0.0%", "label": {"ko": "증가"}}
    body = {
        "measures": ["lines"],
        "with": {"members": {"rise": rise}},
        "axes": {"rows": [{"members": ["time.year[2023]", 'time.quarter[2024, "Q4"]', "rise"]}]},
    }
    found = ask(client, body, "?lang=ko")
    assert found["axes"]["rows"]["tuples"] == [
        [{"key": [2023], "caption": "2023", "level": "time.year"}],
        [{"key": [2024, "Q4"], "caption": "Q4", "level": "time.quarter"}],
        [{"key": None, "caption": "증가", "calculated": "rise", "format": "0.0%"}],
    ]
    assert found["cells"]["lines"] == [[3], [4], [14 / 3 - 1]]


def test_errors_of_named_members_point_at_their_place(client: TestClient) -> None:
    body = {"measures": ["lines"], "axes": {"rows": [{"members": ["time.yaer[2024]"]}]}}
    problem = client.post(QUERY, json=body).json()
    assert problem["issues"][0]["place"] == "/axes/rows/0/members/0"
    assert "►time.yaer" in problem["issues"][0]["message"]

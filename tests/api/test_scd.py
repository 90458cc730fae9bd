"""As it is now, as it was then: at every door, and what answers say of it."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.api.serving import assert_error

MOVED = "/api/v1/cubes/moved"
BODY = {"measures": ["lines"], "axes": {"rows": ["client.area"]}}
THEN = {"North": 5, "South": 6, "West": 4, None: 2}
NOW = {"North": 7, "South": 4, "West": 5, None: 1}


def areas(records: list[dict[str, object]]) -> dict[object, object]:
    return {record["client.area"]: record["lines"] for record in records}


def test_by_address_and_by_body(client: TestClient) -> None:
    address = f"{MOVED}/query?rows=client.area&measures=lines"
    for scd, expected in (("then", THEN), ("now", NOW)):
        by_get = client.get(f"{address}&scd={scd}")
        assert areas(by_get.json()) == expected
        by_post = client.post(f"{MOVED}/query?layout=records", json={**BODY, "scd": scd})
        assert areas(by_post.json()["data"] if isinstance(by_post.json(), dict) else by_post.json()) == expected
    assert areas(client.get(address).json()) == NOW


def test_answers_say_how_it_was_read(client: TestClient) -> None:
    answer = client.post(f"{MOVED}/query", json={**BODY, "scd": "then"})
    read = {"client": "then", "addressee": "then", "also": "then"}
    assert answer.json()["meta"]["scd"] == read
    assert answer.headers["x-cube-scd"] == "client=then, addressee=then, also=then"
    cell = client.get(f"{MOVED}/cell?measure=lines&cut=client.area:North&scd=then")
    assert (cell.text, cell.headers["x-cube-scd"]) == ("5", answer.headers["x-cube-scd"])
    members = client.get(f"{MOVED}/members?level=client.area&scd=then&meta=true")
    assert (members.json()["meta"]["scd"], members.json()["meta"]["total_rows"]) == ({"client": "then"}, 5)
    facts = client.get(f"{MOVED}/facts?cut=client.area:North&scd=then&meta=true").json()
    assert (facts["meta"]["scd"], facts["meta"]["total_rows"]) == (read, 5)
    assert "scd" not in client.post("/api/v1/cubes/sales/query", json={"scd": "then"}).json()["meta"]


def test_the_next_page_is_read_alike(client: TestClient) -> None:
    first = client.get(f"{MOVED}/query?rows=client.area&measures=lines&scd=then&limit=2&meta=true").json()
    assert "scd=then" in first["next"]
    assert areas(client.get(first["next"]).json()["data"]) == {"West": 4, None: 2}


def test_explain_says_it(client: TestClient) -> None:
    told = client.get(f"{MOVED}/explain?rows=client.area&scd=then").text
    assert "client as it was then, by time\n" in told
    assert "addressee as it was then, by ship\n" in told
    assert "client as it is now\n" in client.get(f"{MOVED}/explain?rows=client.area").text


def test_the_list_of_fields_says_what_is_meant_by_default(client: TestClient) -> None:
    found = {part["name"]: part["scd"] for part in client.get(MOVED).json()["dimensions"]}
    assert (found["client"], found["time"]) == ("now", None)


def test_another_word_is_refused(client: TestClient) -> None:
    assert_error(client.get(f"{MOVED}/query?scd=before"), 400, "invalid_query")
    assert_error(client.post(f"{MOVED}/query", json={"scd": "before"}), 400, "invalid_request")

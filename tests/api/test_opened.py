"""Opened reports: the same numbers at every format, parameters that are checked, one snapshot for all queries."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from cube_server.query.request import QueryRequest
from loaders.pipeline import load
from tests.api.reading import READERS, same
from tests.api.serving import assert_error, serving
from tests.api.test_reports import REPORT, REPORTS
from tests.toy.star import FOLDER, MODEL, toy_warehouse


@pytest.fixture(scope="module")
def opened(toy_paths: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server of the toy star with a report that has two queries, and one that has every kind of parameter."""
    folder = tmp_path_factory.mktemp("metadata")
    with serving(toy_paths, metadata=SecretStr(f"sqlite:///{folder / 'metadata.sqlite'}")) as client:
        assert client.post(REPORTS, json={**REPORT, "slug": "two"}).status_code == 201
        made = client.post(REPORTS, json=PARAMETERS)
        assert made.status_code == 201, made.text
        assert client.post(REPORTS, json=PIVOT).status_code == 201
        yield client


PARAMETERS: dict[str, Any] = {
    "name": "Parameters",
    "slug": "parameters",
    "queries": {
        "main": {
            "cube": "sales",
            "measures": ["lines"],
            "cut": [
                {"level": "product.department", "members": ["Food", {"parameter": "departments"}]},
                {"level": "time.quarter", "ranges": [{"from": {"parameter": "first"}, "to": {"parameter": "last"}}]},
                {"level": "product.product", "members": [{"parameter": "left_out"}], "exclude": True},
            ],
        }
    },
    "parameters": {
        "departments": {"level": "product.department", "many": True, "default": "Home,Food"},
        "first": {"level": "time.quarter"},
        "last": {"level": "time.quarter", "default": "2024/Q4"},
        "left_out": {"type": "int", "default": 5},
    },
}
PIVOT = {
    "name": "Pivot",
    "layout": "pivot",
    "queries": {
        "main": {
            "cube": "sales",
            "measures": ["lines"],
            "axes": {"rows": ["product.department"], "columns": ["time.year"]},
            "limit": 1,
        }
    },
}

BY_DEPARTMENT = """
    select department, odd, sum(amount)::double, count(*) from sales where year = {year} group by all
    order by odd, department
"""


@pytest.mark.parametrize("year", [2023, 2024])
def test_the_numbers_are_those_of_the_facts(opened: TestClient, oracle: duckdb.DuckDBPyConnection, year: int) -> None:
    answer = opened.get(f"/r/two.json?year={year}").json()
    rows = [row for row in answer["queries"]["departments"]["data"] if row["product.depth"] == 1]
    found = [(row["product.department"], row["product.unknown"], row["amount"], row["lines"]) for row in rows]
    known = [row for row in found if not row[1]]
    wanted = oracle.execute(BY_DEPARTMENT.format(year=year)).fetchall()
    assert known == [row for row in wanted if not row[1]]
    ((visits,),) = oracle.execute("select count(*) from visits").fetchall()
    assert answer["queries"]["visits"]["data"] == [{"visits": visits}]


def test_the_default_is_what_an_address_without_the_parameter_means(opened: TestClient) -> None:
    bare, given, other = (
        opened.get(f"/r/two.csv?query=departments{rest}") for rest in ("", "&year=2024", "&year=2023")
    )
    assert bare.content == given.content != other.content


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_every_format_has_the_same_numbers(opened: TestClient, suffix: str) -> None:
    rows = opened.get("/r/two.json?query=departments").json()
    response = opened.get(f"/r/two.{suffix}?query=departments")
    assert response.headers["content-disposition"] == f'inline; filename="two.{suffix}"'
    assert response.headers["x-cube-snapshot"] == "000001"
    names, found = READERS[suffix](response.content)
    assert names == list(rows[0])
    assert len(found) == len(rows)
    for line, row in zip(found, rows, strict=True):
        assert all(same(value, wanted) for value, wanted in zip(line, row.values(), strict=True))


def test_a_query_of_a_report_is_answered_as_it_is_by_itself(opened: TestClient) -> None:
    body = {**REPORT["queries"]["departments"], "cut": [{"level": "time.year", "members": [2023]}]}
    body.pop("cube")
    for suffix in ("csv", "tsv", "xml", "html"):
        alone = opened.post(f"/api/v1/cubes/sales/query.{suffix}", json=body)
        assert opened.get(f"/r/two.{suffix}?query=departments&year=2023").content == alone.content


def test_json_is_an_object_by_name(opened: TestClient) -> None:
    response = opened.get("/r/two.json")
    answer = response.json()
    assert answer["report"] == {"slug": "two", "name": REPORT["name"], "version": 1}
    assert list(answer["queries"]) == ["departments", "visits"]
    assert set(answer["queries"]["visits"]) == {"data", "meta", "next"}
    total = sum(part["meta"]["total_rows"] for part in answer["queries"].values())
    assert answer["meta"]["total_rows"] == total == int(response.headers["x-total-rows"])
    cells = opened.get("/r/two.json?layout=cellset").json()["queries"]["departments"]
    assert set(cells) == {"cube", "measures", "axes", "cells", "meta", "next"}


def test_a_workbook_has_a_sheet_for_each(opened: TestClient) -> None:
    book = openpyxl.load_workbook(io.BytesIO(opened.get("/r/two.xlsx").content))
    assert book.sheetnames == ["departments", "visits", "About"]
    rows = opened.get("/r/two.json?query=departments").json()
    header, *lines = book["departments"].iter_rows(values_only=True)
    assert list(header) == list(rows[0])
    assert [line[-2:] for line in lines] == [(row["amount"], row["lines"]) for row in rows]
    about = [(name, value) for name, value in book["About"].iter_rows(values_only=True)]
    assert [value for name, value in about if name == "Sheet"] == ["departments", "visits"]
    assert [value for name, value in about if name == "Query"] == ["/r/two.xlsx", "/r/two.xlsx"]
    assert openpyxl.load_workbook(io.BytesIO(opened.get("/r/two.xlsx?query=visits").content)).sheetnames[0] == "Data"


@pytest.mark.parametrize("suffix", ["csv", "tsv", "html", "xml", "arrow", "parquet"])
def test_a_format_with_room_for_one_wants_its_name(opened: TestClient, suffix: str) -> None:
    body = assert_error(opened.get(f"/r/two.{suffix}"), 400, "invalid_query")
    assert "departments, visits" in body["issues"][0]["hint"]  # type: ignore[index]
    missing = assert_error(opened.get(f"/r/two.{suffix}?query=department"), 404, "not_found")
    assert missing["hint"] == "Did you mean 'departments'?"


LINES = """
    select count(*) from sales where department in ({departments})
    and year || '/' || quarter between '{first}' and '{last}' and product_id is distinct from {left_out}
"""


@pytest.mark.parametrize(
    ("query", "departments", "first", "last", "left_out"),
    [
        ("first=2023/Q4", "'Food', 'Home'", "2023/Q4", "2024/Q4", 5),
        ("first=2024/Q1&last=2024/Q2", "'Food', 'Home'", "2024/Q1", "2024/Q2", 5),
        ("first=2023/Q4&departments=Food", "'Food'", "2023/Q4", "2024/Q4", 5),
        ("first=2023/Q4&departments=Food&departments=Home&left_out=1", "'Food', 'Home'", "2023/Q4", "2024/Q4", 1),
        ('first="2023"/"Q4"&departments="Home"|Food&left_out=7', "'Food', 'Home'", "2023/Q4", "2024/Q4", 7),
    ],
)
def test_parameters_fill_cuts(
    opened: TestClient,
    oracle: duckdb.DuckDBPyConnection,
    query: str,
    departments: str,
    first: str,
    last: str,
    left_out: int,
) -> None:
    sql = LINES.format(departments=departments, first=first, last=last, left_out=left_out)
    ((wanted,),) = oracle.execute(sql).fetchall()
    assert opened.get(f"/r/parameters.csv?{query}").text.split() == ["lines", str(wanted)]


@pytest.mark.parametrize(
    ("query", "place", "message"),
    [
        ("", "first", "has no value"),
        ("first=", "first", "has no value"),
        ("first=2024", "first", "named by 2 keys, not 1"),
        ("first=soon/Q1", "first", "'soon' is not of type int"),
        ("first=2023/Q4,2023/Q2", "first", "takes one value, not 2"),
        ("first=2023/Q4&last=2024", "last", "named by 2 keys"),
        ("first=2023/Q4&left_out=x", "left_out", "'x' is not of type int"),
        ("first=2023/Q4&left_out=1/2", "left_out", "is one key, not a path of 2"),
        ("first=2023/Q4&lst=2024/Q1", "lst", "no parameter 'lst'"),
        ('first="2023', "first, character 1", "quote is not closed"),
        ("first=2023/Q4&departments=a:b%22", "departments, character 4", "Expected"),
    ],
)
def test_wrong_parameters_are_named(opened: TestClient, query: str, place: str, message: str) -> None:
    body = assert_error(opened.get(f"/r/parameters.csv?{query}"), 400, "invalid_query")
    ((found, told),) = ((issue["place"], issue["message"]) for issue in body["issues"])  # type: ignore[attr-defined]
    assert found == place
    assert message in told


def test_all_wrong_parameters_are_named_at_once(opened: TestClient) -> None:
    body = assert_error(opened.get("/r/parameters.csv?first=2024&last=2023"), 400, "invalid_query")
    assert [issue["place"] for issue in body["issues"]] == ["first", "last"]  # type: ignore[attr-defined]


def test_the_layout_is_the_reports_where_the_format_has_it(opened: TestClient) -> None:
    pivot = opened.get("/r/pivot.csv").text.splitlines()[0]
    assert "2023 | lines" in pivot
    assert "2023 | lines" not in opened.get("/r/pivot.csv?layout=records").text
    assert opened.get("/r/pivot.parquet").status_code == 200
    assert opened.get("/r/pivot.json").json()["queries"]["main"]["meta"]["truncated"] is True
    response = opened.get("/r/pivot.csv")
    assert response.headers["x-truncated"] == "true"
    assert "link" not in response.headers


def test_an_answer_that_is_known_is_not_sent_again(opened: TestClient) -> None:
    address = "/r/two.csv?query=departments&year=2023"
    first = opened.get(address)
    again = opened.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for other in (f"{address}4", "/r/two.csv?query=visits", f"{address}&bom=true"):
        assert opened.get(other, headers={"if-none-match": first.headers["etag"]}).status_code != 304


def test_browsers_go_on_to_the_page_and_programs_do_not(opened: TestClient) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    page = Path(__file__).parents[2] / "api" / "static" / "index.html"
    if page.is_file():
        sent = opened.get("/r/two?year=2023", headers=browser, follow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (303, "../#report=two&year=2023")
    assert opened.get("/r/two", headers={"accept": "*/*"}).json()["report"]["slug"] == "two"
    assert opened.get("/r/two?query=visits", headers={"accept": "text/csv"}).text.split()[0] == "visits"
    assert opened.get("/r/two.html?query=visits", headers=browser).text.startswith("<!DOCTYPE html>")
    assert opened.get("/r/two?format=html&query=visits", headers=browser).text.startswith("<!DOCTYPE html>")


def smaller_source(tmp_path: Path) -> Path:
    """Copy the toy's files without the last sales line and the last visit."""
    source = tmp_path / "source"
    shutil.copytree(FOLDER, source)
    for name in ("fact_sales.csv", "fact_visit.csv"):
        facts = (source / name).read_text(encoding="utf-8").splitlines()
        (source / name).write_text("\n".join(facts[:-1]) + "\n", encoding="utf-8")
    return source


def test_what_is_pinned_stays_though_a_load_comes_in_the_middle(tmp_path: Path) -> None:
    model, warehouse = toy_warehouse(tmp_path)
    engine = Engine.open(model, warehouse)
    lines = QueryRequest(cube="sales", measures=["lines"])
    visits = QueryRequest(cube="visits", measures=["visits"])
    with engine.pinned() as pinned:
        assert pinned.query(lines).matrix("lines") == [[17]]
        load(read_model(MODEL), str(smaller_source(tmp_path)), warehouse, progress=SILENT)
        assert engine.refresh()
        assert engine.query(visits).matrix("visits") == [[4]]
        found = pinned.query(visits)
    assert (found.matrix("visits"), found.snapshot, pinned.snapshot.id) == ([[5]], "000001", "000001")


def test_a_report_is_of_one_snapshot_while_loads_go_on(tmp_path: Path) -> None:
    model, warehouse = toy_warehouse(tmp_path)
    smaller = smaller_source(tmp_path)
    queries = {
        f"query{number}": {"cube": cube, "measures": [measure]}
        for number, (cube, measure) in enumerate([("sales", "lines"), ("visits", "visits")] * 10)
    }
    done = threading.Event()

    def load_again_and_again() -> None:
        for source in [smaller, FOLDER] * 4:
            load(read_model(MODEL), str(source), warehouse, progress=SILENT)
        done.set()

    seen = set()
    with serving((model, warehouse), refresh_seconds=0.01) as client:
        client.post(REPORTS, json={"name": "Both", "queries": queries})
        loading = threading.Thread(target=load_again_and_again)
        loading.start()
        while not done.is_set():
            answer = client.get("/r/both.json").json()
            found = {next(iter(part["data"][0].values())) for part in answer["queries"].values()}
            snapshots = {part["meta"]["snapshot"] for part in answer["queries"].values()}
            assert found in ({17, 5}, {16, 4})
            assert snapshots == {answer["meta"]["snapshot"]}
            seen |= snapshots
        loading.join()
        answer = client.get("/r/both.json?as_of=000002").json()
        assert [part["data"] for part in answer["queries"].values()][:2] == [[{"lines": 16}], [{"visits": 4}]]
    assert len(seen) > 1

"""Law: whatever is asked, every door gives the same keys, numbers, nulls and totals.

Fifty random questions go through every door. What native JSON says is held against each of them exactly: a float is the
same float, text reads back as it. That native JSON is right is what the tests against DuckDB prove.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from cube_server.cli import program
from cube_server.query.request import QueryRequest
from cube_server.query.text import format_query
from cube_server_client import Cube
from tests.agreement.cell_sets import Record, assert_records_are_the_cells
from tests.agreement.conftest import CUBE, Cells, Told
from tests.agreement.questions import QUESTIONS, Question
from tests.api.reading import READERS, Grid, read_csv, same
from tests.cli.serving import Server

MACHINE = {"guard": "off"}
PIVOTED = ("csv", "tsv", "html", "xml", "xlsx")

by_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)


def address(question: Question) -> dict[str, str]:
    """Write a question as the parameters of a GET: in the short form where it has one."""
    return format_query(QueryRequest.model_validate({"cube": "sales", **question.body}))


def one_of(formats: Sequence[str], question: Question) -> str:
    """Choose a format for a question: one after the other."""
    return formats[QUESTIONS.index(question) % len(formats)]


def assert_same(found: Grid, records: list[Record], door: str) -> None:
    """Assert that what a door gave are the records."""
    names, rows = found
    assert names == list(records[0] if records else names), door
    assert len(rows) == len(records), door
    for row, record in zip(rows, records, strict=True):
        wrong = [name for name, value in zip(names, row, strict=True) if not same(value, record[name])]
        assert wrong == [], (door, row, record)


def test_questions_are_of_every_kind() -> None:
    bodies = [json.dumps(question.body) for question in QUESTIONS]
    kinds = (
        '"ranges"',
        '"exclude": true',
        '"unknown"',
        "null",
        '"except"',
        '"having"',
        '"top"',
        '"others": true',
        '"order"',
        '"limit"',
        '"subtotals": true',
        '"shown"',
        '"with"',
        '"nonempty": false',
    )
    assert [kind for kind in kinds if sum(kind in body for body in bodies) < 3] == []
    assert 10 <= sum("q" in address(question) for question in QUESTIONS) <= 40


@by_question
def test_cell_sets(told: Told, cells: Cells, question: Question) -> None:
    assert_records_are_the_cells(told(question), cells(question))


@by_question
def test_addresses(client: TestClient, told: Told, question: Question) -> None:
    response = client.get(f"{CUBE}/query.json", params=address(question))
    assert response.status_code == 200, response.text
    assert response.json() == told(question)


@by_question
def test_files(client: TestClient, told: Told, question: Question) -> None:
    for format, read in READERS.items():
        response = client.get(f"{CUBE}/query.{format}", params=address(question) | MACHINE)
        assert response.status_code == 200, response.text
        assert_same(read(response.content), told(question), format)


@by_question
def test_pivots(client: TestClient, cells: Cells, question: Question) -> None:
    document = cells(question)
    expected = list(_pivoted(document["cells"]))
    format = one_of(PIVOTED, question)
    response = client.get(f"{CUBE}/query.{format}", params=address(question) | MACHINE | {"layout": "pivot"})
    assert response.status_code == 200, response.text
    _, rows = READERS[format](response.content)
    assert len(rows) == len(expected), format
    for row, values in zip(rows, expected, strict=True):
        assert all(map(same, row[len(row) - len(values) :], values)), (format, row, values)


def _pivoted(cells: dict[str, list[list[Any]]]) -> Iterator[list[Any]]:
    """Give for each row tuple every measure of each column tuple."""
    for rows in zip(*cells.values(), strict=True):
        yield [value for of_column in zip(*rows, strict=True) for value in of_column]


@by_question
def test_the_client(sales: Cube, told: Told, cells: Cells, question: Question) -> None:
    asked = sales.from_json(question.body)
    answer, document = asked.run(), cells(question)
    assert answer.cells == document["cells"]
    for axis, tuples in (("rows", answer.rows), ("columns", answer.columns)):
        found = [[member and (list(member.key), member.is_unknown, member.is_others) for member in of] for of in tuples]
        assert found == [[member and _member(member) for member in of] for of in document["axes"][axis]["tuples"]]
    frame = asked.polars()
    assert_same((frame.columns, [list(row) for row in frame.iter_rows()]), told(question), "polars()")
    assert_same(read_csv(asked.file("csv", guard="off")), told(question), "file()")


def _member(document: dict[str, Any]) -> tuple[list[Any], bool, bool]:
    return document["key"] or [], "unknown" in document, "others" in document


@by_question
def test_the_command_line(toy_paths: tuple[Path, Path], told: Told, question: Question) -> None:
    model, warehouse = map(str, toy_paths)
    assert_same(_by_program(question, "--model", model, "--warehouse", warehouse), told(question), "query")


@by_question
def test_the_command_line_to_a_server(server: Server, told: Told, question: Question) -> None:
    assert_same(_by_program(question, "--server", server.url), told(question), "query --server")


def _by_program(question: Question, *where: str) -> Grid:
    options = [part for name, text in address(question).items() for part in _option(name, text)]
    result = CliRunner().invoke(program, ["query", "sales", *options, "--format", "csv", *where])
    assert result.exit_code == 0, result.output
    return read_csv(result.stdout_bytes)


def _option(name: str, text: str) -> Sequence[str]:
    return ["--all-members"] if name == "nonempty" else [f"--{name.replace('_', '-')}={text}"]


@by_question
def test_saved_reports(client: TestClient, told: Told, question: Question) -> None:
    format = one_of(list(READERS), question)
    response = client.get(f"/r/agreement.{format}", params={"query": question.name, **MACHINE})
    assert response.status_code == 200, response.text
    assert_same(READERS[format](response.content), told(question), format)
    document = client.get("/r/agreement.json", params={"query": question.name, "layout": "cellset"}).json()
    assert_records_are_the_cells(told(question), document)


def test_saved_reports_with_every_question_at_once(client: TestClient, told: Told) -> None:
    found = client.get("/r/agreement.json").json()["queries"]
    assert {name: part["data"] for name, part in found.items()} == {q.name: told(q) for q in QUESTIONS}
    book = openpyxl.load_workbook(io.BytesIO(client.get("/r/agreement.xlsx", params=MACHINE).content))
    for question in QUESTIONS:
        header, *rows = book[question.name].iter_rows(values_only=True)
        assert_same(([str(name) for name in header], [list(row) for row in rows]), told(question), "sheet")

"""Law: a cell of a table, asked alone by the address of one number, is the same number."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from starlette.testclient import TestClient

from cube_server.query.request import CutRequest, KeyDoc, UnknownKey
from cube_server.query.text import format_cut, format_member
from tests.agreement.cell_sets import Record
from tests.agreement.conftest import CUBE, Told
from tests.agreement.questions import HIERARCHIES, MEASURES, QUESTIONS, UNKNOWN, Question

CELLS_OF_A_QUESTION = 4


def test_single_cells(client: TestClient, told: Told) -> None:
    asked = 0
    for question in QUESTIONS:
        for record, measure in sample(question, told(question)):
            cut = ";".join([*cuts(question), *members(record)])
            response = client.get(f"{CUBE}/cell", params={"measure": measure, **({"cut": cut} if cut else {})})
            assert response.status_code == 200, (question.name, response.text)
            found = float(response.text) if response.text else None
            assert found == record[measure], (question.name, record, measure)
            asked += 1
    assert asked > 100


def sample(question: Question, records: list[Record]) -> Iterator[tuple[Record, str]]:
    """Draw cells that a cut can name: not others, not of the shown; and a measure of the model for each."""
    chance = Random(question.name)
    marks = [name for record in records[:1] for name in record if name.endswith((".others", ".shown"))]
    plain = [record for record in records if not any(record[mark] for mark in marks)]
    measures = [name for name in question.body["measures"] if name in MEASURES]
    # What `except` leaves out has no short form.
    drawn = [] if "except" in question.body else chance.sample(plain, min(CELLS_OF_A_QUESTION, len(plain)))
    for record in drawn:
        yield record, chance.choice(measures)


def cuts(question: Question) -> Iterator[str]:
    """Write the question's own cuts."""
    for cut in question.body["cut"]:
        yield format_cut(CutRequest.model_validate(cut))


def members(record: Record) -> Iterator[str]:
    """Write the members that a record stands at as cuts; a level that is rolled up needs none."""
    for hierarchy, levels in HIERARCHIES.items():
        depth = record.get(f"{hierarchy}.depth", 0)
        if depth:
            yield format_member(levels[depth - 1], [key(record[level]) for level in levels[:depth]])


def key(value: KeyDoc | dict[str, bool]) -> KeyDoc:
    """Give a key as requests have it."""
    return UnknownKey(unknown=True) if isinstance(value, dict) and value == UNKNOWN else value  # type: ignore[return-value]

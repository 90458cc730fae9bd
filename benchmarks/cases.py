"""The retail panel's business cases: each asked of a running server over HTTP, and of DuckDB as SQL, in one run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from duckdb import DuckDBPyConnection

from benchmarks.agreement import DisagreementError
from benchmarks.reference import open_reference
from benchmarks.results import Answer
from benchmarks.sample import ROOT, Sample
from benchmarks.serving import Server, running
from benchmarks.timing import median_milliseconds
from tests.comparison import Row, assert_same_rows

_FILES = ("cases.yaml", "analysis_cases.yaml", "bridge_cases.yaml")
_PROMISED = 1000.0
"""The most milliseconds that a case may take which promises nothing else by `promised`."""
ANEW = {"CUBE_ANSWER_CACHE": "0", "CUBE_RESULT_CACHE": "0", "CUBE_ROLLUPS": "off"}
"""The settings of a server that computes every answer anew, from the facts."""

_UNKNOWN = "(unknown)"
"""What the cases' SQL calls the member unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A business question, as the tests have it.

    Attributes:
        name: Its id and the question, for people.
        path: The address that takes it by POST.
        body: The body.
        columns: The columns of the records that the SQL gives, in its order.
        sql: The question for DuckDB.
        promised: The most milliseconds that it may take.
    """

    name: str
    path: str
    body: bytes
    columns: tuple[str, ...]
    sql: str
    promised: float


def read_cases() -> tuple[Case, ...]:
    """Read the cases of tests/panel, in the order of their ids."""
    documents = (yaml.safe_load((ROOT / "tests" / "panel" / file).read_text(encoding="utf-8")) for file in _FILES)
    found = {case["id"]: case for document in documents for case in document["cases"]}
    return tuple(_case(found[name]) for name in sorted(found))


def time_cases(sample: Sample, rounds: int) -> tuple[Answer, ...]:
    """Time every case, after the answers of both sides were compared.

    Args:
        sample: The panel.
        rounds: How often each is asked.

    Raises:
        DisagreementError: The server and DuckDB do not give the same answer.
    """
    cases = read_cases()
    arguments = ("serve", "--model", sample.model, "--warehouse", sample.warehouse, "--port", 0)
    with running(*arguments, settings=ANEW) as server, open_reference(sample.star) as reference:
        for case in cases:
            _compare(case, server, reference)
        return tuple(_time(case, server, reference, rounds) for case in cases)


def _case(document: dict[str, Any]) -> Case:
    path = document.get("path") or document["address"].partition("?")[0]
    return Case(
        name=f"{document['id']}: {document['question']}",
        path=f"/api/v1/cubes/{path}?layout=records",
        body=json.dumps(document["body"]).encode(),
        columns=tuple(document["columns"]),
        sql=document["sql"],
        promised=document.get("promised", _PROMISED),
    )


def _compare(case: Case, server: Server, reference: DuckDBPyConnection) -> None:
    ours = list(_rows(case, json.loads(server.post(case.path, case.body))))
    try:
        assert_same_rows(ours, reference.sql(case.sql).fetchall())
    except AssertionError as error:
        raise DisagreementError(f"{case.name}: the server and DuckDB disagree.\n{error}") from error


def _rows(case: Case, answer: Any) -> Iterator[Row]:  # noqa: ANN401 - JSON
    for record in answer["data"] if isinstance(answer, dict) else answer:
        yield tuple(_UNKNOWN if isinstance(record[name], dict) else record[name] for name in case.columns)


def _time(case: Case, server: Server, reference: DuckDBPyConnection, rounds: int) -> Answer:
    ours, duckdb = median_milliseconds(
        lambda: server.post(case.path, case.body),
        lambda: reference.sql(case.sql).to_arrow_table(),
        rounds=rounds,
    )
    return Answer(question=case.name, ours=ours, duckdb=duckdb, target=case.promised)

"""Runs every case of `cases/*.yaml` on the toy star."""

from __future__ import annotations

import duckdb
import pytest

from cube_server import errors
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.query.request import FactsRequest, MembersRequest, QueryRequest
from cube_server.result.flat import flatten
from tests.comparison import assert_same_rows
from tests.spec.case_files import Case, read_cases

CASES = dict(read_cases())


def of_kind(kind: str) -> pytest.MarkDecorator:
    """Parametrize with the cases that ask this and expect an answer."""
    chosen = {
        name: case
        for name, case in CASES.items()
        if (kind == "error") == bool(case.error) and (kind == "error" or getattr(case, kind) is not None)
    }
    return pytest.mark.parametrize("case", chosen.values(), ids=chosen)


@of_kind("request")
def test_query(toy: Engine, oracle: duckdb.DuckDBPyConnection, case: Case) -> None:
    request = QueryRequest.model_validate(case.asked())
    cells = toy.query(request)
    flat = flatten(cells, Budget(Limits()))
    assert flat.columns == [*case.columns, *request.measures]
    assert_same_rows(flat.rows(), oracle.sql(case.sql).fetchall())
    assert case.total in (None, cells.rows.total)


@of_kind("members")
def test_members(toy: Engine, oracle: duckdb.DuckDBPyConnection, case: Case) -> None:
    request = MembersRequest.model_validate(case.asked())
    page = toy.members(request)
    keys = [f"key_{depth}" for depth in range(len(page.ref.levels))]
    assert page.frame.columns == [*keys, "caption", "unknown", "children"]
    assert_same_rows(page.frame.rows(), oracle.sql(case.sql).fetchall())
    assert (page.total, page.offset) == (case.total, request.offset)


@of_kind("facts")
def test_facts(toy: Engine, oracle: duckdb.DuckDBPyConnection, case: Case) -> None:
    request = FactsRequest.model_validate(case.asked())
    page = toy.facts(request)
    assert page.frame.columns == list(case.columns)
    assert_same_rows(page.frame.rows(), oracle.sql(case.sql).fetchall())
    assert (page.total, page.offset) == (case.total, request.offset)


@of_kind("error")
def test_error(toy: Engine, case: Case) -> None:
    with pytest.raises(getattr(errors, case.error)) as caught:
        ask(toy, case)
    error = caught.value
    if case.issues:
        assert sorted(issue.place for issue in error.issues) == sorted(place for place, _, _ in case.issues)
    shown = {issue.place: str(issue) for issue in error.issues}
    for place, message, hint in case.issues:
        assert message in shown[place]
        assert hint in shown[place]
    for mention in case.mentions:
        assert mention in str(error)


def ask(toy: Engine, case: Case) -> object:
    """Ask what the case asks."""
    if case.members is not None:
        return toy.members(MembersRequest.model_validate(case.asked()))
    if case.facts is not None:
        return toy.facts(FactsRequest.model_validate(case.asked()))
    return toy.query(QueryRequest.model_validate(case.asked()))


def test_every_case_is_asked_once() -> None:
    asked = [sum(part is not None for part in (case.request, case.members, case.facts)) for case in CASES.values()]
    assert set(asked) == {1}
    assert all(bool(case.sql) != bool(case.error) for case in CASES.values())

"""The cases of `tests/spec`, asked of databases: the same questions, the same hand-written SQL, the same answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.query.request import FactsRequest, MembersRequest, QueryRequest
from cube_server.result.flat import flatten
from tests.comparison import Row, assert_same_rows
from tests.spec.case_files import Case, read_cases

CASES = {name: case for name, case in read_cases() if not case.error}


@pytest.mark.parametrize("file", sorted({name.partition(":")[0] for name in CASES}))
def test_a_database_answers_as_the_case_says(live: Engine, expected: Callable[[str], list[Row]], file: str) -> None:
    """A file of cases at a time: there are hundreds, and each takes a few milliseconds a database."""
    for name, case in CASES.items():
        if name.partition(":")[0] == file:
            total, rows = _asked(live, case)
            try:
                assert_same_rows(rows, expected(case.sql))
                assert case.total in (None, total)
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from error


def _asked(live: Engine, case: Case) -> tuple[int, Sequence[Row]]:
    """Ask what a case asks: give how many rows there are in all, and those of the answer."""
    if case.members is not None:
        members = live.members(MembersRequest.model_validate(case.asked()))
        return members.total, members.frame.rows()
    if case.facts is not None:
        facts = live.facts(FactsRequest.model_validate(case.asked()))
        return facts.total, facts.frame.rows()
    cells = live.query(QueryRequest.model_validate(case.asked()))
    return cells.rows.total, flatten(cells, Budget(Limits())).rows()

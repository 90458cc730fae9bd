"""Questions that are arranged the short way have the same answer the long way, whole and in pages."""

from __future__ import annotations

import pytest

from cube_server.budget import Budget, Limits
from cube_server.calculations.plain import is_plain
from cube_server.engine import Engine
from cube_server.execution import Execution, arranged
from cube_server.plan.build import plan_query
from cube_server.query.request import QueryRequest
from cube_server.query.resolve import resolve_query
from cube_server.result.cellset import AxisTuples
from cube_server.result.flat import flatten
from tests.spec.case_files import Case, read_cases

CASES = {name: case for name, case in read_cases() if case.request is not None and not case.error}


@pytest.mark.parametrize("page", [{}, {"limit": 2, "offset": 1}], ids=["whole", "page"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_both_ways_are_one(toy: Engine, case: Case, page: dict[str, int]) -> None:
    request = QueryRequest.model_validate({**case.asked(), **page})
    plan = plan_query(resolve_query(toy.model, request))
    execution: Execution = toy._state.executions[toy.snapshot.id]
    if not is_plain(plan, execution._backend):
        return
    short = execution.query(plan, Budget(Limits()))
    long = arranged(plan, execution._backend, {}, Budget(Limits())).cell_set(toy.snapshot.id)
    assert flatten(short, Budget(Limits())).equals(flatten(long, Budget(Limits())))
    assert short.cells.equals(long.cells)
    assert short.cells.schema == long.cells.schema
    for one, other in ((short.rows, long.rows), (short.columns, long.columns)):
        assert_same_axis(one, other)
    assert (short.notes, short.source, short.nonempty) == (long.notes, long.source, long.nonempty)


def assert_same_axis(one: AxisTuples, other: AxisTuples) -> None:
    assert one.tuples.equals(other.tuples)
    assert one.tuples.schema == other.tuples.schema
    assert (one.refs, one.total, len(one)) == (other.refs, other.total, len(other))
    assert one.over.to_list() == other.over.to_list()
    assert [part and part.last_day for part in one.coverage] == [part and part.last_day for part in other.coverage]
    assert (one.with_others, one.with_shown) == (other.with_others, other.with_shown)


def test_many_are_arranged_the_short_way(toy: Engine) -> None:
    plans = (plan_query(resolve_query(toy.model, QueryRequest.model_validate(case.asked()))) for case in CASES.values())
    backend = toy._state.executions[toy.snapshot.id]._backend
    assert sum(is_plain(plan, backend) for plan in plans) > 40

"""What is asked a second time comes back another way (few rows as Python's values), and is the same to the type."""

from __future__ import annotations

from pathlib import Path

from polars.testing import assert_frame_equal

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from tests.spec.case_files import read_cases
from tests.sql.sources import fill
from tests.toy.star import FOLDER, MODEL


def test_a_question_asked_again_has_the_same_answer(tmp_path: Path) -> None:
    every = [(name, case) for name, case in read_cases() if case.request is not None and not case.error]
    # They take few ways, and each takes its time.
    cases = dict(every[::3])
    engine = Engine.open(MODEL, fill("duckdb", read_model(MODEL), FOLDER, tmp_path))
    for name, case in cases.items():
        request = QueryRequest.model_validate(case.asked())
        first, second = (flatten(engine.query(request), Budget(Limits())) for _ in range(2))
        try:
            assert_frame_equal(first, second, check_exact=True)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
    engine.close()
    assert len(cases) > 50

"""Every question that a database is asked can be explained, whatever travels with its statements."""

from __future__ import annotations

from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from tests.spec.case_files import read_cases


def test_every_question_of_the_specification_is_explained(live: Engine) -> None:
    asked = [case.asked() for _, case in read_cases() if case.request is not None and not case.error]
    for question in asked:
        told = live.explain(QueryRequest.model_validate(question))
        assert "SELECT" in told, question

"""Every question that a database is asked can be explained, whatever travels with its statements."""

from __future__ import annotations

import pytest

from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from tests.spec.case_files import read_cases


# Where tables travel beside the statement nothing of them is written out, and each question takes ten times as long.
@pytest.mark.parametrize("address", ["duckdb", "postgresql", "sqlite"], indirect=True)
def test_every_question_of_the_specification_is_explained(live: Engine) -> None:
    asked = [case.asked() for _, case in read_cases() if case.request is not None and not case.error]
    for question in asked:
        told = live.explain(QueryRequest.model_validate(question))
        assert "SELECT" in told, question

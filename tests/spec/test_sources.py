"""What relations are of: a backend that groups facts where they live never has to group a relation of its own again."""

from __future__ import annotations

from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from tests.spec.case_files import read_cases


def test_no_plan_has_a_relation_over_a_relation(toy: Engine) -> None:
    """Relations are of facts, of members, of an attribute's values or of what is shown; explain writes others in ()."""
    asked = [case.asked() for _, case in read_cases() if case.request is not None and not case.error]
    plans = [toy.explain(QueryRequest.model_validate(question)) for question in asked]
    assert any("cuboid of facts" in plan for plan in plans)
    assert not [plan for plan in plans if "cuboid of (" in plan]

"""The questions of the specification, as they are and crossed: the cuts of one over the axes of another, and so on."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from cube_server.query.request import FactsRequest, MembersRequest, QueryRequest
from tests.laws.databases import Request
from tests.spec.case_files import Case, read_cases

Body = dict[str, Any]
_NOT_ASKED = frozenset({"moved"})
"""Cubes whose dimensions have history: what it is like in files is tests/laws/histories.py's."""


@st.composite
def specified(draw: st.DrawFn) -> Request:
    """Draw a question of the specification, or several that are put together."""
    case = draw(st.sampled_from(_cases()))
    body = case.asked()
    if case.members is not None:
        return MembersRequest.model_validate(body)
    if case.facts is not None:
        return FactsRequest.model_validate(body)
    others = [other for other in _queries() if other["cube"] == body["cube"]]
    crossed = _crossed(body, draw(st.sampled_from(others)), draw(st.sampled_from(_CROSSINGS)))
    try:
        return QueryRequest.model_validate(crossed)
    except ValidationError:
        return QueryRequest.model_validate(body)


_CROSSINGS: tuple[tuple[str, ...], ...] = (
    (),
    ("cut",),
    ("axes",),
    ("measures",),
    ("cut", "axes"),
    ("totals", "nonempty"),
)
"""What is taken from the other."""


def _crossed(body: Body, other: Body, taken: tuple[str, ...]) -> Body:
    """Take parts of another question, and all that either defines."""
    parts: Body = {part: other[part] for part in taken if part in other}
    if "cut" in parts:
        parts["cut"] = [*body.get("cut", []), *other["cut"]]
    own, others = body.get("with", {}), other.get("with", {})
    defined = {part: {**others.get(part, {}), **own.get(part, {})} for part in {**own, **others}}
    return {**body, **parts, "with": defined} if taken else body


@cache
def _cases() -> tuple[Case, ...]:
    return tuple(case for _, case in read_cases() if not case.error and case.asked()["cube"] not in _NOT_ASKED)


@cache
def _queries() -> tuple[Body, ...]:
    return tuple(case.asked() for case in _cases() if case.request is not None)

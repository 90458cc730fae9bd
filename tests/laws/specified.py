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
    """Draw a question of the specification, or several that are put together, or the facts or members behind them."""
    case = draw(st.sampled_from(_cases()))
    body = case.asked()
    if case.members is not None:
        return MembersRequest.model_validate(body)
    if case.facts is not None:
        return FactsRequest.model_validate(body)
    # One of six each.
    instead = draw(st.sampled_from((None, None, None, None, FactsRequest, MembersRequest)))
    if instead is not None:
        return instead.model_validate(_behind(body, instead, draw(st.booleans())))
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


def _behind(body: Body, instead: type[Request], shows_levels: bool) -> Body:
    """Ask for the facts within a question's cuts, or for the members of its first level."""
    defined = {part: named for part, named in body.get("with", {}).items() if part in ("attributes", "sets")}
    asked = {"cube": body["cube"], "cut": body.get("cut", []), "with": defined}
    items = [item for axis in body.get("axes", {}).values() for item in axis]
    levels = [item if isinstance(item, str) else item.get("level", "") for item in items]
    if instead is MembersRequest:
        return {**asked, "level": levels[0] if levels and shows_levels else "product.product"}
    return {**asked, "columns": list(dict.fromkeys(filter(None, levels))) if shows_levels else []}


@cache
def _cases() -> tuple[Case, ...]:
    return tuple(case for _, case in read_cases() if not case.error and case.asked()["cube"] not in _NOT_ASKED)


@cache
def _queries() -> tuple[Body, ...]:
    return tuple(case.asked() for case in _cases() if case.request is not None)

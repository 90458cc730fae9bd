"""Requests as JSON: the bodies of POST and the parameter `q` of GET."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from cube_server.errors import Issue, QueryError, nearest
from cube_server.query.request import (
    AxesRequest,
    AxisItemRequest,
    CutRequest,
    OrderRequest,
    Part,
    RangeRequest,
    TopRequest,
    TotalsRequest,
)

R = TypeVar("R", bound=Part)
Spot = tuple[str | int, ...]

_PARTS: dict[str, type[BaseModel]] = {
    "axes": AxesRequest,
    "rows": AxisItemRequest,
    "columns": AxisItemRequest,
    "cut": CutRequest,
    "ranges": RangeRequest,
    "order": OrderRequest,
    "top": TopRequest,
    "totals": TotalsRequest,
}
"""The shape of what stands under each field."""

_MEMBER = 'A member is a JSON scalar, null, {"unknown": true}, or a list of these from the top of the hierarchy.'
_MEMBER_FIELDS = frozenset({"members", "from", "to", "parent"})


class InvalidRequestError(QueryError):
    """The request has not the shape that it must have; `issues` lists every mistake."""

    code = "invalid_request"


def read_body(shape: type[R], data: bytes | str) -> R:
    """Read a request from JSON.

    Args:
        shape: The class of the request.
        data: JSON text in UTF-8.

    Raises:
        InvalidRequestError: It is no JSON, or not of this shape; the issues have JSON pointers.

    >>> from cube_server.query.request import QueryRequest
    >>> read_body(QueryRequest, '{"measures": ["sales"]}').measures
    ['sales']
    """
    try:
        document = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidRequestError(f"The request is no JSON: {error}.") from error
    if not isinstance(document, dict):
        raise InvalidRequestError("The request must be a JSON object.", hint='For instance {"measures": []}.')
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        issues = tuple(dict.fromkeys(_issues(shape, document, error)))
        count = f"{len(issues)} mistake" + ("s" if len(issues) > 1 else "")
        raise InvalidRequestError(f"The request has {count}.", issues=issues) from error


def _issues(shape: type[Part], document: dict[str, Any], error: ValidationError) -> Iterator[Issue]:
    for detail in error.errors(include_url=False, include_context=False):
        spot = _spot(document, detail)
        yield _issue(shape, spot, detail)


def _issue(shape: type[Part], spot: Spot, detail: ErrorDetails) -> Issue:
    place = "".join(f"/{_escape(part)}" for part in spot)
    names = [str(part) for part in spot if isinstance(part, str)]
    if detail["type"] == "extra_forbidden":
        known = _fields(shape, names)
        return Issue(place, f"There is no field {names[-1]!r} here.", nearest(names[-1], known) if known else "")
    if _MEMBER_FIELDS & set(names) and len(spot) < len(detail["loc"]):
        return Issue(place, "This names no member.", _MEMBER)
    return Issue(place, f"{detail['msg']}.")


def _fields(shape: type[Part], names: list[str]) -> list[str]:
    """The fields that are valid beside the last of the names; none where that is not known."""
    part = _PARTS.get(names[-2]) if len(names) > 1 else shape
    return [field.alias or name for name, field in part.model_fields.items()] if part else []


def _spot(document: object, detail: ErrorDetails) -> Spot:
    """The part of an error's place that lies in the document: pydantic adds names of its alternatives."""
    here: Any = document
    spot: Spot = ()
    for part in detail["loc"]:
        if isinstance(here, dict) and detail["type"] == "missing" and part not in here:
            return (*spot, part)
        steps = range(len(here)) if isinstance(here, list) else here if isinstance(here, dict) else ()
        if part not in steps:
            return spot
        here, spot = here[part], (*spot, part)
    return spot


def _escape(part: str | int) -> str:
    """Write one step of a JSON pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")

"""From one query of a report to a question, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic_core import to_json

from cube_server.errors import Issue, QueryError, UserError
from cube_server.model.elements import Model
from cube_server.query.request import QueryRequest
from cube_server.query.resolve import resolve_query
from cube_server.query.text import read_body
from cube_server.reports.places import Filling, Json, Members, fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query of a report, filled in.

    Attributes:
        request: The question; None if it has not the shape that it must have.
        filling: Where its parameters stood.
        issues: What is wrong with it, by places in `filling.body`.
    """

    request: QueryRequest | None
    filling: Filling
    issues: tuple[Issue, ...]


def read_question(query: Mapping[str, Json], members: Members, model: Model) -> Question:
    """Fill a query in and check it against a model."""
    filling = fill(query, members)
    try:
        request = read_body(QueryRequest, to_json(filling.body))
    except QueryError as error:
        return Question(request=None, filling=filling, issues=error.issues or (Issue("", error.message, error.hint),))
    return Question(request=request, filling=filling, issues=tuple(_issues(request, model)))


def _issues(request: QueryRequest, model: Model) -> Iterator[Issue]:
    if request.as_of is not None:
        hint = "Leave it out, and open the report with ?as_of=."
        yield Issue("/as_of", "All queries of a report are answered from one snapshot.", hint)
    try:
        resolve_query(model, request)
    except QueryError as error:
        yield from error.issues
    except UserError as error:
        # The only thing else that resolving looks for.
        yield Issue("/cube", error.message, error.hint)

"""One filled database of each kind, asked what memory is asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import settings

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.errors import UserError
from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.query.request import FactsRequest, MembersRequest, QueryRequest
from cube_server.result.flat import flatten
from tests.comparison import Row, assert_same_rows

Request = QueryRequest | MembersRequest | FactsRequest
Fillers = Mapping[str, Callable[[Model, Path, Path], str]]
"""By its name what makes a database of each kind: of a model and its files, in a folder; gives its URL."""

# Each example fills four databases, and asks each several questions; CUBE_TEST_EXAMPLES asks for more.
PROFILE = settings(settings.get_profile("laws"), max_examples=int(os.environ.get("CUBE_TEST_EXAMPLES", "2")))
PATIENT = Limits(seconds=300)
"""On a machine that has much else to do a question may take longer than it should."""
_PAGE = 7
"""How many rows a page has, where members or facts are asked page by page."""


def answer(engine: Engine, request: Request, *, in_pages: bool = False) -> list[Row]:
    """Ask, and lay the answer flat; a question that is refused is answered by its error.

    Args:
        engine: Who is asked.
        request: The question.
        in_pages: Whether members and facts are asked page by page, unless the question itself asks for one page.
    """
    try:
        return _answered(engine, request, in_pages=in_pages)
    except UserError as error:
        return [(error.code,)]


def _answered(engine: Engine, request: Request, *, in_pages: bool) -> list[Row]:
    if isinstance(request, QueryRequest):
        return flatten(engine.query(request), Budget(Limits())).rows()
    ask: Any = engine.members if isinstance(request, MembersRequest) else engine.facts
    if not in_pages or request.model_fields_set & {"limit", "offset"}:
        page = ask(request)
        return [(page.total,), *page.frame.rows()]
    first = ask(request.model_copy(update={"limit": _PAGE}))
    others = (ask(request.model_copy(update={"limit": _PAGE, "offset": at})) for at in range(_PAGE, first.total, _PAGE))
    return [(first.total,), *(row for page in (first, *others) for row in page.frame.rows())]


def agree(memory: Engine, requests: Sequence[Request], folder: Path, fillers: Fillers) -> None:
    """Assert that databases of a star's files answer as memory does; asked page by page, what it says at once."""
    path = folder / "cubes.json"
    model = parse_model(path.read_text(encoding="utf-8"))
    expected = [answer(memory, request) for request in requests]
    for name, filler in fillers.items():
        database = Engine.open(path, filler(model, folder / "source", folder), PATIENT)
        for request, rows in zip(requests, expected, strict=True):
            try:
                assert_same_rows(answer(database, request, in_pages=True), rows)
            except AssertionError as error:
                raise AssertionError(f"{name}: {request.model_dump_json(exclude_defaults=True)}: {error}") from error
        database.close()

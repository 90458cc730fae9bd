"""Asking a running server instead of a warehouse: the same question, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cube_server.cli.layout import laid_out
from cube_server.cli.numbers import formatted
from cube_server.errors import BusyError, Issue, LimitError, NotFoundError, QueryError, UserError, WarehouseError
from cube_server.types import UNKNOWN

if TYPE_CHECKING:
    import httpx2
    from rich.text import Text

    from cube_server.query.request import QueryRequest


_KINDS: Mapping[int, type[UserError]] = {400: QueryError, 404: NotFoundError, 422: LimitError, 503: BusyError}
"""What the statuses of refusals mean; any other is that the server cannot be used."""


@contextmanager
def asked(server: str, key: str | None, request: QueryRequest, format: str, language: str) -> Iterator[httpx2.Response]:
    """Ask a server by POST; the answer is read as it comes.

    Args:
        server: Its address.
        key: The API key, if it wants one.
        request: The question.
        format: A format that the server has, or `cellset`.
        language: The language of labels.

    Raises:
        UserError: It cannot be reached, or refuses; what it says is said.
    """
    import httpx2

    body = request.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"cube"})
    layout = {"layout": "cellset"} if format == "cellset" else {"layout": "records", "format": format}
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    url = f"{server.rstrip('/')}/api/v1/cubes/{request.cube}/query"
    try:
        with httpx2.stream(
            "POST", url, params={**layout, "lang": language}, json=body, headers=headers, timeout=100.0
        ) as response:
            if not response.is_success:
                response.read()
                raise _refusal(response)
            yield response
    except (httpx2.TransportError, httpx2.InvalidURL) as error:
        raise WarehouseError(
            f"No answer from {server}: {error}.", hint="Is it running, and is the address right?"
        ) from error


def remote_grid(document: Mapping[str, Any]) -> Text:
    """Lay out a cell set as the server writes it; see `cube_server.cli.grid.grid`."""
    rows, columns = (document["axes"][name] for name in ("rows", "columns"))
    headers = [level["label"] for level in rows["levels"]]
    measures = document["measures"]
    titles = [m["label"] + (f" ({m['unit']})" if m["unit"] else "") for m in measures]
    blank = ("",) * len(headers)
    above = [
        (*blank, *(_member(members, depth) for members in columns["tuples"] for _ in titles))
        for depth in range(len(columns["levels"]))
    ]
    lines = [
        (*(_member(members, depth) for depth in range(len(headers))), *_numbers(document, row))
        for row, members in enumerate(rows["tuples"])
    ]
    return laid_out(
        [*above, (*headers, *(title for _ in columns["tuples"] for title in titles))],
        lines,
        labels=len(headers),
        bold_lines=[None in members for members in rows["tuples"]],
    )


def _numbers(document: Mapping[str, Any], row: int) -> Iterator[str]:
    for column in range(len(document["axes"]["columns"]["tuples"])):
        for measure in document["measures"]:
            yield formatted(document["cells"][measure["name"]][row][column], measure["format"])


def _member(members: list[Mapping[str, Any] | None], depth: int) -> str:
    """Name a member by its caption below the keys of those above it that stand on no level of the axis."""
    member = members[depth]
    if member is None:
        return "Total" if depth == 0 or members[depth - 1] is not None else ""
    caption = member["caption"] or (UNKNOWN.value if member.get("unknown") else "null")
    before = members[depth - 1] if depth else None
    known = len(before["key"]) if before and member["key"][: len(before["key"])] == before["key"] else 0
    return " / ".join((*(str(key) for key in member["key"][known:-1]), caption))


def _refusal(response: httpx2.Response) -> UserError:
    """Read what the server says; something else than a cube server may have answered."""
    try:
        problem = response.json()
    except json.JSONDecodeError:
        problem = {}
    issues = [Issue(part["place"], part["message"], part["hint"]) for part in problem.get("issues", ())]
    message = problem.get("detail", f"The server answered {response.status_code}.")
    return _KINDS.get(response.status_code, WarehouseError)(message, hint=problem.get("hint", ""), issues=issues)

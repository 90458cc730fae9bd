"""Asking a running server instead of a warehouse: the same question, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cube_server.cli.grid import formatted_lines, table, title
from cube_server.cli.labels import WORDS, AxisLabels, with_total
from cube_server.errors import BusyError, Issue, LimitError, NotFoundError, QueryError, UserError, WarehouseError
from cube_server.types import UNKNOWN

if TYPE_CHECKING:
    import httpx2
    from rich.text import Text

    from cube_server.query.request import QueryRequest


Members = Sequence[Mapping[str, Any] | None]
"""A tuple as the server writes it."""

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


def remote_grid(document: Mapping[str, Any], language: str = "en") -> Text:
    """Lay out a cell set as the server writes it; see `cube_server.cli.grid.grid`.

    The server does not tell the labels of levels that stand on no axis: their members are named before those below.
    """
    measures = document["measures"]
    rows, columns = (_labels(document["axes"][axis], language) for axis in ("rows", "columns"))
    matrices = [document["cells"][measure["name"]] for measure in measures]
    titles = [title(measure["label"], measure["unit"]) for measure in measures]
    return table(rows, columns, titles, formatted_lines(matrices, [measure["format"] for measure in measures]))


def _labels(axis: Mapping[str, Any], language: str) -> AxisLabels:
    shown, words = set(axis.get("shown", ())), WORDS[language]
    texts = []
    for place, members in enumerate(axis["tuples"]):
        named = tuple(_member(members, depth) for depth in range(len(members)))
        over = "others" if _is_others(members) else "shown" if place in shown else "all"
        texts.append(with_total(named, words[over]))
    return AxisLabels(
        headers=tuple(level["label"] for level in axis["levels"]),
        texts=tuple(texts),
        totals=tuple(None in members or _is_others(members) for members in axis["tuples"]),
    )


def _is_others(members: Members) -> bool:
    return any(member is not None and member.get("others") for member in members)


def _member(members: Members, depth: int) -> str | None:
    """Name a member by its caption below the keys of those above it; None for a level that is rolled up."""
    member = members[depth]
    if member is None or member.get("others"):
        return None
    caption = member["caption"] or (UNKNOWN.value if member.get("unknown") else "null")
    before, keys = members[depth - 1] if depth else None, member["key"] or []
    above = (before["key"] or []) if before else []
    known = len(above) if keys[: len(above)] == above else 0
    return " / ".join((*(str(key) for key in keys[known:-1]), caption))


def _refusal(response: httpx2.Response) -> UserError:
    """Read what the server says; something else than a cube server may have answered."""
    try:
        problem = response.json()
    except json.JSONDecodeError:
        problem = {}
    issues = [Issue(part["place"], part["message"], part["hint"]) for part in problem.get("issues", ())]
    message = problem.get("detail", f"The server answered {response.status_code}.")
    return _KINDS.get(response.status_code, WarehouseError)(message, hint=problem.get("hint", ""), issues=issues)

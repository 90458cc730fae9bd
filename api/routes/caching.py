"""Answers that the client has already: ETag and If-None-Match."""

from __future__ import annotations

from collections.abc import Callable, Collection
from hashlib import sha256

from starlette.responses import Response

from cube_server.engine import Engine

from ..deps.asked import Asked, Q
from ..settings import program_version

FRESHNESS = {"Cache-Control": "private, no-cache", "Vary": "Accept, Accept-Language"}
"""Every answer may be kept, by who asked alone, and is to be asked for again."""


def unless_known(engine: Engine, asked: Asked[Q], answer: Callable[[], Response]) -> Response:
    """Answer, or say that nothing has changed since the client asked the same; then no query runs.

    Args:
        engine: What is served.
        asked: The question, with the tags that the client knows.
        answer: Makes the whole answer.
    """
    told = (asked.path, asked.question.model_dump_json(exclude={"as_of"}), repr(asked.options))
    return unless_tagged(engine, asked.known, asked.question.as_of, told, answer)


def unless_tagged(
    engine: Engine, known: Collection[str], as_of: str | None, told: tuple[str, ...], answer: Callable[[], Response]
) -> Response:
    """Answer, unless the client knows the tag of what is asked.

    Args:
        engine: What is served.
        known: The tags that the client knows.
        as_of: The snapshot asked for, by id or date, if any.
        told: All that the answer depends on beside model and snapshot.
        answer: Makes the whole answer.
    """
    served = engine.snapshot
    answering = served.id if as_of is None else engine.find_snapshot(as_of)
    tag = _entity_tag((answering, served.model_hash, program_version(), *told))
    if tag in known:
        return Response(status_code=304, headers={**FRESHNESS, "ETag": tag})
    response = answer()
    # What is served may have changed while the query ran; nobody knows then which of the two was asked.
    if engine.snapshot is served:
        response.headers["ETag"] = tag
    return response


def _entity_tag(told: tuple[str, ...]) -> str:
    """Make a weak tag, since times in an answer differ while its numbers do not."""
    digest = sha256("\0".join(told).encode()).hexdigest()
    return f'W/"{digest[:32]}"'

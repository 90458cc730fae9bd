"""From an answer to a response: the headers that every format has, the body in chunks, the link to the next page."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from starlette.responses import Response, StreamingResponse

from cube_server.engine import SnapshotInfo
from cube_server.model.dimensions import Scd

from ..deps.asked import Asked, Q
from ..formats.about import About
from ..settings import program_version
from ..wire.links import LONGEST, address
from ..wire.options import MEDIA_TYPES, Format, Options
from .caching import FRESHNESS

_SHORT = 1 << 18
"""The bytes of an answer that is sent whole, with its length."""

_GUARDED = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of an answer is given.

    Attributes:
        total: The rows of all pages.
        offset: How many come before.
        shown: How many are given.
        snapshot: The snapshot answered from.
        source: What answered.
        notes: What to tell of it.
        scd: By link, how its dimension is read, as far as it has history.
        incomplete: The levels with a member that facts do not cover to its end, each with the last day covered.
    """

    total: int
    offset: int
    shown: int
    snapshot: str
    source: str
    notes: tuple[str, ...] = ()
    scd: Mapping[str, Scd] = field(default_factory=dict)
    incomplete: tuple[tuple[str, dt.date], ...] = ()

    @property
    def is_truncated(self) -> bool:
        """Whether limit or offset leave rows out."""
        return self.shown < self.total

    @property
    def has_next(self) -> bool:
        """Whether a page follows."""
        return 0 < self.shown < self.total - self.offset


def scd_header(scd: Mapping[str, Scd]) -> dict[str, str]:
    """Say how dimensions with history are read, if there are any."""
    return {"X-Cube-Scd": ", ".join(f"{link}={read}" for link, read in scd.items())} if scd else {}


class Clock:
    """Times the steps of an answer."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.steps: dict[str, float] = {}

    def lap(self, step: str) -> None:
        """End a step; its time is counted in milliseconds since the last one."""
        now = time.perf_counter()
        self.steps[step], self._last = (now - self._last) * 1000, now

    def header(self) -> str:
        """Write the steps as Server-Timing does."""
        return ", ".join(f"{step};dur={spent:.1f}" for step, spent in self.steps.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """All that a response says beside the answer itself."""

    page: Page
    next: str | None
    clock: Clock
    data_date: str | None
    _about: Callable[[], About]

    @property
    def about(self) -> About:
        """What files say of where they come from, worked out when one is written: most answers are none."""
        return self._about()

    def rest(self) -> dict[str, Any]:
        """Give what JSON objects say beside the data."""
        meta: dict[str, Any] = {
            "snapshot": self.page.snapshot,
            "data_date": self.data_date,
            "total_rows": self.page.total,
            "truncated": self.page.is_truncated,
            "source": self.page.source,
            "milliseconds": round(self.clock.steps["query"], 1),
            "notes": list(self.page.notes),
        }
        if self.page.scd:
            meta["scd"] = dict(self.page.scd)
        if self.page.incomplete:
            meta["incomplete"] = [{"level": level, "covered_to": day} for level, day in self.page.incomplete]
        return {"meta": meta, "next": self.next}

    def headers(self) -> dict[str, str]:
        """Give the headers of every format."""
        found = {
            "X-Cube-Snapshot": self.page.snapshot,
            "X-Total-Rows": str(self.page.total),
            "X-Truncated": str(self.page.is_truncated).lower(),
            "X-Cube-Source": self.page.source,
            "Server-Timing": self.clock.header(),
            **FRESHNESS,
        }
        if self.page.notes:
            found["X-Cube-Notes"] = " ".join(self.page.notes)
        found |= scd_header(self.page.scd)
        return found | ({"Link": f'<{self.next}>; rel="next"'} if self.next else {})


def make_reply(
    asked: Asked[Q], page: Page, served: SnapshotInfo, clock: Clock, write: Callable[[Q], Mapping[str, str]]
) -> Reply:
    """Gather what a response says; `write` gives the parameters of a question."""

    def query() -> str:
        return address(asked.path, {**write(asked.question), **asked.repeated})

    return describe(asked.question.cube, query, asked.options, page, served, clock, _next(asked, page, write))


def describe(
    cube: str,
    query: Callable[[], str],
    options: Options,
    page: Page,
    served: SnapshotInfo,
    clock: Clock,
    next: str | None = None,
) -> Reply:
    """Gather what a response says.

    Args:
        cube: The cube asked.
        query: Gives the address that asks for the same again.
        options: How to answer.
        page: Which part of the answer is given.
        served: What is served.
        clock: Has timed the query.
        next: The address of the next page.
    """
    day = served.data_date if served.id == page.snapshot else None
    date = day.isoformat() if day else None

    def about() -> About:
        return About(
            cube=cube,
            query=query(),
            language=options.language,
            snapshot=page.snapshot,
            model_hash=served.model_hash,
            data_date=date or "",
            program=f"cube-server {program_version()}",
            total=page.total,
            shown=page.shown,
        )

    return Reply(page=page, next=next, clock=clock, data_date=date, _about=about)


def respond(asked: Asked[Q], reply: Reply, chunks: Iterator[bytes]) -> Response:
    """Send an answer: a short one whole, a long one chunk by chunk."""
    name = asked.path.rpartition("/")[2].partition(".")[0]
    return send(asked.options.format, reply, chunks, f"{asked.question.cube}-{name}")


def send(kind: Format, reply: Reply, chunks: Iterator[bytes], name: str) -> Response:
    """Send an answer in a format, as a file of this name without its ending."""
    start, is_whole = _start(chunks)
    reply.clock.lap("format")
    headers = reply.headers()
    if kind is not Format.JSON:
        headers |= _GUARDED if kind is Format.HTML else {}
        headers["Content-Disposition"] = f'inline; filename="{name}.{kind.value}"'
    if is_whole:
        return Response(start, headers=headers, media_type=MEDIA_TYPES[kind])
    return StreamingResponse(chain((start,), chunks), headers=headers, media_type=MEDIA_TYPES[kind])


def _start(chunks: Iterator[bytes]) -> tuple[bytes, bool]:
    """Join the first chunks to a piece that is worth sending; tell whether it is all."""
    start = bytearray()
    for chunk in chunks:
        start += chunk
        if len(start) >= _SHORT:
            return bytes(start), False
    return bytes(start), True


def _next(asked: Asked[Q], page: Page, write: Callable[[Q], Mapping[str, str]]) -> str | None:
    """The address of the next page, on the same snapshot; None too where no proxy would let it pass."""
    if not page.has_next:
        return None
    following = asked.question.model_copy(update={"offset": page.offset + page.shown, "as_of": page.snapshot})
    found = address(asked.path, {**write(following), **asked.repeated})
    return found if len(found) <= LONGEST else None

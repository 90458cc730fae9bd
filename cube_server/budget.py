"""What one query may use, checked while it runs: an answer over a limit is refused whole, never cut."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event

from cube_server.errors import AbandonedError, BusyError, LimitError

_MEBI = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that one query may use.

    Attributes:
        cells: Cells of a cell set: row tuples times column tuples times measures.
        rows: Rows of a flat answer, of a page of facts, or of a relation on the way.
        seconds: Time from the question to the answer.
        memory: Bytes of working memory, as estimated before it is taken.
    """

    cells: int = 5_000_000
    rows: int = 2_000_000
    seconds: float = 30.0
    memory: int = 2 << 30


ABANDONED: ContextVar[Event | None] = ContextVar("abandoned", default=None)
"""Set by who asks: an event that ends the queries that begin in this context, as nobody waits for them any more."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One running query: what it may use, and what has answered so far.

    Attributes:
        limits: The limits.
        started: When it began.
        abandoned: Is set when nobody waits for the answer any more; by default what the context has.
        sources: What its relations were computed from.
    """

    limits: Limits
    started: float = field(default_factory=time.monotonic)
    abandoned: Event | None = field(default_factory=ABANDONED.get)
    sources: list[str] = field(default_factory=list, compare=False)

    def answered_from(self, source: str) -> None:
        """Note what a relation was computed from."""
        if source not in self.sources:
            self.sources.append(source)

    @property
    def seconds_left(self) -> float:
        """How much time is left; nothing or less once it is up."""
        return self.started + self.limits.seconds - time.monotonic()

    def check_time(self) -> None:
        """Raise BusyError if the time is up, and AbandonedError if nobody waits any more."""
        if self.abandoned is not None and self.abandoned.is_set():
            raise AbandonedError("Who asked has left.")
        if time.monotonic() - self.started > self.limits.seconds:
            raise BusyError(
                f"The query took longer than {self.limits.seconds:g} seconds.",
                hint="Ask for fewer levels or members, cut to a shorter time, or raise CUBE_MAX_SECONDS.",
            )

    def check_cells(self, count: int) -> None:
        """Raise LimitError if an answer has more cells than allowed."""
        if count > self.limits.cells:
            raise LimitError(
                f"The answer has {count:,} cells; the limit is {self.limits.cells:,}.",
                hint="Page with limit and offset, ask for fewer levels, cut, or raise CUBE_MAX_CELLS.",
            )

    def check_rows(self, count: int) -> None:
        """Raise LimitError if an answer has more rows than allowed."""
        if count > self.limits.rows:
            raise LimitError(
                f"The answer has {count:,} rows; the limit is {self.limits.rows:,}.",
                hint="Page with limit and offset, ask for fewer levels, cut, or raise CUBE_MAX_ROWS.",
            )

    def check_memory(self, size: int) -> None:
        """Raise LimitError if a step would take more bytes than allowed; also watches the time."""
        self.check_time()
        if size > self.limits.memory:
            raise LimitError(
                f"The query needs about {size // _MEBI:,} MiB; the limit is {self.limits.memory // _MEBI:,} MiB.",
                hint="Ask for fewer levels, cut, or raise CUBE_MAX_MEMORY.",
            )

"""What one query may use, checked while it runs: an answer over a limit is refused whole, never cut."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from cube_server.errors import BusyError, LimitError

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


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of one running query and when it began."""

    limits: Limits
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds_left(self) -> float:
        """How much time is left; nothing or less once it is up."""
        return self.started + self.limits.seconds - time.monotonic()

    def check_time(self) -> None:
        """Raise BusyError if the time is up."""
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

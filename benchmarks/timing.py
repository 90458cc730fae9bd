"""How long calls take: the median of many rounds, after a warm-up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

_WARM_UPS = 5

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a call took, in milliseconds.

    Attributes:
        wall: Of a clock on the wall.
        cpu: Of all processors, by all threads of this process.
        server: Of the wall's time what a server worked, by its own clock; 0 where there is none.
    """

    wall: float
    cpu: float
    server: float = 0.0

    @property
    def here(self) -> float:
        """What was not the server's."""
        return self.wall - self.server


def median_milliseconds(*calls: Call, rounds: int) -> tuple[float, ...]:
    """Make some calls in turn, a few times unwatched, then `rounds` times, and give the median of each.

    They take turns so that a busy moment of the machine falls on all of them.
    """
    return tuple(median(spent.wall for spent in of_one) for of_one in zip(*in_turn(*calls, rounds=rounds), strict=True))


def in_turn(*calls: Call, rounds: int, worked: Callable[[], float] = lambda: 0.0) -> list[tuple[Spent, ...]]:
    """Make some calls in turn, a few times unwatched, then `rounds` times; give what each took in each round.

    Args:
        calls: The calls.
        rounds: How often.
        worked: Gives the milliseconds that a server has worked since it was last asked.
    """
    for _ in range(_WARM_UPS):
        for call in calls:
            call()
    worked()
    return [tuple(_spent(call, worked) for call in calls) for _ in range(rounds)]


def _spent(call: Call, worked: Callable[[], float]) -> Spent:
    started, busy = time.perf_counter(), time.process_time()
    call()
    wall, cpu = time.perf_counter() - started, time.process_time() - busy
    return Spent(wall * 1000, cpu * 1000, worked())

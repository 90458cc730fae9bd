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
    """

    wall: float
    cpu: float


def median_milliseconds(*calls: Call, rounds: int) -> tuple[float, ...]:
    """Make some calls in turn, a few times unwatched, then `rounds` times, and give the median of each.

    They take turns so that a busy moment of the machine falls on all of them.
    """
    return tuple(median(spent.wall for spent in of_one) for of_one in zip(*in_turn(*calls, rounds=rounds), strict=True))


def in_turn(*calls: Call, rounds: int) -> list[tuple[Spent, ...]]:
    """Make some calls in turn, a few times unwatched, then `rounds` times; give what each took in each round."""
    for _ in range(_WARM_UPS):
        for call in calls:
            call()
    return [tuple(_spent(call) for call in calls) for _ in range(rounds)]


def _spent(call: Call) -> Spent:
    started, busy = time.perf_counter(), time.process_time()
    call()
    return Spent((time.perf_counter() - started) * 1000, (time.process_time() - busy) * 1000)

"""How long calls take: the median of many rounds, after a warm-up."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

_WARM_UPS = 5

Call = Callable[[], object]


def median_milliseconds(*calls: Call, rounds: int) -> tuple[float, ...]:
    """Make some calls in turn, a few times unwatched, then `rounds` times, and give the median of each.

    They take turns so that a busy moment of the machine falls on all of them.
    """
    for _ in range(_WARM_UPS):
        for call in calls:
            call()
    times = [[_milliseconds(call) for call in calls] for _ in range(rounds)]
    return tuple(median(of_one) for of_one in zip(*times, strict=True))


def _milliseconds(call: Call) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000

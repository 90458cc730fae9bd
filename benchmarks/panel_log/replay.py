"""Asking the drill log again, by several connections at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from statistics import quantiles

import httpx2

from benchmarks.panel_log.steps import Step

_JSON = {"Content-Type": "application/json"}
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One replay of the log.

    Attributes:
        what: What it was.
        connections: How many asked at once; each asked the whole log, one request after the other.
        milliseconds: How long each answer took, from the request's first byte to the answer's last.
        errors: How many answers were none.
        seconds: How long all of it took.
    """

    what: str
    connections: int
    milliseconds: tuple[float, ...]
    errors: int
    seconds: float

    def percentile(self, share: int) -> float:
        """Give the milliseconds that this percentage of the answers took at most."""
        return quantiles(self.milliseconds, n=100, method="inclusive")[share - 1]


def replay(address: str, steps: tuple[Step, ...], *, connections: int, what: str) -> Replay:
    """Ask the log by several connections; each begins at another step, as users do."""
    return asyncio.run(_replay(address, steps, connections, what))


async def _replay(address: str, steps: tuple[Step, ...], connections: int, what: str) -> Replay:
    starts = [len(steps) * number // connections for number in range(connections)]
    started = time.perf_counter()
    found = await asyncio.gather(*(_user(address, (*steps[start:], *steps[:start])) for start in starts))
    seconds = time.perf_counter() - started
    times = tuple(spent for each in found for spent, _ in each)
    errors = sum(not is_good for each in found for _, is_good in each)
    return Replay(what=what, connections=connections, milliseconds=times, errors=errors, seconds=seconds)


async def _user(address: str, steps: tuple[Step, ...]) -> list[tuple[float, bool]]:
    found = []
    async with httpx2.AsyncClient(base_url=address, timeout=_PATIENCE) as client:
        for step in steps:
            started = time.perf_counter()
            answer = await (
                client.post(step.address, content=step.body, headers=_JSON) if step.body else client.get(step.address)
            )
            found.append(((time.perf_counter() - started) * 1000, answer.status_code == 200))
    return found

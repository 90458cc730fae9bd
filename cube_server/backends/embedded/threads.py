"""Work over rows, shared between cores: NumPy lets go of the interpreter while it gathers and counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

BLOCK = 1 << 17
"""How many rows are worked on at a time: few enough for what is made of them to stay in the processor's cache, so many
that threads seldom wait for each other to hand over the interpreter."""

_WORTH_SHARING = 1 << 16
"""Fewer rows are done before another thread has begun."""


def over_rows(size: int, work: Callable[[slice], T]) -> list[T]:
    """Do work for all rows, in as many runs of rows as there are cores.

    Args:
        size: How many rows there are.
        work: Does a run of them.

    Returns:
        The results, in the order of the rows.
    """
    if size < _WORTH_SHARING or (cores := os.cpu_count() or 1) == 1:
        return [work(slice(0, size))]
    borders = [size * number // cores for number in range(cores + 1)]
    return list(_pool().map(work, (slice(start, stop) for start, stop in pairwise(borders))))


def over_blocks(size: int, work: Callable[[slice], None]) -> None:
    """Do work for all rows, a block at a time, shared between cores; see `over_rows`."""

    def each(run: slice) -> None:
        for part in blocks(run):
            work(part)

    over_rows(size, each)


def blocks(run: slice, size: int = BLOCK) -> Iterator[slice]:
    """Cut a run of rows into blocks that begin at multiples of their size."""
    start = run.start
    while start < run.stop:
        stop = min(start - start % size + size, run.stop)
        yield slice(start, stop)
        start = stop


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="rows")

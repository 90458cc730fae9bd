"""Giving up on what does not answer, where a library has no time-out of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")
_END = object()


def within(seconds: float, call: Callable[[], T]) -> T:
    """Give what a call gives, or raise what it raises.

    >>> within(1, lambda: 42)
    42

    Raises:
        TimeoutError: It takes longer. It goes on in a thread of its own, which keeps no process from ending.
    """
    found: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            found.put((call(), None))
        except BaseException as error:
            found.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        value, error = found.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"there was no answer for {seconds:g} seconds") from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


def each_within(seconds: float, values: Iterator[T]) -> Iterator[T]:
    """Go through values; TimeoutError if one is longer in coming."""
    while (value := within(seconds, lambda: next(values, _END))) is not _END:
        yield value  # type: ignore[misc]

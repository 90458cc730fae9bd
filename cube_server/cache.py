"""Keeping what was computed last, within bounds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A cache that forgets what was longest unused once it weighs too much. Safe to share between threads.

    >>> recent = Recent(most=2, weigh=lambda value: 1)
    >>> [recent.get(key, lambda: key * 10) for key in (1, 2, 3)]
    [10, 20, 30]
    >>> 1 in recent, 3 in recent
    (False, True)

    Args:
        most: The most that all values together may weigh; a heavier one is not kept at all.
        weigh: Gives the weight of a value.
    """

    def __init__(self, *, most: int, weigh: Callable[[V], int]) -> None:
        self._most, self._weigh = most, weigh
        self._weight = 0
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, key: K) -> bool:
        """Tell whether a value is kept."""
        return key in self._values

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Give the value of a key, made now if it is not kept. Two threads may make the same one at once."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            if key not in self._values and self._weigh(value) <= self._most:
                self._values[key] = value
                self._weight += self._weigh(value)
            while self._weight > self._most:
                self._weight -= self._weigh(self._values.popitem(last=False)[1])
        return value

"""Keeping what was computed last, within bounds, and computing nothing twice at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Event, Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_LOOK = 0.05
"""Seconds between looks of one who waits at whether its own time is up."""


class Keyed:
    """A value as a key whose hash is taken once: questions are deep, and hashing one takes longer than finding it.

    Args:
        value: The value.
    """

    __slots__ = ("_hash", "value")

    def __init__(self, value: Hashable) -> None:
        self.value = value
        self._hash = hash(value)

    def __hash__(self) -> int:
        """Give the hash."""
        return self._hash

    def __eq__(self, other: object) -> bool:
        """Tell whether two values are equal."""
        if not isinstance(other, Keyed):
            return NotImplemented
        return self.value is other.value or (self._hash == other._hash and self.value == other.value)


class _Flight(Generic[V]):
    """One who computes, and what others who ask for the same wait for."""

    def __init__(self) -> None:
        self.landed = Event()
        self.values: list[V] = []


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
        self._flights: dict[K, _Flight[V]] = {}
        self._lock = Lock()

    def __contains__(self, key: K) -> bool:
        """Tell whether a value is kept."""
        return key in self._values

    def get(self, key: K, make: Callable[[], V], waiting: Callable[[], None] = lambda: None) -> V:
        """Give the value of a key, made now if it is not kept.

        Of several who ask for the same at once the first makes it, and the others wait. Where the first fails, its
        error is its own: one of the others makes it then.

        Args:
            key: The key.
            make: Makes the value.
            waiting: Is called now and then by one who waits; what it raises ends the waiting.
        """
        while True:
            with self._lock:
                if key in self._values:
                    self._values.move_to_end(key)
                    return self._values[key]
                flight = self._flights.get(key)
                if flight is None:
                    own = self._flights[key] = _Flight()
                    break
            while not flight.landed.wait(_LOOK):
                waiting()
            if flight.values:
                return flight.values[0]
        return self._made(key, own, make)

    def _made(self, key: K, flight: _Flight[V], make: Callable[[], V]) -> V:
        try:
            value = make()
            flight.values.append(value)
            self._keep(key, value)
            return value
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()

    def _keep(self, key: K, value: V) -> None:
        weight = self._weigh(value)
        with self._lock:
            if weight <= self._most:
                self._values[key] = value
                self._weight += weight
            while self._weight > self._most:
                self._weight -= self._weigh(self._values.popitem(last=False)[1])

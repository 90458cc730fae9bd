"""Ending statements: when their time is up, and when nobody waits for them any more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

from cube_server.budget import Budget

_LOGGER = logging.getLogger(__name__)
_STEP = 0.05
"""How many seconds pass until it is noticed that who asked has left."""


@contextmanager
def watching(budget: Budget, cancel: Callable[[], object]) -> Iterator[None]:
    """Watch over a statement, and end it when its budget says so; what the driver then raises becomes the clear error.

    Args:
        budget: The time that the statement has, and who waits for it.
        cancel: Makes the database end it. It is called from another thread, and once more every 50 ms until the
            statement is over: the first may come before the database has begun.

    Raises:
        BusyError: The time was up.
        AbandonedError: Who asked has left.
    """
    budget.check_time()
    watch = _Watch(budget, cancel)
    try:
        yield
    except Exception as error:
        if watch.over():
            _tell(budget, error)
        raise
    finally:
        watch.over()


def _tell(budget: Budget, error: Exception) -> None:
    try:
        budget.check_time()
    except Exception as told:
        raise told from error


class _Watch:
    """One statement that is watched, by a thread of its own."""

    def __init__(self, budget: Budget, cancel: Callable[[], object]) -> None:
        self._budget, self._cancel = budget, cancel
        self._done, self._lock, self._has_ended = Event(), Lock(), False
        Thread(target=self._watch, daemon=True).start()

    def over(self) -> bool:
        """Stop watching, for the statement is over; tell whether it was ended from here."""
        with self._lock:
            self._done.set()
            return self._has_ended

    def _watch(self) -> None:
        while not self._done.wait(self._pause()):
            with self._lock:
                if not self._done.is_set() and self._is_up():
                    self._has_ended = True
                    self._end()

    def _end(self) -> None:
        try:
            self._cancel()
        except Exception:
            # The database's own limit of time ends it, where there is one.
            _LOGGER.warning("A statement could not be ended.", exc_info=True)

    def _pause(self) -> float:
        """Give how long to wait until the next look."""
        return _STEP if self._has_ended else max(min(self._budget.seconds_left, _STEP), 0.0)

    def _is_up(self) -> bool:
        abandoned = self._budget.abandoned
        return self._budget.seconds_left < 0 or (abandoned is not None and abandoned.is_set())

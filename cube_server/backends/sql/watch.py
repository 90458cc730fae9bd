"""Ending statements: when their time is up, and when nobody waits for them any more."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

from cube_server.budget import Budget

_LOGGER = logging.getLogger(__name__)
_STEP = 0.05
"""How many seconds pass until it is noticed that the time is up, or that who asked has left."""
_IDLE = 200
"""So many looks without a statement to watch, and the watcher goes home."""


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
    _WATCHER.add(watch)
    try:
        yield
    except Exception as error:
        if watch.over():
            _tell(budget, error)
        raise
    finally:
        watch.over()
        _WATCHER.remove(watch)


def _tell(budget: Budget, error: Exception) -> None:
    try:
        budget.check_time()
    except Exception as told:
        raise told from error


class _Watch:
    """One statement that is watched."""

    def __init__(self, budget: Budget, cancel: Callable[[], object]) -> None:
        self._budget, self._cancel = budget, cancel
        self._done, self._lock, self._has_ended = Event(), Lock(), False

    def over(self) -> bool:
        """Stop watching, for the statement is over; tell whether it was ended from here."""
        with self._lock:
            self._done.set()
            return self._has_ended

    def is_up(self) -> bool:
        """Tell whether the statement shall be ended."""
        abandoned = self._budget.abandoned
        return self._budget.seconds_left < 0 or (abandoned is not None and abandoned.is_set())

    def end(self) -> None:
        """End the statement, and again until it is over."""
        while not self._done.is_set():
            with self._lock:
                if not self._done.is_set():
                    self._has_ended = True
                    self._try()
            self._done.wait(_STEP)

    def _try(self) -> None:
        try:
            self._cancel()
        except Exception:
            # The database's own limit of time ends it, where there is one.
            _LOGGER.warning("A statement could not be ended.", exc_info=True)


class _Watcher:
    """One thread that looks at all statements now and then, as long as there are any: most are over by then."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._watched: set[_Watch] = set()
        self._thread: Thread | None = None

    def add(self, watch: _Watch) -> None:
        """Watch a statement."""
        with self._lock:
            self._watched.add(watch)
            # After a fork there is an object, but no thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, daemon=True)
                self._thread.start()

    def remove(self, watch: _Watch) -> None:
        """Watch a statement no more."""
        with self._lock:
            self._watched.discard(watch)

    def _run(self) -> None:
        idle = 0
        while idle < _IDLE or not self._is_over():
            time.sleep(_STEP)
            with self._lock:
                idle = 0 if self._watched else idle + 1
                up = {watch for watch in self._watched if watch.is_up()}
                self._watched -= up
            for watch in up:
                # It takes as long as the database takes to hear of it; others are not to wait for that.
                Thread(target=watch.end, daemon=True).start()

    def _is_over(self) -> bool:
        """Tell whether there is nothing to watch; the next statement begins another thread then."""
        with self._lock:
            if not self._watched:
                self._thread = None
            return not self._watched


_WATCHER = _Watcher()

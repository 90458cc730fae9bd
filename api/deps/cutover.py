"""Changing over together: no worker process serves a new snapshot or model before all of them can."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Hashable
from multiprocessing import get_context
from zlib import crc32

_PATIENCE = 30.0
"""For how many seconds a worker that is ready waits for the others."""

_PAUSE = 0.005

_log = logging.getLogger(__name__)


class Cutover:
    """What the workers of one server tell each other, in memory that all of them see.

    Each has a place of its own, where it says what it could serve. Those that are ready wait for the others, so that a
    client whose requests go to several workers does not see a snapshot come and go.

    Args:
        workers: How many there are at most.
    """

    def __init__(self, workers: int) -> None:
        context = get_context("spawn")
        self._joining = context.Lock()
        self._pids = context.RawArray("q", workers)
        self._ready = context.RawArray("q", workers)
        self._place: int | None = None

    def wait(self, found: Hashable) -> None:
        """Say that this worker could serve something, and wait until all that live can.

        Args:
            found: What tells it from all else that could be served.
        """
        mark = _mark(found)
        self._ready[self._own_place()] = mark
        until = time.monotonic() + _PATIENCE
        while not all(ready == mark for pid, ready in zip(self._pids, self._ready, strict=True) if _lives(pid)):
            if time.monotonic() > until:
                _log.warning("Another worker is not ready for the new snapshot after %g seconds.", _PATIENCE)
                return
            time.sleep(_PAUSE)

    def join(self) -> None:
        """Take a place: a worker that has one is waited for."""
        self._own_place()

    def _own_place(self) -> int:
        if self._place is None:
            with self._joining:
                self._place = next(number for number, pid in enumerate(self._pids) if not _lives(pid))
                self._pids[self._place] = os.getpid()
        return self._place


def _mark(found: Hashable) -> int:
    """Make a number that is the same in all processes, other than a hash."""
    return crc32(repr(found).encode())


def _lives(pid: int) -> bool:
    if pid == 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

"""One writer at a time."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from cube_server.errors import WarehouseError

_SECONDS_BETWEEN_TRIES = 0.05


@contextmanager
def exclusive(path: Path, wait: float = 0) -> Iterator[None]:
    """Hold a lock file for the length of a `with`. The system frees it whatever becomes of the process.

    Args:
        path: The lock file.
        wait: For how many seconds to wait for whoever holds it.

    Raises:
        WarehouseError: Another load holds it; the message says which, where and since when.
    """
    with path.open("a+", encoding="utf-8") as file:
        end = time.monotonic() + wait
        while not _taken(file):
            if time.monotonic() >= end:
                waited = f" after {wait:g} s of waiting" if wait else ""
                raise WarehouseError(
                    f"{_holder(path)} is writing to the warehouse {path.parent}{waited}.",
                    hint="Wait until it has finished, by --wait SECONDS, or end it: nothing visible would be lost.",
                )
            time.sleep(_SECONDS_BETWEEN_TRIES)
        file.truncate(0)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": since}, file)
        file.flush()
        yield


def _taken(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"Another load (process {holder['pid']} on {holder['host']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError, OSError):  # it has the lock, but has not written its name yet
        return "Another load"

"""One writer at a time."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cube_server.errors import WarehouseError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock file for the length of a `with`. The system frees it whatever becomes of the process.

    Raises:
        WarehouseError: Another load holds it; the message says which and since when.
    """
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseError(
                f"{_holder(path)} is writing to the warehouse {path.parent}.",
                hint="Wait until it has finished, or end it; nothing that is visible would be lost.",
            ) from error
        file.truncate(0)
        json.dump({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}, file)
        file.flush()
        yield


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"Another load (process {holder['pid']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError, OSError):  # it has the lock, but has not written its name yet
        return "Another load"

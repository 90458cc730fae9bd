"""What PostgreSQL itself says of how long its statements took."""

from __future__ import annotations

import re
from pathlib import Path

_ENTRY = re.compile(r"duration: ([0-9.]+) ms  (?:statement|(?:parse|bind|execute) [^:]+): (.*(?:\n\t.*)*)")


class ServerLog:
    """The durations in a server's log, of statements over one table.

    A statement of half a second takes now some hundredths more, now less; what is done beside it is told only if
    its own time is known. The server writes it down before it says that the statement is done.

    Args:
        file: The log; `log_min_duration_statement` is 0.
        table: A word that only those statements have.
    """

    def __init__(self, file: Path, table: str) -> None:
        self._file, self._table = file, table
        self._read = file.stat().st_size

    def worked(self) -> float:
        """Give the milliseconds of all statements since this was last asked: read, planned and run."""
        with self._file.open("rb") as lines:
            lines.seek(self._read)
            text = lines.read()
        self._read += len(text)
        found = _ENTRY.findall(text.decode())
        return sum(float(milliseconds) for milliseconds, statement in found if self._table in statement)

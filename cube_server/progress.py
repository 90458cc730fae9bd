"""How long work tells of its progress, without knowing who watches.

The command line draws bars or writes log lines; tests and libraries pass `SILENT`.
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Watches one task at a time: `start`, any number of `advance`, then `finish`."""

    def start(self, task: str, total: int | None = None, unit: str = "rows") -> None:
        """Begin a task; `total` is None where its size is not known beforehand."""

    def advance(self, amount: int = 1) -> None:
        """Tell that `amount` more units are done."""

    def finish(self, note: str = "") -> None:
        """End the task; `note` is a short result such as "1,469,307 rows"."""


class Silent:
    """Progress that nobody watches."""

    def start(self, task: str, total: int | None = None, unit: str = "rows") -> None:
        """Do nothing."""

    def advance(self, amount: int = 1) -> None:
        """Do nothing."""

    def finish(self, note: str = "") -> None:
        """Do nothing."""


SILENT: Progress = Silent()


def counted(count: int, noun: str) -> str:
    """Write a number of things.

    >>> counted(1, "row"), counted(1_200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")

"""Progress of long work on stderr: bars on a terminal, plain lines without one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Display

from cube_server.cli.console import stderr_console
from cube_server.progress import Progress

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_TO_TELL = 1.0
"""So long a task takes before its speed says anything."""


@contextmanager
def watched() -> Iterator[Progress]:
    """Show the progress of what runs inside; stdout is left alone."""
    console = stderr_console()
    if not console.is_terminal or console.is_dumb_terminal:
        yield Lines(console)
        return
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[state]}", markup=False),
        TimeElapsedColumn(),
    )
    with Display(*columns, console=console) as display:
        yield Bars(display)


class Bars:
    """A bar a task; those that are done stay."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._task = TaskID(-1)
        self._unit = ""
        self._began = 0.0

    def start(self, task: str, total: int | None = None, unit: str = "rows") -> None:
        """Begin a task."""
        self._unit, self._began = unit, time.monotonic()
        self._task = self._display.add_task(task, total=total, state="")

    def advance(self, amount: int = 1) -> None:
        """Move the bar."""
        self._display.advance(self._task, amount)
        task = self._display.tasks[-1]
        seconds = time.monotonic() - self._began
        self._display.update(self._task, state=_amount(int(task.completed), task.total, self._unit, seconds))

    def finish(self, note: str = "") -> None:
        """Fill the bar."""
        self._display.update(self._task, total=1, completed=1, state=note or "done")


class Lines:
    """A line with the time of day when a task begins, every few seconds of it, and when it ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._task = self._unit = ""
        self._total: int | None = None
        self._done = 0
        self._began = self._spoke = 0.0

    def start(self, task: str, total: int | None = None, unit: str = "rows") -> None:
        """Begin a task."""
        self._task, self._unit, self._total, self._done = task, unit, total, 0
        self._began = time.monotonic()
        self._say("...")

    def advance(self, amount: int = 1) -> None:
        """Count, and tell of it now and then."""
        self._done += amount
        if time.monotonic() - self._spoke >= _SECONDS_BETWEEN_LINES:
            self._say(_amount(self._done, self._total, self._unit, time.monotonic() - self._began))

    def finish(self, note: str = "") -> None:
        """End the task."""
        self._say(f"{note or 'done'} ({time.monotonic() - self._began:.1f} s)")

    def _say(self, what: str) -> None:
        self._spoke = time.monotonic()
        self._console.print(f"{time.strftime('%H:%M:%S')} {self._task}: {what}", markup=False, soft_wrap=True)


def _amount(done: int, total: float | None, unit: str, seconds: float) -> str:
    """Tell how far a task is, how fast it is, and how long it will take if it goes on so.

    >>> _amount(3_000_000, 9_000_000, "rows", 10)
    '3,000,000 of 9,000,000 rows, 300,000 rows/s, 20 s left'
    """
    # What a source knows of its size may be a guess: when there is more, there is no telling how much.
    total = None if total is not None and done > total else total
    told = [f"{done:,} {unit}" if total is None else f"{done:,} of {total:,.0f} {unit}"]
    if seconds >= _SECONDS_TO_TELL and done:
        told += [f"{done / seconds:,.0f} {unit}/s"]
        told += [] if total is None else [f"{(total - done) * seconds / done:,.0f} s left"]
    return ", ".join(told)

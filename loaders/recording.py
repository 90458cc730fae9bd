"""Writing down what a load did, failed ones too, in the metadata database."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from cube_server.errors import InternalError, MetadataError, UserError
from cube_server.metadata.loads import LoadRecord, Loads
from cube_server.metadata.moments import now
from cube_server.model.elements import Model
from cube_server.progress import Progress
from cube_server.urls import shown, without_secrets
from cube_server.warehouse.rejects import REFUSED

from .rejects import RefusedError
from .report import LoadReport

_LONGEST = 10_000
"""How much of an error's text is kept."""

_log = logging.getLogger(__name__)


def recorded(
    loads: Loads, load: Callable[[Progress], LoadReport], *, model: Model, source: str, progress: Progress
) -> tuple[LoadReport, MetadataError | None]:
    """Load, and record what came of it.

    Args:
        loads: Where it is recorded.
        load: Does it.
        model: The model that it is done by.
        source: Where the data comes from, as it was typed.
        progress: Told of each step.

    Returns:
        What the load did; and the error if that could not be recorded, which is no failure of the load.

    Raises:
        CubeServerError: As `load` does. It is recorded, too.
    """
    record = LoadRecord(
        started=now(),
        seconds=0,
        outcome="failed",
        source=shown_source(source),
        model_name=model.name,
        model_hash=model.hash,
    )
    begun, steps = time.monotonic(), Steps(progress)
    try:
        report = load(steps)
    except BaseException as error:
        if (unwritten := _write(loads, _failed(record, error, source), begun, steps)) is not None:
            _log.warning("The failed load is not recorded: %s", unwritten)
        raise
    done = replace(
        record,
        outcome="loaded" if report.is_new else "unchanged",
        snapshot=report.snapshot if report.is_new else None,
        tables=report.tables,
        rejects=report.rejects,
    )
    return report, _write(loads, done, begun, steps)


def shown_source(source: str) -> str:
    """Write a source without what is secret in it.

    >>> shown_source("postgresql://me:secret@host/shop?sslpassword=other")
    'postgresql://me:***@host/shop'
    """
    url = _url(source)
    return shown(url) if url is not None else source if "://" not in source else "a URL that cannot be read"


class Steps:
    """Progress that is timed and passed on.

    Args:
        watched: Whom it is passed on to.
    """

    def __init__(self, watched: Progress) -> None:
        self._watched = watched
        self._task, self._began = "", 0.0
        self.done: list[tuple[str, float]] = []

    def start(self, task: str, total: int | None = None, unit: str = "rows") -> None:
        """Begin a task."""
        self._task, self._began = task, time.monotonic()
        self._watched.start(task, total, unit)

    def advance(self, amount: int = 1) -> None:
        """Tell of it."""
        self._watched.advance(amount)

    def finish(self, note: str = "") -> None:
        """End the task, and keep how long it took."""
        self.done.append((self._task, round(time.monotonic() - self._began, 3)))
        self._watched.finish(note)


def _write(loads: Loads, record: LoadRecord, begun: float, steps: Steps) -> MetadataError | None:
    seconds = round(time.monotonic() - begun, 3)
    try:
        loads.add(replace(record, seconds=seconds, steps=tuple(steps.done)))
    except MetadataError as error:
        return error
    return None


def _failed(record: LoadRecord, error: BaseException, source: str) -> LoadRecord:
    if isinstance(error, UserError):
        url = _url(source)
        record = replace(record, rejects=REFUSED if isinstance(error, RefusedError) else None)
        text = str(error)[:_LONGEST]
        return replace(record, error_code=error.code, error=without_secrets(text, url) if url is not None else text)
    if isinstance(error, KeyboardInterrupt):
        return replace(record, error_code="interrupted", error="The load was interrupted.")
    # Not its text: nobody knows what it holds.
    return replace(record, error_code=InternalError.code, error=f"A fault of cube-server: {type(error).__name__}.")


def _url(source: str) -> sa.URL | None:
    if "://" not in source:
        return None
    try:
        return sa.make_url(source)
    except (ArgumentError, ValueError):
        return None

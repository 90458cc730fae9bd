"""Where log records go: to stderr, past any progress bar that is on it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PROJECT = ("api", "cube_server", "loaders")


class _StderrHandler(logging.Handler):
    """Looks stderr up at each record: a progress bar puts itself in its place while it is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def log_to_stderr() -> logging.Handler:
    """Show what is logged on stderr, from now on."""
    handler = _StderrHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    return handler


@contextmanager
def logged(*, debug: bool) -> Iterator[None]:
    """Show what is logged on stderr while a command runs.

    Args:
        debug: Whether to show all that this project logs; else only warnings and worse.
    """
    handler = log_to_stderr()
    set_level("debug" if debug else "warning")
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        for package in _PROJECT:
            logging.getLogger(package).setLevel(logging.NOTSET)


def set_level(level: str) -> None:
    """Set the least level of what this project logs, such as "info"; `--debug` is not taken back."""
    for package in _PROJECT:
        logger = logging.getLogger(package)
        if logger.level != logging.DEBUG:
            logger.setLevel(level.upper())

"""The two places where the program writes for people; colour only on a terminal and without NO_COLOR."""

from __future__ import annotations

from io import StringIO
from typing import NoReturn

from rich.console import Console, RenderableType
from rich.measure import Measurement

_WIDEST = 1_000_000


class _PipeConsole(Console):
    """Leaves a broken pipe to `reported`, which knows the exit code."""

    def on_broken_pipe(self) -> NoReturn:
        raise


def stdout_console(*, width: int | None = None) -> Console:
    """Open stdout, where answers go.

    Args:
        width: How many characters fit on a line; by default the terminal's width.
    """
    return _PipeConsole(width=width, highlight=False)


def stderr_console() -> Console:
    """Open stderr, where everything goes that is not an answer."""
    return Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Write a line of text to stderr as it is; the terminal breaks it where it must."""
    stderr_console().print(text, markup=False, soft_wrap=True)


def show(shown: RenderableType) -> None:
    """Write a table or a text to stdout, whole: rich would cut a table that is wider than the terminal."""
    console = stdout_console()
    stdout_console(width=max(console.width, _width(shown))).print(shown)


def plain(shown: RenderableType) -> str:
    """Give a table or a text as it would stand on stdout, without colours."""
    text = StringIO()
    Console(file=text, width=_width(shown), no_color=True, highlight=False).print(shown)
    return text.getvalue()


def _width(shown: RenderableType) -> int:
    console = stdout_console()
    return Measurement.get(console, console.options.update(max_width=_WIDEST), shown).maximum

"""What the user sees when a command fails: the mistake and its fix, or a fault's id and where its trace is."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cube_server.cli.exits import BROKEN_PIPE, FAULT, exit_code
from cube_server.errors import InternalError, UserError

if TYPE_CHECKING:
    from rich.text import Text

logger = logging.getLogger(__name__)


@contextmanager
def reported(*, debug: bool) -> Iterator[None]:
    """Turn whatever a command raises into lines on stderr and an exit code.

    Args:
        debug: Whether the trace of a fault is shown, too.
    """
    try:
        yield
        sys.stdout.flush()
    except UserError as error:
        logger.debug("Raised here:", exc_info=error)
        _show(error_text(error))
        raise typer.Exit(exit_code(error)) from error
    except BrokenPipeError as error:
        _silence_stdout()
        raise typer.Exit(BROKEN_PIPE.code) from error
    except Exception as error:
        if _is_typers_own(error):
            raise
        _show(_fault_text(error))
        if debug:
            _show_trace(error)
        raise typer.Exit(FAULT.code) from error


def error_text(error: UserError) -> Text:
    """Write an error for people: code and message, the hint, and an indented line an issue."""
    from rich.text import Text

    text = _headline(error.code, error.message)
    if error.hint:
        text.append("\n").append("hint: ", style="cyan").append(error.hint)
    for issue in error.issues:
        text.append("\n  ").append(issue.place or "/", style="yellow").append(f": {issue.message}")
        if issue.hint:
            text.append(" ").append(Text(issue.hint, style="cyan"))
    return text


def _headline(code: str, message: str) -> Text:
    from rich.text import Text

    return Text.assemble((f"error[{code}]", "bold red"), f": {message}")


def _fault_text(error: Exception) -> Text:
    trace = _keep_trace(error)
    id = trace.stem.removeprefix("cube-server-fault-")
    text = _headline(InternalError.code, f"This is a fault of cube-server, not yours. Its id is {id}.")
    text.append("\n").append("hint: ", style="cyan")
    return text.append(f"The trace is in {trace}; cube-server --debug COMMAND shows it.")


def _keep_trace(error: Exception) -> Path:
    handle, name = tempfile.mkstemp(prefix="cube-server-fault-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    return Path(name)


def _show_trace(error: Exception) -> None:
    sys.stderr.writelines(traceback.format_exception(error))


def _show(text: Text) -> None:
    from cube_server.cli.console import stderr_console

    # The terminal breaks lines, so that a log keeps each message on one.
    stderr_console().print(text, soft_wrap=True)


def _is_typers_own(error: Exception) -> bool:
    """Tell whether Typer itself knows how to show an exception: wrong usage, an exit, an abort."""
    return isinstance(error, typer.Exit | typer.Abort) or hasattr(error, "exit_code")


def _silence_stdout() -> None:
    """Let the interpreter flush what is left to nowhere, or it would complain on its way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

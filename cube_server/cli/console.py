"""The two places where the program writes for people; colour only on a terminal and without NO_COLOR."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text


def stderr_console() -> Console:
    """Open stderr, where everything goes that is not an answer."""
    return Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Write a line of text to stderr as it is; the terminal breaks it where it must."""
    stderr_console().print(text, markup=False, soft_wrap=True)


def show(text: Text) -> None:
    """Write a text to stdout, styled if that is a terminal, which breaks the lines that are too long for it."""
    console = Console(highlight=False)
    # Rich turns a broken pipe into an exit code of its own, so it only makes the text.
    with console.capture() as made:
        console.print(text, soft_wrap=True)
    write([made.get().encode(sys.stdout.encoding, "backslashreplace")])


def write(data: Iterable[bytes]) -> None:
    """Write to stdout, all of it: with PYTHONUNBUFFERED a single write may take only a part."""
    for chunk in data:
        rest = memoryview(chunk)
        while rest:
            rest = rest[sys.stdout.buffer.write(rest) :]


def save(data: Iterable[bytes], output: Path | None) -> None:
    """Write to the file that --output names, or to stdout."""
    if output is None:
        write(data)
        return
    try:
        with output.open("wb") as file:
            file.writelines(data)
    except OSError as error:
        raise typer.BadParameter(f"Cannot write {output}: {error.strerror}.", param_hint="--output") from error

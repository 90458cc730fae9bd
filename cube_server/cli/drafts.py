"""Models that a command has drafted: written to their file, counted, and what was noted on the way told to people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cube_server.errors import SettingsError
from cube_server.progress import counted

if TYPE_CHECKING:
    from rich.text import Text

    from cube_server.model.elements import Model


class Section(NamedTuple):
    """Notes of one kind.

    Attributes:
        head: What they have in common.
        style: The style of the head, as rich names it.
        notes: The place and the message of each.
    """

    head: str
    style: str
    notes: Sequence[tuple[str, str]]


def write_draft(output: Path, text: str) -> None:
    """Write a model to its file.

    Raises:
        SettingsError: It cannot be written there.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"Cannot write {output}: {error.strerror}.", hint="Name a file with -o.") from error


def parts(model: Model) -> str:
    """Say what a model has: `1 cube, 3 dimensions, 12 measures`."""
    measures = sum(len(cube.measures) for cube in model.cubes)
    counts = {"cube": len(model.cubes), "dimension": len(model.dimensions), "measure": measures}
    return ", ".join(counted(count, noun) for noun, count in counts.items())


def notes_text(sections: Iterable[Section]) -> Text:
    """Write notes below their heads, with their number; kinds without any are left out."""
    from rich.text import Text

    text = Text()
    for head, style, notes in sections:
        if notes:
            text.append(f"{head} ({len(notes)})\n", style=style)
        for place, message in notes:
            text.append("  ").append(place, style="cyan").append(f": {message}\n")
    return text

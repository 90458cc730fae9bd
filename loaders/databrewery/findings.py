"""What an import finds: mistakes that stop it, and notes on what has no equal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cube_server.errors import Issue, ModelError


class NoteKind(StrEnum):
    """How a part of a Cubes installation fared that could not be taken over as it is."""

    APPROXIMATE = "approximate"
    """It works, but not in every case as Cubes does it."""
    UNSUPPORTED = "unsupported"
    """It is left out, and clients that ask for it get an error."""
    IGNORED = "ignored"
    """It means nothing here."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in one of the installation's files.

    Attributes:
        file: The file's name, relative to the installation.
        pointer: A JSON pointer within it; for the ini file `/section/option`.
    """

    file: str
    pointer: str = ""

    def at(self, *parts: str | int) -> Place:
        """Give a place below this one."""
        return Place(self.file, "".join([self.pointer, *(f"/{part}" for part in parts)]))

    def __str__(self) -> str:
        """Show the place as `models/hello.json#/cubes/0/name`."""
        return f"{self.file}#{self.pointer}" if self.pointer else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that could not be taken over as it is.

    Attributes:
        kind: How it fared.
        place: Where it stands.
        message: What it is and why.
    """

    kind: NoteKind
    place: Place
    message: str


class Findings:
    """Gathers notes and mistakes, so that all are told at once."""

    def __init__(self) -> None:
        self._notes: dict[Note, None] = {}
        self._issues: dict[Issue, None] = {}

    @property
    def notes(self) -> tuple[Note, ...]:
        """All notes, in the order in which they were found."""
        return tuple(self._notes)

    def approximate(self, place: Place, message: str) -> None:
        """Note what works a little differently."""
        self._notes[Note(kind=NoteKind.APPROXIMATE, place=place, message=message)] = None

    def unsupported(self, place: Place, message: str) -> None:
        """Note what is left out."""
        self._notes[Note(kind=NoteKind.UNSUPPORTED, place=place, message=message)] = None

    def ignored(self, place: Place, message: str) -> None:
        """Note what means nothing here."""
        self._notes[Note(kind=NoteKind.IGNORED, place=place, message=message)] = None

    def blame(self, place: Place, message: str, hint: str = "") -> None:
        """Add a mistake of the installation's own."""
        self._issues[Issue(str(place), message, hint)] = None

    def refuse(self, what: str) -> None:
        """Raise ModelError if there are mistakes."""
        if self._issues:
            many = f"{len(self._issues)} mistake" + ("s" if len(self._issues) > 1 else "")
            raise ModelError(f"{what} cannot be imported: {many}.", issues=tuple(self._issues))


def listed(names: Iterable[str]) -> str:
    """Write names in a row: 'a', 'b'."""
    return ", ".join(map(repr, names))

"""What a draft is unsure of, what it took for granted and what it left out, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class NoteKind(StrEnum):
    """What a note tells, the most pressing first."""

    UNSURE = "unsure"
    LEFT_OUT = "left out"
    FOUND = "found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to look at in a draft.

    Attributes:
        kind: How pressing it is.
        place: The table, or the column as `table.column`.
        message: What was done, and why.
    """

    kind: NoteKind
    place: str
    message: str


class Notes:
    """Gathers notes, each once."""

    def __init__(self) -> None:
        self._notes: dict[Note, None] = {}

    def unsure(self, place: str, message: str) -> None:
        """Note what was decided without being certain."""
        self._add(NoteKind.UNSURE, place, message)

    def left_out(self, place: str, message: str) -> None:
        """Note what the draft does not have."""
        self._add(NoteKind.LEFT_OUT, place, message)

    def found(self, place: str, message: str) -> None:
        """Note what the values themselves show."""
        self._add(NoteKind.FOUND, place, message)

    def __iter__(self) -> Iterator[Note]:
        """Go through the notes, the most pressing first."""
        kinds = list(NoteKind)
        return iter(sorted(self._notes, key=lambda note: kinds.index(note.kind)))

    def _add(self, kind: NoteKind, place: str, message: str) -> None:
        self._notes[Note(kind=kind, place=place, message=message)] = None

"""Putting the draft together: cube by cube, with the dimensions that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .facts import FactDrafter
from .members import Members
from .notes import Notes
from .profiles import TableProfile
from .roles import Roles
from .rows import Document
from .tables import Tables
from .wording import label, named, words

_AFFIXES = frozenset({"fact", "facts", "tbl", "table", "raw"})


class Assembly:
    """Gathers the cubes of a draft.

    Args:
        name: The model's.
        profiles: The tables of the source.
        roles: Which of them hold facts.
        notes: Takes what is uncertain.
    """

    def __init__(self, name: str, profiles: Sequence[TableProfile], roles: Roles, notes: Notes) -> None:
        self._profiles: Mapping[str, TableProfile] = {profile.source: profile for profile in profiles}
        self._name, self._roles, self._notes = name, roles, notes
        self._tables = Tables(profiles)
        self._members = Members(profiles, roles, self._tables, notes)
        self._cubes: dict[str, Document] = {}

    def add(self, fact: TableProfile) -> None:
        """Add a cube over a table of facts."""
        drafter = FactDrafter(fact, self._profiles, self._roles, self._tables, self._members, self._notes)
        document = drafter.document()
        if not document["links"]:
            self._notes.left_out(
                fact.source, "It has nothing to look at its rows by: no dates, no references, no members."
            )
            del self._tables.documents[document["table"]]
            return
        parts = [word for word in words(fact.source) if word not in _AFFIXES] or [self._name]
        name = named(parts, self._cubes)
        self._cubes[name] = {"label": label(name), **document}

    def document(self) -> Document:
        """Give the whole of cubes.json."""
        self._members.finish()
        return {
            "format": 1,
            "name": self._name,
            "label": label(self._name),
            "tables": self._tables.documents,
            "dimensions": self._members.documents,
            "cubes": self._cubes,
        }

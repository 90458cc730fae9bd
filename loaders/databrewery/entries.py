"""Objects of model files, read field by field; what nobody asked for is noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .findings import Findings, Place, listed


class Entry:
    """One object of a model file.

    Args:
        data: The object as JSON has it.
        place: Where it stands.
        findings: Takes mistakes, and fields that nobody asked for.
    """

    def __init__(self, data: Mapping[str, Any], place: Place, findings: Findings) -> None:
        self.data = data
        self.place = place
        self.findings = findings
        self._asked: set[str] = set()

    def has(self, field: str) -> bool:
        """Tell whether a field is there and not null."""
        return self.data.get(field) is not None

    def raw(self, field: str) -> Any:  # noqa: ANN401 - what JSON holds
        """Give a field as it is; None if it is not there."""
        self._asked.add(field)
        return self.data.get(field)

    def text(self, field: str) -> str | None:
        """Give a text; a number is taken for one."""
        value = self.raw(field)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self._blame(field, "a text")
        return None

    def name(self) -> str:
        """Give the name, which every named object has to have."""
        name = self.text("name")
        if name is None:
            self.findings.blame(self.place, "The field 'name' is missing.")
        return name or "?"

    def one_of(self, field: str, allowed: tuple[str, ...]) -> str | None:
        """Give a text that has to be one of some; None if it is another."""
        value = self.text(field)
        if value is None or value in allowed:
            return value
        self.findings.blame(self.place.at(field), f"{value!r} is not allowed here.", f"Allowed: {listed(allowed)}.")
        return None

    def whole(self, field: str) -> int | None:
        """Give a whole number."""
        value = self.raw(field)
        if value is None or isinstance(value, int):
            return value
        self._blame(field, "a whole number")
        return None

    def flag(self, field: str) -> bool:
        """Give true or false; false if it is not there."""
        value = self.raw(field)
        if not isinstance(value, bool | None):
            self._blame(field, "true or false")
        return value is True

    def mapping(self, field: str) -> Mapping[str, Any]:
        """Give an object as it is; an empty one if it is not there."""
        value = self.raw(field)
        if not isinstance(value, Mapping | None):
            self._blame(field, "an object")
        return value if isinstance(value, Mapping) else {}

    def texts(self, field: str) -> tuple[str, ...] | None:
        """Give a list of texts; one text counts as a list."""
        value = self.raw(field)
        if value is None or isinstance(value, str):
            return None if value is None else (value,)
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return tuple(value)
        self._blame(field, "a list of texts")
        return None

    def entries(self, field: str) -> tuple[Entry, ...]:
        """Give a list of objects; a text stands for an object that has only a name, a mapping for a list by name."""
        value = self.raw(field) or []
        if isinstance(value, Mapping):
            value = [{"name": name, **_named(part)} for name, part in value.items()]
        if not isinstance(value, list):
            self._blame(field, "a list")
            return ()
        return tuple(self._entry(field, number, part) for number, part in enumerate(value))

    def close(self) -> None:
        """Note the fields that nobody asked for."""
        for field in self.data.keys() - self._asked:
            self.findings.ignored(self.place.at(field), f"The field {field!r} is not known to Cubes 1.1.")

    def _entry(self, field: str, number: int, part: object) -> Entry:
        place = self.place.at(field, number)
        if not isinstance(part, str | Mapping):
            self.findings.blame(place, "Here has to stand a name or an object.")
            part = "?"
        return Entry(_named(part), place, self.findings)

    def _blame(self, field: str, wanted: str) -> None:
        self.findings.blame(self.place.at(field), f"{field!r} has to be {wanted}.")


def _named(part: object) -> Mapping[str, Any]:
    return part if isinstance(part, Mapping) else {"name": part}

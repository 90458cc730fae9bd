"""The parameters of an address, as the Slicer API reads them: unknown ones are ignored, known ones checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from .errors import request_mistake
from .grammar import split_at
from .paging import Page, read_number

_YES = frozenset({"true", "yes", "1", "on"})


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a request; one that may be repeated has all its values."""

    values: Mapping[str, tuple[str, ...]]

    def first(self, name: str) -> str | None:
        """Give the first value of a parameter, None if it is not given or empty."""
        return next(iter(self.values.get(name, ())), None) or None

    def all(self, name: str) -> tuple[str, ...]:
        """Give all values of a parameter, empty ones too."""
        return self.values.get(name, ())

    def names(self, name: str) -> tuple[str, ...]:
        """Give the names of a parameter that lists them, between `|` or commas."""
        texts = (part for text in self.all(name) for part in split_at(text.replace("|", ","), ","))
        return tuple(part.strip() for part in texts if part.strip())

    def page(self) -> Page:
        """Give the page."""
        size = read_number("pagesize", self.first("pagesize") or self.first("page_size"))
        return Page(number=read_number("page", self.first("page")), records=size)

    def number(self, name: str) -> int | None:
        """Give a number."""
        return read_number(name, self.first(name))

    def choice(self, name: str, valid: tuple[str, ...]) -> str:
        """Give one of some words, the first of them if none is given."""
        word = (self.first(name) or valid[0]).lower()
        if word not in valid:
            raise request_mistake(f"unknown {name} '{word}', use one of: {', '.join(valid)}")
        return word

    def flag(self, name: str, *, default: bool) -> bool:
        """Tell whether something is wished for."""
        word = self.first(name)
        return default if word is None else word.lower() in _YES


def read_parameters(query: bytes) -> Parameters:
    """Read the query of an address."""
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except (UnicodeDecodeError, ValueError) as error:
        raise request_mistake("The address is not UTF-8 text, or has more than 1000 parameters") from error
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return Parameters(found)

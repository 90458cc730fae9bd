"""Reading one parameter's text from left to right."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from cube_server.errors import Issue

T = TypeVar("T")

SEPARATORS = ",|"
"""Either one separates the items of a list."""

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_UNTIL = {
    "key": re.compile(r'(?:(?!\.\.)[^,|/;"])*'),
    "name": re.compile(r'[^,|:;"]*'),
}


class TextError(ValueError):
    """A text that does not follow the grammar; `issue` says where and why."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(str(issue))
        self.issue = issue


class Scanner:
    """A text and how far it is read. Whitespace around keys, names and signs does not count.

    Args:
        place: What the text is, for messages: `cut`.
        text: The text.
    """

    def __init__(self, place: str, text: str) -> None:
        self._place, self.text, self.at = place, text, 0

    def error(self, message: str, hint: str = "", *, at: int | None = None) -> TextError:
        """Make the error that blames the next character, or the one at `at`."""
        spot = self.at if at is None else at
        return TextError(Issue(f"{self._place}, character {spot + 1}", message, hint))

    @property
    def ended(self) -> bool:
        """Whether only whitespace is left."""
        self._skip_space()
        return self.at >= len(self.text)

    def sees(self, *signs: str) -> bool:
        """Tell whether one of the signs comes next."""
        self._skip_space()
        return self.text.startswith(signs, self.at)

    def takes(self, *signs: str) -> bool:
        """Step over one of the signs if it comes next, and tell whether it did."""
        sign = next((sign for sign in signs if self.sees(sign)), "")
        self.at += len(sign)
        return bool(sign)

    def quoted(self) -> str | None:
        """Read a text in double quotes, in which "" is a quote; None if no quote comes next."""
        if not self.sees('"'):
            return None
        match = _QUOTED.match(self.text, self.at)
        if match is None:
            raise self.error("The quote is not closed.", 'Write " at its end; a quote inside is written "".')
        self.at = match.end()
        return match[1].replace('""', '"')

    def bare(self, kind: str) -> str:
        """Read a text without quotes up to a sign that ends it, trimmed, never empty.

        Args:
            kind: `key` or `name`; they end at different signs.
        """
        self._skip_space()
        match = _UNTIL[kind].match(self.text, self.at)
        found = match[0].strip() if match else ""
        if not found:
            raise self.error(f"A {kind} is missing.", 'The empty text is written "".' if kind == "key" else "")
        self.at += len(match[0]) if match else 0
        return found

    def name(self) -> str:
        """Read a name, quoted or bare."""
        quoted = self.quoted()
        return self.bare("name") if quoted is None else quoted

    def until(self, sign: str) -> str:
        """Read everything up to a sign or the end, trimmed."""
        end = self.text.find(sign, self.at)
        found = self.text[self.at : end if end >= 0 else len(self.text)]
        self.at += len(found)
        return found.strip()

    def items(self, read: Callable[[Scanner], T], *separators: str, ends: str = "") -> list[T]:
        """Read items with separators between them, up to the text's end or a sign in `ends`."""
        found = [read(self)]
        while not self.ended and not (ends and self.sees(*ends)):
            if not self.takes(*separators):
                expected = " or ".join(repr(sign) for sign in (*separators, *ends))
                raise self.error(
                    f"Expected {expected} here, not {self.text[self.at]!r}.",
                    "Put a text with special signs in double quotes.",
                )
            found.append(read(self))
        return found

    def _skip_space(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

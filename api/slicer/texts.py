"""Texts for people, in the language asked."""

from __future__ import annotations

from cube_server.model.shapes import TextDoc
from cube_server.model.tables import Text


def told(text: TextDoc | None, language: str) -> str | None:
    """Give a text in a language, else in its first one; None if there is no text."""
    if text is None or isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()), None)


def passed_on(text: Text) -> TextDoc | None:
    """Make the document of a text; None if it is empty."""
    return dict(text.by_language) or None

"""Texts that people read, in their languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Text for people, by language; the first language stands in for a missing one.

    >>> Text((("en", "Sales"), ("ko", "매출"))).get("ko")
    '매출'
    """

    by_language: tuple[tuple[str, str], ...] = ()

    def get(self, language: str = "en", default: str = "") -> str:
        """Give the text in a language, else in the first one, else `default`."""
        texts = dict(self.by_language)
        return texts.get(language) or next(iter(texts.values()), default)

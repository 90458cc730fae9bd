"""Members of cell sets as JSON: written once for all tuples that have them, and for the answers to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

import polars as pl

from cube_server.result.coverage import Coverage
from cube_server.result.dictionary import Dictionary
from cube_server.result.flat import OTHERS

from .json_values import Document, encode
from .table import UNKNOWN_KEY

_Marked = tuple[int, bool, bool]
"""A member's code, whether facts do not cover it to its end, and whether it is a leaf."""

_KEPT: WeakKeyDictionary[Dictionary, dict[_Marked, bytes]] = WeakKeyDictionary()
_LARGEST_KEPT = 5_000
"""The most members of a dictionary whose texts are kept: those of years, departments and stores are in every answer."""

_OTHERS = encode({"key": None, "caption": OTHERS, "others": True})
_ALL = encode(None)


@dataclass(frozen=True, slots=True)
class Marks:
    """What is told of a level's members beside their keys.

    Attributes:
        coverage: How far facts cover them; None where that is not told.
        leaves: Which are leaves (Boolean, by code); None where that is not told.
    """

    coverage: Coverage | None
    leaves: pl.Series | None

    def of(self, codes: list[int]) -> Iterator[_Marked]:
        """Put marks to members."""
        late, leaves = (self.coverage.incomplete if self.coverage else None), self.leaves
        return zip(codes, _marked(late, codes), _marked(leaves, codes), strict=True)


def write_members(
    codes: list[int | None], dictionary: Dictionary, others: Sequence[bool], marks: Marks, language: str
) -> list[bytes]:
    """Write the member of each tuple, null for All.

    Args:
        codes: The member's code in each tuple.
        dictionary: The members.
        others: Which tuples are of others instead; empty if none is.
        marks: What else is told of members.
        language: The language of labels.
    """
    used = list(marks.of(sorted(code for code in set(codes) if code is not None)))
    texts = _texts_kept(dictionary)
    if unwritten := [member for member in used if member not in texts]:
        texts |= _texts(unwritten, dictionary, language)
    members = {None: _ALL} | {member[0]: texts[member] for member in used}
    found = list(map(members.__getitem__, codes))
    return [_OTHERS if other else member for other, member in zip(others, found, strict=True)] if others else found


def _marked(marks: pl.Series | None, codes: list[int]) -> list[bool]:
    return [False] * len(codes) if marks is None else marks[codes].to_list()


def _texts_kept(dictionary: Dictionary) -> dict[_Marked, bytes]:
    """Give the texts that are kept of a dictionary; none of members that an axis names, which is the question's own."""
    if dictionary.depths is not None or len(dictionary) > _LARGEST_KEPT:
        return {}
    return _KEPT.setdefault(dictionary, {})


def _texts(used: list[_Marked], dictionary: Dictionary, language: str) -> Iterator[tuple[_Marked, bytes]]:
    places = pl.Series([code for code, _, _ in used], dtype=pl.UInt32)
    *keys, captions, unknowns = (
        # Column by column: a whole frame would be handed to other threads, which costs more than a few members.
        dictionary.frame[name][places].to_list()
        for name in (*dictionary.key_columns, "caption", "unknown")
    )
    for member, path, caption, unknown in zip(used, zip(*keys, strict=True), captions, unknowns, strict=True):
        code, is_late, is_leaf = member
        missing = UNKNOWN_KEY if unknown else None
        document: dict[str, Any] = {"key": [missing if part is None else _json(part) for part in path]}
        document["caption"] = caption
        document |= UNKNOWN_KEY if unknown else {}
        document |= {"incomplete": True} if is_late else {}
        document |= {"leaf": True} if is_leaf else {}
        yield member, encode(_named(document, dictionary, code, language))


def _json(key: object) -> object:
    """Give a key as JSON does: it has one kind of number, and exact decimals would become text."""
    return float(key) if isinstance(key, Decimal) else key


def _named(member: Document, dictionary: Dictionary, code: int, language: str) -> Document:
    """Give a member that the axis names with its own level, as they may differ, or as a calculated one."""
    if dictionary.depths is None:
        return member
    calculated = dictionary.calculated[code]
    if calculated is not None:
        format_ = {"format": calculated.format} if calculated.format else {}
        caption = calculated.label.get(language, calculated.name)
        return {**member, "key": None, "caption": caption, "calculated": calculated.name, **format_}
    depth = int(dictionary.depths[code])
    return {**member, "key": member["key"][:depth], "level": dictionary.ref.lineage()[depth - 1].name}

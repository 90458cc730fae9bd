"""Names of this server's models for names of Cubes, which may be any text."""

from __future__ import annotations

import re
from collections.abc import Collection

_MOST = 100
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset({"and", "or", "not", "null"})


def word(name: str) -> str:
    """Make a name of a text.

    >>> word("2nd store.sales")
    '_2nd_store_sales'
    """
    text = re.sub(r"[^A-Za-z0-9_]", "_", name) or "_"
    return (text if not text[0].isdigit() else f"_{text}")[:_MOST]


def is_word(name: str) -> bool:
    """Tell whether a formula may write a name as it is."""
    return bool(_WORD.fullmatch(name)) and name.lower() not in _RESERVED


def unique(name: str, taken: Collection[str]) -> str:
    """Make a name that is not taken yet.

    >>> unique("date", {"date", "date_2"})
    'date_3'
    """
    base = word(name)
    candidates = (base, *(f"{base[: _MOST - 6]}_{number}" for number in range(2, len(taken) + 3)))
    return next(candidate for candidate in candidates if candidate not in taken)

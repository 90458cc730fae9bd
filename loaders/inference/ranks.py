"""Words that tell which of two columns is the coarser: a country has states, a department categories."""

from __future__ import annotations

from .vocabulary import LADDERS
from .wording import singular, words


def is_coarser(one: str, other: str) -> bool:
    """Tell whether the names of two columns say that the first is the coarser.

    >>> is_coarser("store_country", "store_city"), is_coarser("category_name", "sub_category_name")
    (True, True)
    """
    places = [(_place(one, ladder), _place(other, ladder)) for ladder in LADDERS]
    return any(0 <= here < there for here, there in places)


def is_ranked(name: str) -> bool:
    """Tell whether a name is one of a level that is known."""
    return any(_place(name, ladder) >= 0 for ladder in LADDERS)


def _place(name: str, ladder: tuple[str, ...]) -> int:
    parts = tuple(singular(word) for word in words(name))
    joined = "".join(parts)
    if "subcategory" in joined:
        return ladder.index("subcategory") if "subcategory" in ladder else -1
    found = [ladder.index(word) for word in parts if word in ladder]
    return found[-1] if found else -1

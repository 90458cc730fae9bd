"""Names of the source as words: what they are about, names for the model, labels for people."""

from __future__ import annotations

import re
from collections.abc import Collection

_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_AFFIXES = frozenset(
    {"dim", "dimension", "fact", "facts", "tbl", "table", "d", "f", "t", "raw", "stg", "lkp", "lookup"}
)
_SHORT = {"id": "ID", "sku": "SKU", "upc": "UPC", "ean": "EAN", "usd": "USD", "eur": "EUR", "gbp": "GBP", "url": "URL"}
_FORMULA_WORDS = frozenset({"and", "or", "not", "null", "true", "false", "member", "row", "column"})
_MOST = 60


def words(name: str) -> tuple[str, ...]:
    """Split a name into words in lower case.

    >>> words("CustomerID"), words("dim_product 2")
    (('customer', 'id'), ('dim', 'product', '2'))
    """
    return tuple(part.lower() for part in _SPLIT.findall(name))


def subject(table: str) -> tuple[str, ...]:
    """Tell what a table is about: its words without prefixes and years, the last one in the singular.

    >>> subject("dim_products"), subject("sales_fact_1997")
    (('product',), ('sale',))
    """
    kept = [word for word in words(table.rpartition(".")[2]) if word not in _AFFIXES and not word.isdigit()]
    kept = kept or list(words(table)) or ["table"]
    return (*kept[:-1], singular(kept[-1]))


def singular(word: str) -> str:
    """Give the singular of an English noun, as far as its letters tell.

    >>> [singular(word) for word in ("categories", "boxes", "stores", "address", "status")]
    ['category', 'box', 'store', 'address', 'status']
    """
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


def plural(word: str) -> str:
    """Give the plural of an English noun.

    >>> [plural(word) for word in ("category", "box", "store", "day")]
    ['categories', 'boxes', 'stores', 'days']
    """
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def named(parts: Collection[str], taken: Collection[str] = ()) -> str:
    """Make a name of the model of words, one that is not taken.

    >>> named(("unit", "price")), named(("2", "go")), named(("a",), {"a"})
    ('unit_price', '_2_go', 'a_2')
    """
    base = re.sub(r"[^a-z0-9_]", "", "_".join(parts).lower()) or "field"
    base = (f"_{base}" if base[0].isdigit() else base)[:_MOST]
    base = f"{base}_" if base in _FORMULA_WORDS else base
    candidates = (base, *(f"{base}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in candidates if name not in taken)


def label(name: str) -> str:
    """Make a label of a name of the source; what has no words that we know stays as it is.

    >>> label("UnitPrice"), label("customer_id"), label("판매액")
    ('Unit price', 'Customer ID', '판매액')
    """
    found = words(name)
    if not found or not name.isascii():
        return name.strip() or "Column"
    text = " ".join(_SHORT.get(word, word) for word in found)
    return text[:1].upper() + text[1:]

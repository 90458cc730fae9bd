"""What a database calls its types, and whether a model's column can be one of them."""

from __future__ import annotations

import re

from cube_server.types import DataType, Kind

_WRAPPED = re.compile(r"(?:nullable|lowcardinality)\((.*)\)", re.IGNORECASE)
"""ClickHouse's ways to say that a type has nulls, or few values."""
_NESTED = re.compile(r"\]$|^(array|map|tuple|struct|row|union|nested|variant|json\()", re.IGNORECASE)
_UNTOLD = frozenset({"", "null"})
"""SQLite knows no types of a view's columns."""

_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"u?(tiny|small|medium|big|huge)?int(eger)?\d*( unsigned)?|(big|small)?serial"), Kind.INT),
    (re.compile(r"double( precision)?|b?float\d*|real"), Kind.FLOAT),
    (re.compile(r"(decimal|numeric)\d*"), Kind.DECIMAL),
    (re.compile(r"bool(ean)?"), Kind.BOOL),
    (re.compile(r"date(32)?"), Kind.DATE),
    (re.compile(r"(timestamp|datetime)(\d+|_\w+)?( with(out)? time zone)?"), Kind.TIMESTAMP),
    (
        re.compile(r"n?(var)?char|character( varying)?|bpchar|text|(fixed)?string|uuid|enum.*|citext|name|json"),
        Kind.TEXT,
    ),
)
_TAKEN: dict[Kind, frozenset[Kind]] = {
    Kind.INT: frozenset({Kind.INT, Kind.DECIMAL}),
    Kind.FLOAT: frozenset({Kind.FLOAT, Kind.DECIMAL, Kind.INT}),
    Kind.DECIMAL: frozenset({Kind.DECIMAL, Kind.INT, Kind.FLOAT}),
    Kind.BOOL: frozenset({Kind.BOOL, Kind.INT}),
}


def is_taken(type_: DataType, stored: str, *, casts_text: bool = False, cuts_floats: bool = False) -> bool:
    """Tell whether a column of a database's type can be what a model says.

    Args:
        type_: What the model says.
        stored: What the database says.
        casts_text: Whether text is cast from whatever it is kept as; see `Dialect.casts_text`.
        cuts_floats: Whether a float may become a decimal that is less; see `Dialect.cuts_floats`.

    >>> is_taken(DataType(Kind.INT), "LowCardinality(Nullable(UInt16))"), is_taken(DataType(Kind.INT), "numeric(9,2)")
    (True, False)
    """
    if _NESTED.search(stored):
        return False
    kind = kind_of(stored)
    if kind is Kind.DECIMAL and type_.kind is Kind.INT and _scale(stored):
        return False
    if kind is Kind.FLOAT and type_.kind is Kind.DECIMAL and cuts_floats:
        return False
    if kind is None:
        return stored.lower() in _UNTOLD or (casts_text and type_.kind is Kind.TEXT)
    return kind in _TAKEN.get(type_.kind, frozenset({type_.kind}))


def kind_of(stored: str) -> Kind | None:
    """Tell which of our kinds a database's type is of; None if it is none of them, or is not told.

    >>> [kind_of(name) for name in ("HUGEINT", "numeric(12,4)", "Enum8('date' = 1)", "int4range")]
    [<Kind.INT: 'int'>, <Kind.DECIMAL: 'decimal'>, <Kind.TEXT: 'text'>, None]
    """
    while wrapped := _WRAPPED.fullmatch(stored):
        stored = wrapped[1]
    # timestamp(3) with time zone: what stands in brackets may stand in the middle.
    name = " ".join(re.sub(r"\(.*\)", "", stored).lower().split())
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(name)), None)


def is_inexact(type_: DataType, stored: str) -> bool:
    """Tell whether values may have more digits behind the point than the model says, which would be rounded away.

    >>> [is_inexact(DataType(Kind.DECIMAL, 2), name) for name in ("numeric", "numeric(12,2)", "Decimal(9, 4)")]
    [True, False, True]
    """
    if type_.kind not in (Kind.INT, Kind.DECIMAL) or kind_of(stored) not in (Kind.DECIMAL, Kind.FLOAT):
        return False
    scale = _scale(stored)
    return scale is None or scale > type_.scale


def _scale(stored: str) -> int | None:
    """Give how many digits behind the point a type has; None where it does not say."""
    found = re.search(r"\d+\s*,\s*(\d+)\)", stored)
    return int(found[1]) if found else None

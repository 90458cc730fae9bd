"""The values that cubes are made of: data types of columns, and the keys that identify members."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from typing import Final


class Kind(StrEnum):
    """The families of data types that a column may have."""

    INT = "int"
    FLOAT = "float"
    DECIMAL = "decimal"
    TEXT = "text"
    BOOL = "bool"
    DATE = "date"
    TIMESTAMP = "timestamp"


class Unknown(Enum):
    """The key of the member under which facts stand whose own key has no dimension row."""

    UNKNOWN = "unknown()"

    def __str__(self) -> str:
        """Show the key as the short query form writes it."""
        return self.value

    __repr__ = __str__


UNKNOWN: Final = Unknown.UNKNOWN

Scalar = str | int | float | bool | Decimal | dt.date | dt.datetime
"""A value of a column, never null."""

KeyPart = Scalar | Unknown | None
"""The key of one member within its parent: a value, `UNKNOWN`, or None for the member *null*."""

KeyPath = tuple[KeyPart, ...]
"""The keys from the top of a hierarchy down to a member: `("GROCERY", "BEEF")`."""

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"decimal\((\d{1,2})\)")
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
NUMBERS = frozenset({Kind.INT, Kind.FLOAT, Kind.DECIMAL})


@dataclass(frozen=True, slots=True)
class DataType:
    """The type of a column. A decimal is an exact number with `scale` digits behind the point.

    >>> DataType.parse("decimal(2)")
    DataType(kind=<Kind.DECIMAL: 'decimal'>, scale=2)
    >>> DataType.parse("date").read("2017-12-31")
    datetime.date(2017, 12, 31)
    """

    kind: Kind
    scale: int = 0

    @classmethod
    def parse(cls, text: str) -> DataType:
        """Read a type as cubes.json writes it; raise ValueError for anything else."""
        if match := _DECIMAL.fullmatch(text):
            return cls(Kind.DECIMAL, int(match[1]))
        names = [kind.value for kind in Kind if kind is not Kind.DECIMAL]
        if text in names:
            return cls(Kind(text))
        raise ValueError(f"{text!r} is no data type; valid: {', '.join(names)}, decimal(SCALE)")

    def __str__(self) -> str:
        """Write the type as cubes.json does."""
        return f"decimal({self.scale})" if self.kind is Kind.DECIMAL else self.kind.value

    @property
    def is_number(self) -> bool:
        """Whether values of this type can be added up."""
        return self.kind in NUMBERS

    def read(self, value: object) -> Scalar:
        """Read a value of this type from JSON or URL text.

        Args:
            value: A JSON scalar or its text.

        Returns:
            The value as the Python type of this data type.

        Raises:
            ValueError: The value is not of this type; nothing is coerced that would change it.
        """
        try:
            return _READERS[self.kind](value)
        except (ValueError, TypeError, InvalidOperation) as error:
            raise ValueError(f"{value!r} is not of type {self}") from error


def _read_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    if isinstance(value, str) and not _INTEGER.fullmatch(value):
        raise ValueError
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError
    return number


def _read_float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _read_decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise TypeError
    return Decimal(str(value))


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _read_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    folded = str(value).lower()
    if folded not in _TRUE | _FALSE:
        raise ValueError
    return folded in _TRUE


def _read_date(value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    return dt.date.fromisoformat(_read_text(value))


def _read_timestamp(value: object) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(_read_text(value))


_READERS: dict[Kind, Callable[[object], Scalar]] = {
    Kind.INT: _read_int,
    Kind.FLOAT: _read_float,
    Kind.DECIMAL: _read_decimal,
    Kind.TEXT: _read_text,
    Kind.BOOL: _read_bool,
    Kind.DATE: _read_date,
    Kind.TIMESTAMP: _read_timestamp,
}

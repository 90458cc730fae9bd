"""What SQLite lacks and can be given: the variance of a sample, and functions of formulas over one row."""

from __future__ import annotations

import datetime as dt
import math
import sqlite3
from collections.abc import Callable, Mapping


class _Variance:
    """Welford's algorithm (Note on a Method for Calculating Corrected Sums of Squares and Products, 1962)."""

    def __init__(self) -> None:
        self.count, self.mean, self.squares = 0, 0.0, 0.0

    def step(self, value: float | None, /) -> None:
        """Take one more value; null is none."""
        if value is not None:
            self.count += 1
            off = value - self.mean
            self.mean += off / self.count
            self.squares += off * (value - self.mean)

    def finalize(self) -> float | None:
        """Give the variance, null for fewer than two values."""
        return self.squares / (self.count - 1) if self.count > 1 else None


class _Deviation(_Variance):
    """The root of the variance."""

    def finalize(self) -> float | None:
        """Give the standard deviation, null for fewer than two values."""
        variance = super().finalize()
        return None if variance is None else math.sqrt(variance)


def _whole(number: float | None) -> int | None:
    if isinstance(number, float):
        raise OverflowError("A whole number does not fit into 64 bits.")
    return number


def _extract(part: str, moment: str | None) -> int | None:
    if moment is None:
        return None
    found = dt.datetime.fromisoformat(moment)
    own = {"quarter": (found.month + 2) // 3, "week": found.isocalendar().week, "weekday": found.isoweekday()}
    return own[part] if part in own else int(getattr(found, part))


def _date(year: int, month: int, day: int) -> str | None:
    return None if None in (year, month, day) else dt.date(year, month, day).isoformat()


def _read(text: str | None, form: str) -> dt.datetime | None:
    return None if text is None else dt.datetime.strptime(text, form)


def _to_date(text: str | None, form: str) -> str | None:
    found = _read(text, form)
    return None if found is None else found.date().isoformat()


def _to_timestamp(text: str | None, form: str) -> str | None:
    found = _read(text, form)
    return None if found is None else found.isoformat(" ", "microseconds")


def _of_number(function: Callable[..., float]) -> Callable[..., float | None]:
    return lambda *values: None if None in values else float(function(*values))


def _of_text(function: Callable[[str], str | float]) -> Callable[[str | None], str | float | None]:
    return lambda text: None if text is None else function(text)


_FUNCTIONS: Mapping[str, tuple[int, Callable[..., object]]] = {
    **{name: (1, _of_number(getattr(math, name))) for name in ("floor", "ceil", "sqrt", "exp", "sin", "cos", "tan")},
    "ln": (1, _of_number(math.log)),
    "log10": (1, _of_number(math.log10)),
    "power": (2, _of_number(math.pow)),
    "lower": (1, _of_text(str.lower)),
    "upper": (1, _of_text(str.upper)),
    "cube_number": (1, _of_text(float)),
    "cube_whole": (1, _whole),
    "cube_extract": (2, _extract),
    "cube_date": (3, _date),
    "cube_to_date": (2, _to_date),
    "cube_to_timestamp": (2, _to_timestamp),
}


def add_functions(connection: sqlite3.Connection, record: object) -> None:
    """Add the functions to a new connection."""
    del record
    # What typeshed asks for is an aggregate of whole numbers.
    connection.create_aggregate("var_samp", 1, _Variance)  # type: ignore[arg-type]
    connection.create_aggregate("stddev_samp", 1, _Deviation)  # type: ignore[arg-type]
    for name, (arguments, function) in _FUNCTIONS.items():
        connection.create_function(name, arguments, function, deterministic=True)  # type: ignore[arg-type]

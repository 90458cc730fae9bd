"""Whole numbers in as few bytes as they need, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.levels import Mask
from cube_server.backends.embedded.rows import Numbers, Places
from cube_server.backends.embedded.threads import over_blocks

EXACT_IN_FLOAT = 1 << 53
_PLANE = 16
"""How many bits of a number of three bytes are in its first plane."""
_MOST_DIGITS = 6
_FIRST = 4096
"""So many floats tell mostly how many digits all of them have."""

_UNSIGNED: tuple[type[np.unsignedinteger[Any]], ...] = (np.uint8, np.uint16, np.uint32)
_SIGNED: tuple[type[np.signedinteger[Any]], ...] = (np.int8, np.int16, np.int32)


def narrowest(largest: int) -> type[np.unsignedinteger[Any]]:
    """Choose the type of 1, 2 or 4 bytes for numbers from 0 to the largest.

    >>> narrowest(255).__name__
    'uint8'
    """
    return next(kind for kind in _UNSIGNED if largest <= np.iinfo(kind).max)


def narrowest_signed(largest: int) -> type[np.signedinteger[Any]]:
    """Choose the type of 1, 2 or 4 bytes for numbers from -1 to the largest."""
    return next(kind for kind in _SIGNED if largest <= np.iinfo(kind).max)


@dataclass(frozen=True, slots=True, eq=False)
class PackedNumbers:
    """A column of numbers as it lies in memory.

    Attributes:
        codes: What is stored: unsigned numbers of 1, 2 or 4 bytes, Int64, Float32 or Float64.
        offset: What to add to a code; 0 for floats.
        scale: Digits behind the point that the numbers stand for; None for true floats.
        valid: Which rows are not null; None if all. The number of null means nothing.
        is_exact: Whether Float64 holds, and adds up, all of them without error.
        upper: Of numbers of three bytes, the third one, of which `codes` has the first two; None for others.
    """

    codes: npt.NDArray[Any]
    offset: int
    scale: int | None
    valid: Mask | None
    is_exact: bool
    upper: npt.NDArray[np.uint8] | None = None

    def at(self, places: Places) -> Numbers:
        """Give the numbers of some rows."""
        take = _slicing(places) if isinstance(places, slice) else _picking(places)
        size = len(range(*places.indices(len(self.codes)))) if isinstance(places, slice) else len(places)
        values: npt.NDArray[Any] = np.empty(size, np.float64 if self.is_exact else np.int64)

        def fill(run: slice) -> None:
            if self.upper is None:
                values[run] = take(self.codes, run)
            else:
                third = take(self.upper, run).astype(np.uint32)
                third <<= _PLANE
                values[run] = np.bitwise_or(third, take(self.codes, run), out=third)
            if self.offset:
                values[run] += self.offset

        over_blocks(size, fill)
        return Numbers(values, self.scale, None if self.valid is None else self.valid[places])


_Take = Callable[[npt.NDArray[Any], slice], npt.NDArray[Any]]


def _slicing(places: slice) -> _Take:
    return lambda array, run: array[places][run]


def _picking(places: npt.NDArray[np.intp]) -> _Take:
    # `clip` spares the check that every place exists, which all do.
    return lambda array, run: array.take(places[run], mode="clip")


@dataclass(frozen=True, slots=True, eq=False)
class PackedIntegers:
    """Whole numbers in as few bytes as they need.

    Attributes:
        codes: Unsigned, of 1, 2 or 4 bytes, or Int64 where these are too few.
        offset: What to add to a code.
        bounds: The least and the largest number; None if all are null.
    """

    codes: npt.NDArray[Any]
    offset: int
    bounds: tuple[int, int] | None

    @property
    def planes(self) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8] | None]:
        """The codes; of such as need three bytes, the first two and the third."""
        if self.codes.dtype != np.uint32 or self.bounds is None or (self.bounds[1] - self.offset) >> (_PLANE + 8):
            return self.codes, None
        third = np.empty(len(self.codes), np.uint8)
        return self.codes.astype(np.uint16), np.right_shift(self.codes, _PLANE, out=third, casting="unsafe")


def pack_integers(values: npt.NDArray[np.int64], valid: Mask | None) -> PackedIntegers:
    """Pack whole numbers; null gets any code."""
    present = values if valid is None else values[valid]
    if not len(present):
        return PackedIntegers(np.zeros(len(values), np.uint8), 0, None)
    least, largest = int(present.min()), int(present.max())
    kind = narrowest_or_none(largest - least)
    if kind is None:
        return PackedIntegers(values, 0, (least, largest))
    # Made narrow at once, a few at a time: of a difference that fits, the lowest bits are all.
    codes = np.subtract(values, least, out=np.empty(len(values), kind), casting="unsafe")
    return PackedIntegers(codes, least, (least, largest))


def joined(parts: Sequence[PackedIntegers]) -> PackedIntegers:
    """Put parts of one column together; without an offset where that takes no more room."""
    bounds = [part.bounds for part in parts if part.bounds is not None]
    least, largest = min((low for low, _ in bounds), default=0), max((high for _, high in bounds), default=0)
    kind = narrowest_or_none(largest - least) or np.int64
    offset = 0 if kind is np.int64 or (least >= 0 and narrowest_or_none(largest) is kind) else least
    codes = np.empty(sum(len(part.codes) for part in parts), kind)
    start = 0
    for part in parts:
        run = slice(start, start := start + len(part.codes))
        shift = part.offset - offset if part.bounds else 0
        np.add(part.codes, kind(shift), out=codes[run], dtype=kind, casting="unsafe")
    return PackedIntegers(codes, offset, (least, largest) if bounds else None)


def narrowest_or_none(largest: int) -> type[np.unsignedinteger[Any]] | None:
    """Choose as `narrowest` does; None where 4 bytes are too few."""
    return narrowest(largest) if largest <= np.iinfo(np.uint32).max else None


def as_decimals(values: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], int] | None:
    """Take floats for the decimals of a few digits that they were written as, if all of them are.

    Their sums are then exact: the same in any order, whichever rollup they come from.

    >>> as_decimals(np.array([0.1, 2.25]))
    (array([ 10, 225]), 2)

    Args:
        values: The floats.

    Returns:
        Whole numbers and the digits behind the point that they stand for; None if a float has more digits, or if they
        could not be added up without error.
    """
    for scale in range(1, _MOST_DIGITS + 1):
        if not _have_digits(values[:_FIRST], scale):
            continue
        whole = np.rint(values * 10.0**scale)
        if _have_digits(values, scale) and np.abs(whole).sum() < EXACT_IN_FLOAT:
            return whole.astype(np.int64), scale
    return None


def _have_digits(values: npt.NDArray[np.float64], scale: int) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values).all()) and np.array_equal(np.rint(values * 10.0**scale) / 10.0**scale, values)


def pack_floats(values: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Halve floats where that loses nothing."""
    with np.errstate(over="ignore"):
        halved = values.astype(np.float32)
    return halved if np.array_equal(halved, values, equal_nan=True) else values

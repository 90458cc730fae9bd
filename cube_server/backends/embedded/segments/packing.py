"""Whole numbers in as few bytes as they need, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.levels import Mask
from cube_server.backends.embedded.rows import Numbers, Places
from cube_server.backends.embedded.threads import over_blocks

EXACT_IN_FLOAT = 1 << 53
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
        valid: Which rows are not null; None if all. The code of null is 0.
        is_exact: Whether Float64 holds, and adds up, all of them without error.
    """

    codes: npt.NDArray[Any]
    offset: int
    scale: int | None
    valid: Mask | None
    is_exact: bool

    def at(self, places: Places) -> Numbers:
        """Give the numbers of some rows."""
        if isinstance(places, slice):
            codes = self.codes[places]
            return self._unpacked(len(codes), lambda run: codes[run], places)
        return self._unpacked(len(places), lambda run: self.codes.take(places[run], mode="clip"), places)

    def _unpacked(self, size: int, codes: Callable[[slice], npt.NDArray[Any]], places: Places) -> Numbers:
        values: npt.NDArray[Any] = np.empty(size, np.float64 if self.is_exact else np.int64)

        def fill(run: slice) -> None:
            values[run] = codes(run)
            if self.offset:
                values[run] += self.offset

        over_blocks(size, fill)
        return Numbers(values, self.scale, None if self.valid is None else self.valid[places])


def pack_integers(values: npt.NDArray[np.int64], valid: Mask | None) -> tuple[npt.NDArray[Any], int]:
    """Pack whole numbers; give the codes, and the offset that makes them the numbers again."""
    present = values if valid is None else values[valid]
    if not len(present):
        return np.zeros(len(values), np.uint8), 0
    least, largest = int(present.min()), int(present.max())
    if largest - least > np.iinfo(np.uint32).max:
        return values if valid is None else np.where(valid, values, 0), 0
    offset = 0 if least >= 0 and narrowest_or_none(largest) is narrowest(largest - least) else least
    codes = (values - offset) if valid is None else np.where(valid, values - offset, 0)
    return codes.astype(narrowest(largest - offset)), offset


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

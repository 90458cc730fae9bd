"""Comparing an answer with the oracle's: whole numbers exactly, others to 1e-9."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

Row = tuple[object, ...]
NUMBERS = (int, float, Decimal)


def assert_same_rows(found: Sequence[Row], expected: Sequence[Row]) -> None:
    """Assert that two tables hold the same rows in the same order."""
    for place, (row, true) in enumerate(zip(found, expected, strict=False)):
        assert same_row(row, true), f"row {place}: {row} is not {true}"
    assert len(found) == len(expected), f"{len(found)} rows, not {len(expected)}: {found[len(expected) :]}"


def same_row(found: Row, expected: Row) -> bool:
    """Tell whether two rows are the same."""
    return len(found) == len(expected) and all(map(same, found, expected))


def same(found: object, expected: object) -> bool:
    """Tell whether two values are the same; a whole number and a fraction of one value are, True and 1 are not."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, int) and isinstance(expected, int):
        return found == expected
    if isinstance(found, NUMBERS) and isinstance(expected, NUMBERS):
        return float(found) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)
    return found == expected

"""Moving aggregates, by hand."""

from __future__ import annotations

import pytest

from api.slicer.windows import moving


@pytest.mark.parametrize(
    ("function", "size", "wanted"),
    [
        ("sma", 2, [1.0, 2.5, 6.0]),
        ("sms", 2, [1, 5, 12]),
        ("wma", 2, [1.0, round((1 + 2 * 4) / 3, 4), round((4 + 2 * 8) / 3, 4)]),
        ("wma", 3, [1.0, 3.0, round((1 + 8 + 24) / 6, 4)]),
        ("smvar", 3, [0.0, 4.5, round(37 / 3, 2)]),
        ("smstd", 2, [0.0, 2.12, 2.83]),
        ("smrsd", 2, [0.0, 0.8485, 0.4714]),
    ],
)
def test_windows(function: str, size: int, wanted: list[float]) -> None:
    assert moving(function, [1, 4, 8], size) == wanted


def test_empty_values_are_passed_over() -> None:
    assert moving("sms", [None, 3, None, None], 2) == [None, 3, 3, None]
    assert moving("smrsd", [1, -1], 2) == [0.0, None]

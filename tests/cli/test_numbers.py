from __future__ import annotations

import pytest

from cube_server.cli.numbers import formatted


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (1234567, "#,##0", "1,234,567"),
        (1234.5, "#,##0.00", "1,234.50"),
        (-1234.5, "#,##0.00", "-1,234.50"),
        (0, "#,##0", "0"),
        (1234.5, "0.0", "1234.5"),
        (0.25, "0%", "25%"),
        (12.5, "#,##0.0%", "1,250.0%"),
        # Halves go away from zero, also those that have no exact binary form.
        (2.5, "0", "3"),
        (-2.5, "0", "-3"),
        (1.005, "0.00", "1.01"),
        (1e21, "#,##0", "1,000,000,000,000,000,000,000"),
        (None, "#,##0", ""),
        # A format that is not known leaves the number whole.
        (1234.5678, "", "1234.5678"),
        (1234, "yyyy", "1234"),
        (float("inf"), "#,##0", "inf"),
    ],
)
def test_numbers_read_as_a_spreadsheet_shows_them(value: float | None, format: str, text: str) -> None:
    assert formatted(value, format) == text

"""The cases of `tests/spec`, asked of facts in two places: the same hand-written SQL, the same answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cube_server.engine import Engine
from cube_server.errors import CapabilityError
from tests.comparison import Row, assert_same_rows
from tests.spec.case_files import read_cases
from tests.sql.test_cases import _asked

CASES = {name: case for name, case in read_cases() if not case.error}


@pytest.mark.parametrize("file", sorted({name.partition(":")[0] for name in CASES}))
def test_two_places_answer_as_the_case_says(
    everywhere: Engine, expected: Callable[[str], list[Row]], file: str
) -> None:
    """What cannot be told from both places is refused with the reason: history; some windows, bridges and stocks."""
    for name, case in CASES.items():
        # Pages of facts have those of the database first.
        if name.partition(":")[0] != file or case.facts is not None:
            continue
        try:
            total, rows = _asked(everywhere, case)
        except CapabilityError as error:
            if file == "history" or "two places" in str(error) or "one place" in str(error):
                continue
            raise
        try:
            assert_same_rows(rows, expected(case.sql))
            assert case.total in (None, total)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error

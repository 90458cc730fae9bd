"""Choosing rollups by hand arithmetic, and sizes estimated from samples."""

from __future__ import annotations

import numpy as np
import pytest

from cube_server.backends.embedded.rollups.sizes import estimate
from cube_server.backends.rollups.choosing import Candidate, Chosen, choose
from cube_server.backends.rollups.definition import Definition
from cube_server.backends.rollups.needs import Need


def need(*levels: str) -> Need:
    return Need(cube="c", levels=levels)


def candidate(rows: float, *levels: str) -> Candidate:
    return Candidate(definition=Definition(cube="c", levels=levels), rows=rows, bytes=rows * 100)


def answers(one: Candidate, wanted: Need) -> bool:
    return set(wanted.levels) <= set(one.definition.levels)


def names(found: tuple[Chosen, ...]) -> list[tuple[str, ...]]:
    return [part.candidate.definition.levels for part in found]


def test_the_first_spares_most_for_its_bytes() -> None:
    """1,000,000 facts; a: 10,000 rows, b: 100,000, both: 200,000. Asked are a ten times and b once.

    Sparing a byte, with 262,144 for each: a spares 9,900,000 for 1,262,144; both spares 10 * 800,000 + 800,000 for
    20,262,144; b spares 900,000 for 10,262,144. After a, b spares 900,000, both only b's 800,000.
    """
    needs = {need("a"): 10.0, need("b"): 1.0}
    candidates = [candidate(200_000, "a", "b"), candidate(100_000, "b"), candidate(10_000, "a")]
    found = choose(needs, candidates, answers, facts=1_000_000, room=1e9)
    assert names(found) == [("a",), ("b",)]
    assert [part.benefit for part in found] == [9_900_000, 900_000]


def test_the_room_is_kept() -> None:
    needs = {need("a"): 1.0, need("b"): 1.0}
    candidates = [candidate(100_000, "a"), candidate(100_001, "b")]
    assert names(choose(needs, candidates, answers, facts=1_000_000, room=1.5e7)) == [("a",)]
    assert not choose(needs, candidates, answers, facts=1_000_000, room=1e6)


def test_what_is_declared_is_made_in_any_case() -> None:
    """However large it is; and what it answers need not be made again."""
    needs = {need("a"): 1.0, need("b"): 1.0}
    candidates, declared = (
        [candidate(10_000, "a"), candidate(10_000, "b")],
        [candidate(900_000, "c"), candidate(9_000, "a")],
    )
    found = choose(needs, candidates, answers, facts=1_000_000, room=1.5e6, declared=declared)
    assert names(found) == [("c",), ("a",), ("b",)]
    assert [part.is_declared for part in found] == [True, True, False]
    assert names(choose(needs, [], answers, facts=1_000_000, room=0.0, declared=declared)) == [("c",), ("a",)]


def test_what_spares_little_is_not_made() -> None:
    assert not choose({need("a"): 1.0}, [candidate(300_000, "a")], answers, facts=1_000_000, room=1e9)
    assert not choose({need("a"): 1.0}, [candidate(10, "a")], answers, facts=1_000, room=1e9)


@pytest.mark.parametrize("different", [100, 10_000, 900_000])
def test_sizes_are_estimated_within_a_factor(different: int) -> None:
    """Where all values are about as frequent, a sample of a thirtieth tells their number within a quarter."""
    drawn = np.random.default_rng(7).integers(0, different, 1_000_000)
    real = len(np.unique(drawn))
    found = estimate(np.unique(drawn[::30], return_counts=True)[1], 1_000_000)
    assert real * 0.75 <= found <= real * 6

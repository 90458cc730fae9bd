"""Sets of keys as bits, against Python's own sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.key_sets import packed
from cube_server.backends.embedded.rows import Keys, Numbers

GROUPS, KEYS = 5, 130
"""More keys than two words of bits tell of."""

rows = st.lists(st.tuples(st.integers(0, GROUPS - 1), st.none() | st.integers(0, KEYS - 1)), max_size=60)


def sets_of(found: list[tuple[int, int | None]]) -> Numbers:
    groups = np.array([group for group, _ in found], np.int32)
    codes = np.array([-1 if key is None else key for _, key in found], np.int32)
    sets = kernels.key_sets(groups, GROUPS, Keys(codes, KEYS))
    assert sets is not None
    return Numbers(sets.counts(), 0, None, sets)


def keys_of(found: list[tuple[int, int | None]], *groups: int) -> set[int]:
    return {key for group, key in found if group in groups and key is not None}


@settings(deadline=None)
@given(rows, st.lists(st.integers(0, 2), min_size=GROUPS, max_size=GROUPS))
def test_united_sets_are_sets_of_all_rows(found: list[tuple[int, int | None]], coarser: list[int]) -> None:
    counted = sets_of(found)
    assert counted.values.tolist() == [len(keys_of(found, group)) for group in range(GROUPS)]
    assert counted.sets is not None
    united = counted.sets.united(np.array(coarser), 4)
    members = [[group for group in range(GROUPS) if coarser[group] == into] for into in range(4)]
    assert united.counts().tolist() == [len(keys_of(found, *groups)) for groups in members]
    assert counted.sets.united(np.zeros(GROUPS, np.int64), 1).counts().tolist() == [len(keys_of(found, *range(GROUPS)))]


@settings(deadline=None)
@given(rows, st.lists(st.integers(0, GROUPS - 1)))
def test_some_rows_bring_their_sets(found: list[tuple[int, int | None]], places: list[int]) -> None:
    some = sets_of(found).at(np.array(places, np.intp))
    assert some.sets is not None
    assert some.sets.counts().tolist() == some.values.tolist() == [len(keys_of(found, place)) for place in places]


def test_where_few_rows_meet_many_keys_they_are_sorted() -> None:
    groups, codes = np.arange(3, dtype=np.int32), np.array([7, 7, 1_000_000], np.int32)
    assert kernels.key_sets(groups, 3, Keys(codes, 1_000_001)) is None
    assert kernels.distinct(groups, 3, Keys(codes, 1_000_001)).tolist() == [1, 1, 1]


def test_no_groups_have_no_sets() -> None:
    """Found by the law of databases: a count of bridged members where a cut leaves no fact."""
    none = packed(np.zeros(0, np.bool_), 0)
    assert none.bits.shape[0] == 0
    assert none.united(np.zeros(0, np.int64), 0).bits.shape[0] == 0

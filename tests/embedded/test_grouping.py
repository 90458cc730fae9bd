"""Rows to group numbers: the dense, the hashed and the sorted way put the same rows together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.backends.embedded import grouping as grouping_module
from cube_server.backends.embedded.grouping import Combination, Grouping, group, place
from cube_server.backends.embedded.rows import Leaves, RelationRows
from cube_server.budget import Budget, Limits
from cube_server.errors import LimitError
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import Cube
from tests.embedded.conftest import BUDGET

LEAVES = 6
ROWS = st.lists(st.tuples(st.integers(0, LEAVES - 1), st.integers(0, LEAVES - 1)), max_size=30)


Refs = tuple[LevelRef, LevelRef]


@pytest.fixture(scope="session")
def refs(cube: Cube) -> Refs:
    """A level of each of two dimensions."""
    first, second = (next(ref for ref in cube.level_refs() if ref.link == link) for link in cube.links[:2])
    return first, second


def combination(ref: LevelRef, codes: list[int], size: int) -> Combination:
    """Make a combination of which only some of `size` numbers occur at the leaves."""
    leaves = np.zeros(size, np.int32)
    leaves[codes] = np.arange(len(codes), dtype=np.int32)
    return Combination(ref.link, (ref,), np.array(codes, np.int32), leaves)


def rows_of(refs: Refs, pairs: list[tuple[int, int]]) -> RelationRows:
    columns = np.array(pairs, np.int32).reshape(-1, 2)
    return RelationRows(len(pairs), tuple(Leaves((ref,), columns[:, place]) for place, ref in enumerate(refs)), {})


def parts(grouping: Grouping) -> list[tuple[int, int]]:
    """Tell the pair of codes that each row's group stands for, by way of the leaves that stand for it."""
    found = zip(grouping.combinations, grouping.leaves(grouping.groups), strict=True)
    first, second = (part.codes[leaves.positions].tolist() for part, leaves in found)
    return list(zip(first, second, strict=True))


@settings(deadline=None)
@given(pairs=ROWS, coarse=st.lists(st.integers(0, 2), min_size=LEAVES, max_size=LEAVES))
def test_dense_hashed_and_sorted_groups_are_the_same(
    pairs: list[tuple[int, int]], coarse: list[int], refs: Refs
) -> None:
    expected = [(coarse[first], second) for first, second in pairs]
    for size, dense, few in ((LEAVES, True, 0), (300, False, 0), (300, False, 100)):
        combinations = (combination(refs[0], coarse, size), combination(refs[1], list(range(LEAVES)), size))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(grouping_module, "FEW", few)
            grouping = group(rows_of(refs, pairs), combinations, BUDGET)
        assert (grouping.cells is None) is dense
        assert parts(grouping) == expected
        assert all(0 <= number < grouping.size for number in grouping.groups)


def test_no_levels_make_one_group_of_all(refs: Refs) -> None:
    grouping = group(rows_of(refs, [(0, 0), (1, 1)]), (), BUDGET)
    assert (grouping.size, grouping.groups.tolist(), grouping.leaves(np.array([0]))) == (1, [0, 0], ())


def test_places_beyond_32_bits_do_not_wrap(refs: Refs) -> None:
    size = 1 << 20
    first, second = (combination(ref, [size - 1], size) for ref in refs)
    assert place(rows_of(refs, [(0, 0)]), (first, second)).tolist() == [(1 << 40) - 1]


def test_a_grid_that_no_integer_can_number_is_refused(cube: Cube) -> None:
    refs = [next(ref for ref in cube.level_refs() if ref.link == link) for link in cube.links[:4]]
    sized = tuple(combination(ref, [0], 1 << 17) for ref in refs)
    with pytest.raises(LimitError, match=r"cross in more than 2\^63 ways"):
        group(RelationRows(0, (), {}), sized, BUDGET)


def test_group_numbers_over_the_memory_limit_are_refused(refs: Refs) -> None:
    rows = rows_of(refs, [(0, 0)] * 100)
    with pytest.raises(LimitError, match="needs about"):
        group(rows, (), Budget(Limits(memory=100)))

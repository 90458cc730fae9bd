"""Rows to group numbers: the dense and the hashed way put the same rows together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_server.backends.embedded.grouping import Combination, Grouping, group, place
from cube_server.backends.embedded.levels import Codes
from cube_server.backends.embedded.rows import RelationRows
from cube_server.budget import Budget, Limits
from cube_server.errors import LimitError
from cube_server.model.elements import Cube, Link
from tests.embedded.conftest import BUDGET

LEAVES = 6
ROWS = st.lists(st.tuples(st.integers(0, LEAVES - 1), st.integers(0, LEAVES - 1)), max_size=30)


def combination(link: Link, codes: list[int], size: int) -> Combination:
    """Make a combination of which only some of `size` numbers occur at the leaves."""
    leaves = np.zeros(size, np.int32)
    leaves[codes] = np.arange(len(codes), dtype=np.int32)
    return Combination(link, (), np.array(codes, np.int32), leaves)


def rows_of(links: tuple[Link, Link], pairs: list[tuple[int, int]]) -> RelationRows:
    columns = np.array(pairs, np.int32).reshape(-1, 2)
    return RelationRows(len(pairs), {links[0]: columns[:, 0], links[1]: columns[:, 1]}, {})


def parts(grouping: Grouping, links: tuple[Link, Link], codes: tuple[Codes, Codes]) -> list[tuple[int, int]]:
    """Tell the pair of codes that each row's group stands for."""
    leaves = grouping.leaves(grouping.groups)
    return [
        (int(first), int(second))
        for first, second in zip(codes[0][leaves[links[0]]], codes[1][leaves[links[1]]], strict=True)
    ]


@given(pairs=ROWS, coarse=st.lists(st.integers(0, 2), min_size=LEAVES, max_size=LEAVES))
def test_dense_and_hashed_groups_are_the_same(pairs: list[tuple[int, int]], coarse: list[int], cube: Cube) -> None:
    links = (cube.links[0], cube.links[1])
    rows = rows_of(links, pairs)
    fine = list(range(LEAVES))
    expected = [(coarse[first], second) for first, second in pairs]
    for size, dense in ((LEAVES, True), (300, False)):
        combinations = (combination(links[0], coarse, size), combination(links[1], fine, size))
        grouping = group(rows, combinations, BUDGET)
        assert (grouping.cells is None) is dense
        assert parts(grouping, links, (combinations[0].codes, combinations[1].codes)) == expected
        assert all(0 <= number < grouping.size for number in grouping.groups)


def test_no_levels_make_one_group_of_all(cube: Cube) -> None:
    grouping = group(rows_of((cube.links[0], cube.links[1]), [(0, 0), (1, 1)]), (), BUDGET)
    assert (grouping.size, grouping.groups.tolist(), grouping.leaves(np.array([0]))) == (1, [0, 0], {})


def test_places_beyond_32_bits_do_not_wrap(cube: Cube) -> None:
    links = (cube.links[0], cube.links[1])
    size = 1 << 20
    combinations = (combination(links[0], [size - 1], size), combination(links[1], [size - 1], size))
    assert place(rows_of(links, [(0, 0)]), combinations).tolist() == [(1 << 40) - 1]


def test_a_grid_that_no_integer_can_number_is_refused(cube: Cube) -> None:
    sized = [combination(link, [0], 1 << 17) for link in cube.links[:4]]
    with pytest.raises(LimitError, match=r"cross in more than 2\^63 ways"):
        group(RelationRows(0, {}, {}), tuple(sized), BUDGET)


def test_group_numbers_over_the_memory_limit_are_refused(cube: Cube) -> None:
    rows = rows_of((cube.links[0], cube.links[1]), [(0, 0)] * 100)
    with pytest.raises(LimitError, match="needs about"):
        group(rows, (), Budget(Limits(memory=100)))

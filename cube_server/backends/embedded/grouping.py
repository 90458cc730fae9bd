"""Rows to group numbers: the members of a grain, combined into one integer a row.

The levels of one dimension are combined leaf by leaf first, so that only combinations that exist get a number, and each
row costs one look-up a dimension however many of its levels are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cube_server.backends.embedded.kernels import Groups
from cube_server.backends.embedded.levels import Codes, DimensionIndex, LevelIndex
from cube_server.backends.embedded.rows import Leaves, Rows, positions_by_run
from cube_server.backends.embedded.threads import over_blocks
from cube_server.budget import Budget
from cube_server.errors import LimitError
from cube_server.model.dimensions import Dimension, LevelRef, Link

_SMALL_GRID = 1 << 16
FEW = 1 << 12
"""So few rows take less time to sort than to hash."""


@dataclass(frozen=True, slots=True, eq=False)
class Combination:
    """The members of one dimension's levels in a grain, combined.

    Attributes:
        link: The link to the dimension.
        refs: The levels.
        codes: The number of the combination of each leaf position.
        leaves: A leaf position of each combination.
    """

    link: Link
    refs: tuple[LevelRef, ...]
    codes: Codes
    leaves: Codes

    @property
    def size(self) -> int:
        """How many combinations there are."""
        return len(self.leaves)


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Rows put into groups.

    Attributes:
        combinations: One for each dimension of the grain; the group's number is made of theirs.
        groups: The group of each row.
        size: How many group numbers there are, used or not.
        cells: The place in the whole grid that each group stands for; None where a group's number is the place.
    """

    combinations: tuple[Combination, ...]
    groups: Groups
    size: int
    cells: Groups | None

    def codes(self, used: Groups) -> tuple[Groups, ...]:
        """Give the number of each combination that the used groups are made of."""
        return split(self.places(used), tuple(part.size for part in self.combinations))

    def places(self, used: Groups) -> npt.NDArray[np.int64]:
        """Give the place of the used groups in the whole grid; see `join`."""
        return (used if self.cells is None else self.cells[used]).astype(np.int64)

    def leaves(self, used: Groups) -> tuple[Leaves, ...]:
        """Give a leaf position for each dimension of the used groups."""
        codes = self.codes(used)
        return tuple(Leaves(part.refs, part.leaves[code]) for part, code in zip(self.combinations, codes, strict=True))


def split(numbers: Groups, sizes: tuple[int, ...]) -> tuple[Groups, ...]:
    """Take combined numbers apart, the last part running fastest."""
    found: list[Groups] = []
    for size in reversed(sizes):
        numbers, code = np.divmod(numbers, size)
        found.append(code)
    return tuple(reversed(found))


def join(codes: Iterable[Groups], sizes: Iterable[int], count: int) -> npt.NDArray[np.int64]:
    """Put `count` codes of each part together into numbers, the last part running fastest; see `split`."""
    numbers = np.zeros(count, np.int64)
    for code, size in zip(codes, sizes, strict=True):
        numbers = numbers * size + code
    return numbers


def combine(dimension: Callable[[Dimension], DimensionIndex], grain: tuple[LevelRef, ...]) -> tuple[Combination, ...]:
    """Combine the levels of a grain, dimension by dimension."""
    links = dict.fromkeys(ref.link for ref in grain)
    return tuple(_combination(dimension(link.dimension), link, grain) for link in links)


def group(rows: Rows, combinations: tuple[Combination, ...], budget: Budget, *, apart: bool = False) -> Grouping:
    """Put rows into groups.

    Args:
        rows: The rows.
        combinations: What to group by, from `combine`; none makes one group of all.
        budget: Its memory limit holds for the group numbers.
        apart: Whether most rows are expected to be groups of their own: then sorting takes less time than hashing.

    Returns:
        The grouping: dense where the whole grid is small beside the rows, else numbered by what occurs.

    Raises:
        LimitError: The grid has more places than an integer can number.
    """
    grid = _grid(combinations)
    budget.check_memory(rows.size * 24)
    if not combinations:
        return Grouping((), np.zeros(rows.size, np.int32), 1, None)
    cells = place(rows, combinations)
    if grid <= max(_SMALL_GRID, 2 * rows.size):
        return Grouping(combinations, cells, grid, None)
    if apart or rows.size <= FEW:
        budget.check_memory(rows.size * 40)
        return Grouping(combinations, *_sorted_apart(cells))
    encoded = pa.array(cells).dictionary_encode()
    occurring = encoded.dictionary.to_numpy()
    return Grouping(combinations, encoded.indices.to_numpy(), len(occurring), occurring)


def _sorted_apart(cells: Groups) -> tuple[Groups, int, Groups]:
    """Number cells by what occurs: the number of each, how many there are, and the cell of each number."""
    if bool((cells[1:] > cells[:-1]).all()):
        # Rows of a rollup stand in order, each a cell of its own, as long as nothing coarser is asked.
        return np.arange(len(cells), dtype=np.int32), len(cells), cells
    order = np.argsort(cells)
    ordered = cells[order]
    is_first = np.ones(len(cells), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    groups: Groups = np.empty(len(cells), np.int32)
    groups[order] = np.cumsum(is_first, dtype=np.int32) - 1
    occurring = ordered[is_first]
    return groups, len(occurring), occurring


def place(rows: Rows, combinations: tuple[Combination, ...]) -> Groups:
    """Give each row's place in the grid of all combinations."""
    wide = _grid(combinations) > np.iinfo(np.int32).max
    places: Groups = np.empty(rows.size, np.int64) if wide else np.empty(rows.size, np.int32)
    parts = [(part.codes, part.size, positions_by_run(rows, part.link)) for part in combinations]

    def fill(run: slice) -> None:
        for number, (codes, size, positions) in enumerate(parts):
            if number:
                places[run] *= size
                places[run] += codes.take(positions(run), mode="clip")
            else:
                # `clip` spares the check that every position exists, which all do.
                places[run] = codes.take(positions(run), mode="clip")

    over_blocks(rows.size, fill)
    return places


def _grid(combinations: tuple[Combination, ...]) -> int:
    grid = 1
    for part in combinations:
        grid *= part.size
    if grid > np.iinfo(np.int64).max:
        names = ", ".join(ref.name for part in combinations for ref in part.refs)
        raise LimitError(f"The levels {names} cross in more than 2^63 ways.", hint="Ask for fewer or coarser levels.")
    return grid


def _combination(index: DimensionIndex, link: Link, grain: tuple[LevelRef, ...]) -> Combination:
    refs = tuple(ref for ref in grain if ref.link == link)
    levels = [index.level(ref.levels) for ref in refs]
    if len(levels) == 1:
        return Combination(link, refs, levels[0].codes, levels[0].leaves)
    codes, leaves = _joint(levels)
    return Combination(link, refs, codes, leaves)


def _joint(levels: list[LevelIndex]) -> tuple[Codes, Codes]:
    """Number the combinations of several levels that occur at the leaves."""
    joint = levels[0].codes.astype(np.int64)
    for level in levels[1:]:
        _, joint = np.unique(joint, return_inverse=True)
        joint = joint * level.size + level.codes
    _, leaves, codes = np.unique(joint, return_index=True, return_inverse=True)
    return codes.astype(np.int32), leaves.astype(np.int32)

"""Making a rollup of the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.grouping import Combination, combine
from cube_server.backends.embedded.levels import Codes, DimensionIndex
from cube_server.backends.embedded.rollups.aggregating import Aggregation, Merging
from cube_server.backends.embedded.rollups.kept import Kept, RollupRows
from cube_server.backends.embedded.rows import Keys
from cube_server.backends.rollups.definition import Definition, Operand
from cube_server.errors import LimitError
from cube_server.model.dimensions import Dimension, Link
from cube_server.model.elements import AggregateKind, Cube

Indexes = Callable[[Dimension], DimensionIndex]
_Cells = npt.NDArray[np.int64]

_WIDEST = 1 << 62


def build(
    definition: Definition,
    cube: Cube,
    rows: FactRows | RollupRows,
    dimension: Indexes,
    wanted: Iterable[tuple[AggregateKind, Operand]],
) -> Kept:
    """Aggregate facts to a rollup.

    Args:
        definition: What it is of.
        cube: The cube that the definition names.
        rows: Its facts, or a rollup of them that tells the levels and holds the keys.
        dimension: Gives the index of a dimension.
        wanted: The aggregates to keep, as far as they can be told of rows that stand for many facts.

    Returns:
        The rollup, its rows in the order of its levels.
    """
    parts = combine(dimension, definition.refs(cube))
    keys = {column.name: rows.keys(column) for column in definition.columns(cube)}
    by_part = [part.codes[rows.positions(part.link)] for part in parts]
    cells = packed([*zip(by_part, (part.size for part in parts), strict=True), *_places(keys)], rows.size)
    groups, size = numbered(cells)
    some = np.zeros(size, np.int64)
    some[groups] = np.arange(rows.size)

    def of_leaves(link: Link) -> _Cells | None:
        if keys or any(rows.axis(part.link) != rows.axis(link) for part in parts):
            return None
        return (
            _cells_of_leaves(parts[0], by_part[0][some])
            if parts
            else np.zeros(dimension(link.dimension).leaves + 1, np.int64)
        )

    aggregation: Aggregation
    if isinstance(rows, RollupRows):
        aggregation = Merging(rows, dimension, groups, size, of_leaves)
    else:
        aggregation = Aggregation(rows, dimension, groups, size, of_leaves)
    positions = {rows.axis(part.link): part.leaves[codes[some]] for part, codes in zip(parts, by_part, strict=True)}
    held = {name: column.at(some) for name, column in keys.items()}
    return Kept(definition, size, positions, held, dict(aggregation.numbers(wanted)), 0, rows.size)


def _cells_of_leaves(part: Combination, codes: Codes) -> _Cells:
    """Give the cell of each leaf of the one dimension of a rollup; anything for a leaf without facts."""
    cells = np.zeros(part.size, np.int64)
    cells[codes] = np.arange(len(codes))
    return cells[part.codes]


def _places(keys: Mapping[str, Keys]) -> Iterator[tuple[Codes, int]]:
    """Give keys as numbers from 0, that of null being the first."""
    return ((column.codes.astype(np.int32) + 1, column.size + 1) for column in keys.values())


def packed(parts: Iterable[tuple[Codes, int]], count: int) -> _Cells:
    """Combine codes into one number a row, the last part running fastest."""
    cells, size = np.zeros(count, np.int64), 1
    for codes, width in parts:
        if size * width > _WIDEST:
            cells, size = numbered(cells)
        if size * width > _WIDEST:
            raise LimitError("The levels of the rollup cross in more than 2^62 ways.", hint="Name fewer levels.")
        cells, size = cells * width + codes, size * width
    return cells


def numbered(cells: _Cells) -> tuple[_Cells, int]:
    """Number the cells that occur, in ascending order."""
    encoded = pa.array(cells).dictionary_encode()
    occurring = encoded.dictionary.to_numpy()
    ranks = np.empty(len(occurring), np.int64)
    ranks[np.argsort(occurring)] = np.arange(len(occurring))
    return ranks[encoded.indices.to_numpy()], len(occurring)

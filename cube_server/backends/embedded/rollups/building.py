"""Making a rollup of the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.grouping import combine
from cube_server.backends.embedded.levels import Codes, DimensionIndex
from cube_server.backends.embedded.operands import level_operand
from cube_server.backends.embedded.rollups.definition import Definition, Operand
from cube_server.backends.embedded.rollups.kept import (
    ROWS,
    Kept,
    counts,
    distincts,
    greatest,
    least,
    scatters,
    sums,
)
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.errors import LimitError
from cube_server.model.dimensions import Dimension, LevelRef
from cube_server.model.elements import AggregateKind, Cube
from cube_server.model.tables import Column

Indexes = Callable[[Dimension], DimensionIndex]
_Cells = npt.NDArray[np.int64]

_SUMMED = (AggregateKind.SUM, AggregateKind.AVG, AggregateKind.VARIANCE, AggregateKind.STDDEV)
_SCATTERED = (AggregateKind.VARIANCE, AggregateKind.STDDEV)
_WIDEST = 1 << 62


def build(
    definition: Definition,
    cube: Cube,
    facts: FactRows,
    dimension: Indexes,
    wanted: Iterable[tuple[AggregateKind, Operand]],
) -> Kept:
    """Aggregate facts to a rollup.

    Args:
        definition: What it is of.
        cube: The cube that the definition names.
        facts: Its facts.
        dimension: Gives the index of a dimension.
        wanted: The aggregates to keep, as far as they can be told of rows that stand for many facts.

    Returns:
        The rollup, its rows in the order of its levels.
    """
    parts = combine(dimension, definition.refs(cube))
    keys = {column.name: facts.keys(column) for column in definition.columns(cube)}
    by_part = [part.codes[facts.positions(part.link)] for part in parts]
    cells = _cells([*zip(by_part, (part.size for part in parts), strict=True), *_places(keys)], facts.size)
    groups, size = _numbered(cells)
    some = np.zeros(size, np.int64)
    some[groups] = np.arange(facts.size)
    aggregation = _Aggregation(facts, dimension, groups, size)
    numbers = dict(aggregation.numbers(wanted))
    positions = {facts.axis(part.link): part.leaves[codes[some]] for part, codes in zip(parts, by_part, strict=True)}
    found = Kept(definition, size, positions, {name: column.at(some) for name, column in keys.items()}, numbers, 0)
    return found


def _places(keys: Mapping[str, Keys]) -> Iterator[tuple[Codes, int]]:
    """Give keys as numbers from 0, that of null being the first."""
    return ((column.codes + 1, column.size + 1) for column in keys.values())


def _cells(parts: Iterable[tuple[Codes, int]], count: int) -> _Cells:
    """Combine codes into one number a row, the last part running fastest."""
    cells, size = np.zeros(count, np.int64), 1
    for codes, width in parts:
        if size * width > _WIDEST:
            cells, size = _numbered(cells)
        if size * width > _WIDEST:
            raise LimitError("The levels of the rollup cross in more than 2^62 ways.", hint="Name fewer levels.")
        cells, size = cells * width + codes, size * width
    return cells


def _numbered(cells: _Cells) -> tuple[_Cells, int]:
    """Number the cells that occur, in ascending order."""
    encoded = pa.array(cells).dictionary_encode()
    occurring = encoded.dictionary.to_numpy()
    ranks = np.empty(len(occurring), np.int64)
    ranks[np.argsort(occurring)] = np.arange(len(occurring))
    return ranks[encoded.indices.to_numpy()], len(occurring)


class _Aggregation:
    """The aggregates of facts in groups, all of which have facts."""

    def __init__(self, facts: FactRows, dimension: Indexes, groups: _Cells, size: int) -> None:
        self._facts, self._dimension = facts, dimension
        self._groups, self._size = groups, size
        self._rows = kernels.count(groups, size)

    def numbers(self, wanted: Iterable[tuple[AggregateKind, Operand]]) -> Iterator[tuple[str, Numbers]]:
        yield ROWS, _counted(self._rows)
        by_operand: dict[Operand, set[AggregateKind]] = {}
        for kind, over in wanted:
            by_operand.setdefault(over, set()).add(kind)
        for over, kinds in by_operand.items():
            if AggregateKind.DISTINCT in kinds and over is not None:
                yield from self._distinct(over)
            if isinstance(over, Column) and kinds != {AggregateKind.DISTINCT}:
                yield from self._of_column(over, kinds)

    def _distinct(self, over: Column | LevelRef) -> Iterator[tuple[str, Numbers]]:
        """Count keys where none is in two groups: there counts add up."""
        if isinstance(over, Column):
            name, keys = distincts(over.name), self._facts.keys(over)
        elif self._facts.spread(over.link) is not None:
            return
        else:
            name, index = distincts(self._facts.axis(over.link), over), self._dimension(over.link.dimension)
            codes = index.level(over.levels).codes[self._facts.positions(over.link)]
            found = level_operand(AggregateKind.DISTINCT, index, over, codes)
            assert isinstance(found, Keys)
            keys = found
        home = self._homes(keys)
        if home is not None:
            yield name, _counted(np.bincount(home, minlength=self._size))

    def _homes(self, keys: Keys) -> _Cells | None:
        """Give the one group that each key lies in; None if a key lies in several."""
        present = keys.codes >= 0
        codes, groups = keys.codes[present], self._groups[present]
        homes = np.full(keys.size, -1, np.int64)
        homes[codes] = groups
        return homes[homes >= 0] if np.array_equal(homes[codes], groups) else None

    def _of_column(self, over: Column, kinds: set[AggregateKind]) -> Iterator[tuple[str, Numbers]]:
        if not over.type.is_number:
            codes = self._facts.keys(over).codes
            some = Numbers(np.zeros(len(codes)), None, codes >= 0)
            yield counts(over.name), _counted(kernels.count_valid(self._groups, self._size, some))
            return
        numbers = self._facts.numbers(over)
        filled = self._rows if numbers.valid is None else kernels.count_valid(self._groups, self._size, numbers)
        valid = None if numbers.valid is None else filled > 0
        yield counts(over.name), _counted(filled)
        if kinds.intersection(_SUMMED):
            total = kernels.total(self._groups, self._size, numbers)
            yield sums(over.name), Numbers(total, numbers.scale, valid)
            if kinds.intersection(_SCATTERED):
                means = total / np.maximum(filled, 1)
                yield (
                    scatters(over.name),
                    Numbers(kernels.scatter(self._groups, self._size, numbers, means), None, None),
                )
        for kind, name, kernel in (
            (AggregateKind.MIN, least(over.name), kernels.smallest),
            (AggregateKind.MAX, greatest(over.name), kernels.largest),
        ):
            if kind in kinds:
                values = kernel(self._groups, self._size, numbers)
                yield name, Numbers(values if valid is None else np.where(valid, values, 0), numbers.scale, valid)


def _counted(found: kernels.Counts) -> Numbers:
    return Numbers(found.astype(np.float64), 0, None)

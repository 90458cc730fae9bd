"""The numbers of a rollup, from facts or from the rows of a larger rollup."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.levels import Codes, DimensionIndex
from cube_server.backends.embedded.operands import level_operand
from cube_server.backends.embedded.rollups.kept import RollupRows
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.backends.rollups.definition import Operand
from cube_server.backends.rollups.naming import ROWS, counts, distincts, greatest, least, scatters, sums
from cube_server.model.dimensions import Dimension, LevelRef, Link
from cube_server.model.elements import AggregateKind
from cube_server.model.tables import Column

Indexes = Callable[[Dimension], DimensionIndex]
_Cells = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]

_SUMMED = (AggregateKind.SUM, AggregateKind.AVG, AggregateKind.VARIANCE, AggregateKind.STDDEV)
_SCATTERED = (AggregateKind.VARIANCE, AggregateKind.STDDEV)


class Aggregation:
    """The aggregates of facts in groups, none of which is empty.

    Args:
        rows: The facts.
        dimension: Gives the index of a dimension.
        groups: The group of each.
        size: How many groups there are.
        of_leaves: Gives the group of all facts of each leaf by a link; None where they may be in several.
    """

    def __init__(
        self,
        rows: FactRows | RollupRows,
        dimension: Indexes,
        groups: _Cells,
        size: int,
        of_leaves: Callable[[Link], _Cells | None],
    ) -> None:
        self._rows, self._dimension, self._of_leaves = rows, dimension, of_leaves
        self._groups, self._size = groups, size

    def numbers(self, wanted: Iterable[tuple[AggregateKind, Operand]]) -> Iterator[tuple[str, Numbers]]:
        """Go through the columns to keep, by name.

        Args:
            wanted: What measures aggregate.
        """
        rows = _counted(self._count())
        yield ROWS, rows
        by_operand: dict[Operand, set[AggregateKind]] = {}
        for kind, over in wanted:
            by_operand.setdefault(over, set()).add(kind)
        for over, kinds in by_operand.items():
            if AggregateKind.DISTINCT in kinds and over is not None:
                yield from self._distinct(over)
            if isinstance(over, Column) and kinds != {AggregateKind.DISTINCT}:
                yield from self._of_column(over, kinds, rows)

    def _count(self) -> kernels.Counts:
        return kernels.count(self._groups, self._size)

    def _distinct(self, over: Column | LevelRef) -> Iterator[tuple[str, Numbers]]:
        """Count keys where none is in two groups: there counts add up."""
        if isinstance(over, LevelRef) and over.link.through is not None:
            return
        name = distinct_name(self._rows, over)
        if isinstance(over, LevelRef) and (cells := self._of_leaves(over.link)) is not None:
            found = self._counts_of_members(over, cells)
        else:
            found = self._counts_of_keys(name, over)
        if found is not None:
            yield name, _counted(found)

    def _counts_of_members(self, over: LevelRef, cells: _Cells) -> kernels.Counts | None:
        """Count the members that facts have, each in the one group of its leaves."""
        leaves = np.flatnonzero(self._rows.used_leaves(over.link))
        home = homes(self._members(over, leaves), cells[leaves])
        return None if home is None else np.bincount(home, minlength=self._size)

    def _counts_of_keys(self, _name: str, over: Column | LevelRef, /) -> kernels.Counts | None:
        home = homes(self._keys(over), self._groups)
        return None if home is None else np.bincount(home, minlength=self._size)

    def _keys(self, over: Column | LevelRef) -> Keys:
        if isinstance(over, Column):
            return self._rows.keys(over)
        return self._members(over, self._rows.positions(over.link))

    def _members(self, over: LevelRef, leaves: Codes) -> Keys:
        index = self._dimension(over.link.dimension)
        codes = index.level(over.levels).codes[leaves]
        found = level_operand(AggregateKind.DISTINCT, index, over, codes)
        assert isinstance(found, Keys)
        return found

    def _of_column(self, over: Column, kinds: set[AggregateKind], rows: Numbers) -> Iterator[tuple[str, Numbers]]:
        column = over.name
        filled = self._filled(over)
        yield counts(column), rows if filled is None else _counted(filled)
        if not over.type.is_number:
            return
        valid = None if filled is None else filled > 0
        if kinds.intersection(_SUMMED):
            total = self._total(over)
            yield sums(column), Numbers(total.values, total.scale, valid)
            if kinds.intersection(_SCATTERED):
                means = total.values / np.maximum(rows.values if filled is None else filled, 1)
                yield scatters(column), Numbers(self._scatter(over, means), None, None)
        for kind, name, kernel in (
            (AggregateKind.MIN, least(column), kernels.smallest),
            (AggregateKind.MAX, greatest(column), kernels.largest),
        ):
            if kind in kinds:
                numbers = self._extremes(over, name)
                values = kernel(self._groups, self._size, numbers)
                yield name, Numbers(values if valid is None else np.where(valid, values, 0), numbers.scale, valid)

    def _filled(self, over: Column) -> kernels.Counts | None:
        """Count the values that are not null; None where none is."""
        if not over.type.is_number:
            return kernels.count(self._groups[self._rows.keys(over).codes >= 0], self._size)
        numbers = self._rows.numbers(over)
        return None if numbers.valid is None else kernels.count_valid(self._groups, self._size, numbers)

    def _total(self, over: Column) -> Numbers:
        numbers = self._rows.numbers(over)
        return Numbers(kernels.total(self._groups, self._size, numbers), numbers.scale, None)

    def _scatter(self, over: Column, means: _Floats) -> _Floats:
        return kernels.scatter(self._groups, self._size, self._rows.numbers(over), means)

    def _extremes(self, over: Column, _name: str, /) -> Numbers:
        """Give what the column of this name is made of."""
        return self._rows.numbers(over)


class Merging(Aggregation):
    """The aggregates of a rollup's rows in groups: each row tells of the many facts that it stands for."""

    def __init__(
        self,
        rows: RollupRows,
        dimension: Indexes,
        groups: _Cells,
        size: int,
        of_leaves: Callable[[Link], _Cells | None],
    ) -> None:
        super().__init__(rows, dimension, groups, size, of_leaves)
        self._rows: RollupRows = rows
        self._kept, self._grain = rows.kept, rows.grain

    def _count(self) -> kernels.Counts:
        return self._added(ROWS)

    def _counts_of_keys(self, name: str, over: Column | LevelRef, /) -> kernels.Counts | None:
        if name in self._kept.numbers:
            return self._added(name)
        return super()._counts_of_keys(name, over) if self._tells(over) else None

    def _tells(self, over: Column | LevelRef) -> bool:
        """Tell whether the rows tell the keys themselves, not only members above them."""
        if isinstance(over, Column):
            return over.name in self._kept.keys
        return self._grain.tells(self._rows.axis(over.link), over, self._dimension(over.link.dimension))

    def _filled(self, over: Column) -> kernels.Counts | None:
        numbers = self._kept.numbers
        is_whole = numbers[counts(over.name)] is numbers[ROWS]
        return None if is_whole else self._added(counts(over.name))

    def _total(self, over: Column) -> Numbers:
        numbers = self._rows.numbers(sums(over.name))
        return Numbers(kernels.total(self._groups, self._size, numbers), numbers.scale, None)

    def _scatter(self, over: Column, means: _Floats) -> _Floats:
        """Merge scatters; Chan, Golub and LeVeque, equation 2.1."""
        own, count, total = (self._rows.numbers(name(over.name)).values for name in (scatters, counts, sums))
        off = total / np.maximum(count, 1) - means[self._groups]
        merged = Numbers(own + count * off * off, None, None)
        return kernels.total(self._groups, self._size, merged).astype(np.float64, copy=False)

    def _extremes(self, _over: Column, name: str, /) -> Numbers:
        return self._rows.numbers(name)

    def _added(self, name: str) -> kernels.Counts:
        added = kernels.total(self._groups, self._size, self._rows.numbers(name))
        return np.rint(added).astype(np.int64)


def distinct_name(rows: FactRows | RollupRows, over: Column | LevelRef) -> str:
    """Name the column of different keys, or of different members of a level."""
    return distincts(over.name) if isinstance(over, Column) else distincts(rows.axis(over.link), over)


def homes(keys: Keys, groups: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.integer[Any]] | None:
    """Give the one group that each key lies in; None if a key lies in several."""
    present = keys.codes >= 0
    codes, own = keys.codes[present], groups[present]
    found = np.full(keys.size, -1, np.int64)
    found[codes] = own
    return found[found >= 0] if np.array_equal(found[codes], own) else None


def _counted(found: kernels.Counts) -> Numbers:
    return Numbers(found.astype(np.float64), 0, None)

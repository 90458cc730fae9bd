"""Rollups brought up to date: what those of a former state say, and the facts that were added since, put together.

Facts are added by files, and a file never changes. So what a former rollup tells of the facts it was made of holds on,
as long as each of its cells still lies in one cell: where a product has moved to another category since, or a key that
only facts had has got a row, the rollup is made anew. It costs the added facts and the rollup's own rows, however many
facts there were before.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.grouping import Combination, combine
from cube_server.backends.embedded.levels import Codes, DimensionIndex
from cube_server.backends.embedded.rollups.aggregating import distinct_name
from cube_server.backends.embedded.rollups.building import build
from cube_server.backends.embedded.rollups.joining import joined
from cube_server.backends.embedded.rollups.kept import Kept, RollupRows, grain_of
from cube_server.backends.embedded.rollups.storage import tables_of
from cube_server.backends.rollups.definition import Operand
from cube_server.backends.rollups.grain import Grain
from cube_server.errors import CubeServerError
from cube_server.model.dimensions import Dimension, LevelRef, Link
from cube_server.model.elements import AggregateKind, Cube
from cube_server.model.tables import Column
from cube_server.types import DataType
from cube_server.warehouse.manifest import ColumnStats, StoredFile, TableManifest
from cube_server.warehouse.snapshot import Snapshot, StoredTable

Indexes = Callable[[Dimension], DimensionIndex]


class RebuildError(Exception):
    """A rollup cannot be brought up to date; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Facts and dimensions at one time."""

    snapshot: Snapshot
    dimension: Indexes


class Refreshing:
    """Brings the rollups of one table of facts up to date.

    Args:
        table: The table of facts.
        former: The state that they were made of; its facts are some of those of now.
        now: The state that they are to be of.
        facts: The facts of now.
        added: Gives the facts of some of the files.
    """

    def __init__(
        self, table: str, former: State, now: State, facts: FactRows, added: Callable[[StoredTable], FactRows]
    ) -> None:
        self._former, self._now, self._facts = former, now, facts
        self._old, whole = (state.snapshot.table(table) for state in (former, now))
        known = {file.path for file in self._old.manifest.files}
        self._new = whole.of(file for file in whole.manifest.files if file.path not in known)
        self._added = added(self._new)
        self._apart: dict[str, bool] = {}

    def refreshed(self, kept: Kept, cube: Cube, wanted: tuple[tuple[AggregateKind, Operand], ...]) -> Kept:
        """Bring a rollup up to date.

        Args:
            kept: The former rollup.
            cube: The cube that its definition names.
            wanted: The aggregates to keep.

        Raises:
            RebuildError: It has to be made of all facts.
        """
        definition, dimension = kept.definition, self._now.dimension
        if definition.keys:
            raise RebuildError(f"it holds {', '.join(definition.keys)}, which are numbered anew")
        grain = grain_of(kept, cube, self._facts, dimension)
        parts = [self._moved(kept, cube)]
        if self._new.rows:
            parts.append(build(definition, cube, self._added, dimension, wanted))
        anew = set(self._counted_anew(parts, cube, grain, wanted))
        whole = joined([_without(part, anew) for part in parts])
        made = build(definition, cube, RollupRows(whole, grain, self._facts), dimension, wanted)
        return replace(made, read=self._new.rows)

    def _moved(self, kept: Kept, cube: Cube) -> Kept:
        """Give a former rollup by the leaves of now."""
        refs = kept.definition.refs(cube)
        positions = dict(kept.positions)
        for link in dict.fromkeys(ref.link for ref in refs):
            if not self._is_same(link):
                axis = self._facts.axis(link)
                positions[axis] = self._moved_positions(link, refs, kept.positions[axis])
        return replace(kept, positions=positions)

    def _moved_positions(self, link: Link, refs: tuple[LevelRef, ...], positions: Codes) -> Codes:
        if link.dimension.scd == "then" or link.level is not None:
            raise RebuildError(f"the members of {link.name} have changed")
        own = tuple(ref for ref in refs if ref.link == link)
        try:
            before, after = self._former.dimension(link.dimension), self._now.dimension(link.dimension)
            ((old,), (new,)) = (combine(state.dimension, own) for state in (self._former, self._now))
        except CubeServerError as error:
            raise RebuildError(f"the former members of {link.name} cannot be read") from error
        cells = _moved_cells(before, after, old, new)
        if cells is None or cells[old.codes[positions]].min(initial=0) < 0:
            raise RebuildError(f"members of {link.name} have moved")
        return new.leaves[cells[old.codes[positions]]]

    def _is_same(self, link: Link) -> bool:
        """Tell whether the members of a link are as they were."""
        before, after = (state.snapshot.manifest.tables for state in (self._former, self._now))
        return all(_files(before.get(name)) == _files(after.get(name)) for name in tables_of(link))

    def _counted_anew(
        self, parts: Sequence[Kept], cube: Cube, grain: Grain, wanted: Iterable[tuple[AggregateKind, Operand]]
    ) -> Iterator[str]:
        """Go through the distinct counts that the rollup's own members tell; the others have to add up."""
        axes = {self._facts.axis(ref.link) for ref in parts[0].definition.refs(cube)}
        for kind, over in wanted:
            if kind is not AggregateKind.DISTINCT or over is None:
                continue
            name = distinct_name(self._facts, over)
            if not all(name in part.numbers for part in parts):
                continue
            if isinstance(over, Column):
                if not self._is_apart(over.name):
                    raise RebuildError(f"added facts have {over.name} of former ones")
            elif axes <= {axis := self._facts.axis(over.link)} or grain.tells(
                axis, over, self._now.dimension(over.link.dimension)
            ):
                yield name
            elif self._new.rows or not self._is_same(over.link):
                raise RebuildError(f"added facts may have {over.name} of former ones")

    def _is_apart(self, column: str) -> bool:
        """Tell whether the added facts have no key of the former ones."""
        if not self._new.rows:
            return True
        if column not in self._apart:
            keys = self._new.read([column])[column].drop_nulls()
            files = (file for file in self._old.manifest.files if _may_share(file, self._new, column))
            found = (self._old.read_file(file, [column])[column].is_in(keys.implode()).any() for file in files)
            self._apart[column] = not any(found)
        return self._apart[column]


def _moved_cells(before: DimensionIndex, after: DimensionIndex, old: Combination, new: Combination) -> Codes | None:
    """Give what each former combination of members is now; None where the facts of one are in several now."""
    there = np.flatnonzero(np.isin(before.surrogates, after.surrogates))
    # The last leaf is that of the null key.
    codes = np.append(old.codes[there], old.codes[-1])
    own = np.append(new.codes[after.position_of[before.surrogates[there]]], new.codes[-1])
    cells = np.full(old.size, -1, np.int32)
    cells[codes] = own
    return cells if np.array_equal(cells[codes], own) else None


def _without(part: Kept, names: Container[str]) -> Kept:
    return replace(part, numbers={name: numbers for name, numbers in part.numbers.items() if name not in names})


def _files(table: TableManifest | None) -> tuple[str, ...]:
    return () if table is None else tuple(file.path for file in table.files)


def _may_share(file: StoredFile, others: StoredTable, column: str) -> bool:
    """Tell by its bounds whether a file may have a key of other files."""
    stats = [part.columns.get(column) for part in (file, *others.manifest.files)]
    if any(part is None for part in stats):
        return True
    own, *rest = (_bounds(part) for part in stats if part is not None)
    return own is not None and any(part is not None and own[0] <= part[1] and part[0] <= own[1] for part in rest)


def _bounds(stats: ColumnStats) -> tuple[Any, Any] | None:
    if stats.minimum is None or stats.maximum is None:
        return None
    read = DataType.parse(stats.type).read
    return read(stats.minimum), read(stats.maximum)

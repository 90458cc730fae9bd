"""The embedded backend: one snapshot of the warehouse, answering in process."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from threading import RLock
from typing import Self

import polars as pl

from cube_server.backends.embedded.coverage import Covered
from cube_server.backends.embedded.cuboids import Cuboids
from cube_server.backends.embedded.derived import DerivedIndex, DerivedLink
from cube_server.backends.embedded.facts import FactRows, stored_name
from cube_server.backends.embedded.fit import check_fit
from cube_server.backends.embedded.levels import DimensionIndex, LevelIndex
from cube_server.backends.embedded.members import MemberLists
from cube_server.backends.embedded.rollups.catalog import Catalog
from cube_server.backends.embedded.rows import Places, SomeRows
from cube_server.backends.embedded.versions import VersionIndex
from cube_server.budget import Budget
from cube_server.model.coordinates import AxisName
from cube_server.model.dimensions import Dimension, LevelRef, Link, Scd
from cube_server.model.elements import BaseMeasure, Cube, Model
from cube_server.model.tables import Column
from cube_server.plan.nodes import Cuboid, Facts
from cube_server.query.spec import FactsSpec, MembersSpec
from cube_server.result.coverage import Coverage
from cube_server.result.derived import DerivedValues
from cube_server.result.dictionary import Dictionary
from cube_server.result.pages import FactsPage, MembersPage
from cube_server.types import KeyPath
from cube_server.warehouse.manifest import level_table, versions_table
from cube_server.warehouse.snapshot import Snapshot, StoredTable


class EmbeddedBackend:
    """Answers from encoded columns in memory; a column is read when a question first needs it.

    Args:
        snapshot: The snapshot to answer from.
        links: The links of the model's cubes, by `table/column` of their stored surrogate keys.
    """

    def __init__(self, snapshot: Snapshot, links: Mapping[str, Link]) -> None:
        self._snapshot = snapshot
        self._stored_links = links
        self._lock = RLock()
        self._dimensions: dict[tuple[str, Scd], DimensionIndex] = {}
        self._facts: dict[str, FactRows] = {}
        self._own_dimensions: dict[Dimension, DerivedIndex] = {}
        self._links: dict[Link, DerivedLink] = {}
        self._covered = Covered(self._dimension, lambda cube, link: self._fact_rows(cube).used_leaves(link))
        self._extended: dict[str, FactRows] = {}
        self.rollups = Catalog()
        self._cuboids = Cuboids(self._fact_rows, self._dimension, self._links, rollups=self.rollups)

    def extended(self, values: DerivedValues) -> Self:
        """Give the same snapshot with a derived attribute; what is read by either is kept for both."""
        other = copy(self)
        link = values.attribute.link
        other._own_dimensions = {**self._own_dimensions, link.dimension: DerivedIndex(values)}
        other._links = {**self._links, link: DerivedLink(values, self._dimension)}
        other._extended = {}
        other._cuboids = Cuboids(other._fact_rows, other._dimension, other._links, rollups=self.rollups)
        return other

    def choosing(self, tuples: Mapping[AxisName, pl.DataFrame]) -> Self:
        """Give the same snapshot with the tuples that are chosen on the axes."""
        other = copy(self)
        other._cuboids = Cuboids(self._fact_rows, self._dimension, self._links, tuples, self.rollups)
        return other

    @property
    def snapshot(self) -> str:
        """The id of the snapshot."""
        return self._snapshot.id

    def cuboid(self, node: Cuboid, budget: Budget) -> pl.DataFrame:
        """Compute a relation; see `Backend.cuboid`."""
        return self._cuboids.frame(node, budget)

    def reading(self) -> AbstractContextManager[EmbeddedBackend]:
        """Give itself: a snapshot never changes."""
        return nullcontext(self)

    def told(self, node: Cuboid) -> str:
        """Tell from which rollup a relation of facts is computed, or why from none."""
        return self._cuboids.told(node)

    def encode(self, cube: Cube) -> None:
        """Encode the columns that a cube links by and aggregates, as far as they are not yet."""
        measures = (measure for measure in cube.measures if isinstance(measure, BaseMeasure))
        self._fact_rows(cube).encode(
            cube.links,
            ((measure.aggregate, measure.over) for measure in measures if isinstance(measure.over, Column)),
        )

    def dictionary(self, ref: LevelRef) -> Dictionary:
        """Give the members that the codes of a relation stand for."""
        return self._members.dictionary(ref)

    def places(self, ref: LevelRef) -> pl.Series:
        """Give the place of each of a level's members."""
        return self._members.places(ref)

    def find(self, ref: LevelRef, path: KeyPath) -> int:
        """Find a member's code."""
        return self._members.find(ref, path)

    def members(self, spec: MembersSpec) -> MembersPage:
        """Give a page of a level's members."""
        return self._members.page(spec, self._fact_rows(spec.cube).shown_leaves(spec.ref.link), self.snapshot)

    def facts(self, spec: FactsSpec, budget: Budget) -> FactsPage:
        """Give a page of the fact rows within cuts."""
        rows = self._cuboids.filtered(Cuboid(Facts(spec.cube), (), spec.cuts), budget)
        stop = rows.size if spec.limit is None else min(rows.size, spec.offset + spec.limit)
        start = min(spec.offset, rows.size)
        budget.check_rows(stop - start)
        places = _places(rows.places if isinstance(rows, SomeRows) else slice(0, rows.size), start, stop)
        frame = self._shown_rows(spec, places, budget)
        return FactsPage(
            cube=spec.cube,
            columns=spec.columns,
            frame=frame,
            total=rows.size,
            offset=spec.offset,
            snapshot=self.snapshot,
        )

    def last_day(self, cube: Cube) -> object:
        """Give the key of the last day with facts, or None where the cube has no time."""
        return self._covered.last_day(cube)

    def coverage(self, cube: Cube, ref: LevelRef) -> Coverage | None:
        """Tell which members of a level of time the facts do not cover to their end."""
        return self._covered.of(cube, ref)

    def fact_rows(self, cube: Cube) -> FactRows:
        """Give the facts of a cube."""
        return self._fact_rows(cube)

    def facts_of(self, table: StoredTable) -> FactRows:
        """Give some of the files of a fact table as facts, in stored order."""
        return FactRows(table, self._dimension, self._snapshot.table)

    def dimension(self, dimension: Dimension) -> DimensionIndex:
        """Give the index of a dimension."""
        return self._dimension(dimension)

    @property
    def _members(self) -> MemberLists:
        return MemberLists(self._dimension)

    def _dimension(self, dimension: Dimension) -> DimensionIndex:
        if dimension in self._own_dimensions:
            return self._own_dimensions[dimension]
        with self._lock:
            read = (dimension.name, dimension.scd)
            if read not in self._dimensions:
                self._dimensions[read] = self._index(dimension)
            return self._dimensions[read]

    def _index(self, dimension: Dimension) -> DimensionIndex:
        table, level_tables = self._snapshot.table(dimension.table.name), self._level_tables(dimension)
        if dimension.scd == "now":
            return DimensionIndex(dimension, table, level_tables)
        versions = self._snapshot.table(versions_table(dimension.table.name))
        return VersionIndex(dimension, table, versions, level_tables)

    def _level_tables(self, dimension: Dimension) -> dict[str, StoredTable]:
        """Find the keys of levels that facts link to above the leaves, by column."""
        names = {level.key.name: level_table(dimension.table.name, level.key.name) for level in dimension.levels}
        stored = self._snapshot.manifest.tables
        return {column: self._snapshot.table(name) for column, name in names.items() if name in stored}

    def _fact_rows(self, cube: Cube) -> FactRows:
        with self._lock:
            name = cube.table.name
            if name not in self._facts:
                self._facts[name] = self._read_facts(name)
            if not self._links:
                return self._facts[name]
            if name not in self._extended:
                self._extended[name] = self._facts[name].extended(self._links, self._dimension)
            return self._extended[name]

    def _read_facts(self, name: str) -> FactRows:
        table = self._snapshot.table(name)
        return FactRows(table, self._dimension, self._snapshot.table, self._time_of(table))

    def _time_of(self, table: StoredTable) -> Link | None:
        """Give the link that a table's files are sorted by."""
        return self._stored_links.get(f"{table.name}/{table.manifest.sorted_by}")

    def _level(self, ref: LevelRef) -> LevelIndex:
        return self._dimension(ref.link.dimension).level(ref.levels)

    def _shown_rows(self, spec: FactsSpec, places: Places, budget: Budget) -> pl.DataFrame:
        """Give columns of some facts: what links tell is known by position, all else is read from the files at once."""
        found: dict[str, pl.Series | None] = {}
        for column in spec.columns:
            budget.check_time()
            found |= self._fact_column(spec.cube, column, places)
        stored = [name for name, series in found.items() if series is None]
        read = self._fact_rows(spec.cube).columns.raw(stored, places) if stored else pl.DataFrame()
        return pl.DataFrame({name: read[name] if series is None else series for name, series in found.items()})

    def _fact_column(self, cube: Cube, column: Column | LevelRef, places: Places) -> dict[str, pl.Series | None]:
        """Give what links tell of a column and of its caption, by name; None for what only the files know."""
        facts = self._fact_rows(cube)
        if isinstance(column, LevelRef):
            level = self._level(column)
            codes = level.codes[facts.positions(column.link)[places]]
            found: dict[str, pl.Series | None] = {column.name: level.frame[f"key_{len(column.levels) - 1}"][codes]}
            if column.level.caption is not None:
                found[f"{column.name}.caption"] = level.frame["caption"][codes]
            return found
        if link := next((link for link in cube.links if link.column == column and link.through is None), None):
            index = self._dimension(link.dimension)
            keys = index.frame[link.key.name].extend_constant(None, 1)
            return {column.name: keys[facts.positions(link)[places]]}
        return {column.name: None}


def open_snapshot(model: Model, snapshot: Snapshot) -> EmbeddedBackend:
    """Open a snapshot for a model.

    Raises:
        ModelError: The snapshot does not hold what the model asks for.
    """
    check_fit(model, snapshot.manifest)
    return EmbeddedBackend(snapshot, stored_links(model))


def stored_links(model: Model) -> dict[str, Link]:
    """Give the links of a model's cubes, by `table/column` of their stored surrogate keys."""
    return {
        f"{cube.table.name}/{stored_name(link)}": link
        for cube in model.cubes
        for link in cube.links
        if link.through is None
    }


def _places(places: Places, start: int, stop: int) -> Places:
    if isinstance(places, slice):
        return slice(places.start + start, places.start + stop)
    return places[start:stop]

"""The warehouse's side: the embedded engine over members of both places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from cube_server.backends.embedded.backend import EmbeddedBackend
from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.levels import DimensionIndex, Mask
from cube_server.backends.embedded.rows import RelationRows, SomeRows
from cube_server.backends.mixed.star import UnitedStar
from cube_server.budget import Budget
from cube_server.model.dimensions import Dimension, Link
from cube_server.model.elements import Cube
from cube_server.model.tables import Column
from cube_server.plan.nodes import Cuboid, Facts
from cube_server.warehouse.snapshot import Snapshot


class _HereFacts(FactRows):
    """Facts of the warehouse that know how far the facts of both places reach."""

    both: Callable[[Link], Mask]

    def used_leaves(self, link: Link) -> Mask:
        """Mark the leaves that facts of either place have."""
        link = self._meant(link)
        is_own = link in self._links or link.through is not None
        return super().used_leaves(link) if is_own else self.both(link)

    def own_leaves(self, link: Link) -> Mask:
        """Mark the leaves that the facts here have."""
        return super().used_leaves(link)


class HereBackend(EmbeddedBackend):
    """The embedded engine over a snapshot whose members are united with those of a database.

    Args:
        snapshot: The snapshot.
        links: As of `EmbeddedBackend`.
        star: Both places.
        cubes: The cubes that facts of the snapshot are of, by table.
    """

    def __init__(
        self, snapshot: Snapshot, links: Mapping[str, Link], star: UnitedStar, cubes: Mapping[str, Cube]
    ) -> None:
        super().__init__(snapshot, links)
        self._star, self._cubes = star, cubes

    def relation(self, node: Cuboid, budget: Budget) -> RelationRows:
        """Compute a cuboid of facts."""
        return self._cuboids.relation(node, budget)

    def own_leaves(self, cube: Cube, link: Link) -> Mask:
        """Mark the leaves that the facts here have by a link."""
        facts = self._fact_rows(cube)
        assert isinstance(facts, _HereFacts)
        return facts.own_leaves(link)

    def shown_leaves(self, cube: Cube, link: Link) -> Mask:
        """Mark the leaves that exist for the facts here, by a bridge too."""
        return self._fact_rows(cube).shown_leaves(link)

    def listed(self, node: Cuboid, column: Column, budget: Budget) -> pl.DataFrame:
        """List the different keys of a column in each cell: member codes, and `key`."""
        assert isinstance(node.source, Facts)
        facts = self._cuboids._fact_rows(node.source)
        rows = self._cuboids.filtered(node, budget)
        places: Any = rows.places if isinstance(rows, SomeRows) else slice(0, rows.size)
        link = next((one for one in node.source.cube.links if one.column == column and one.through is None), None)
        if link is None:
            keys = facts.columns.raw([column.name], places)[column.name]
        else:
            index = self._dimension(link.dimension)
            keys = index.frame[link.key.name].extend_constant(None, 1)[facts.positions(link)[places]]
        codes = {
            ref.name: self._level(ref).codes[facts.positions(ref.link)[places]]
            for ref in node.grain
            if not hasattr(ref, "moves")
        }
        return pl.DataFrame({**codes, "key": keys}).drop_nulls("key").unique()

    def _index(self, dimension: Dimension) -> DimensionIndex:
        return self._star.index(dimension)

    def _read_facts(self, name: str) -> FactRows:
        table = self._snapshot.table(name)
        facts = _HereFacts(table, self._dimension, self._snapshot.table, self._time_of(table))
        cube = self._cubes[name]
        facts.both = lambda link: self._star.fact_leaves(cube, link)
        return facts

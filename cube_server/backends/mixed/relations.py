"""Relations of facts in two places: asked where they lie, and united."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

import numpy as np
import polars as pl

from cube_server.backends.embedded.cuboids import Cuboids
from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.levels import Mask
from cube_server.backends.embedded.rows import RelationRows
from cube_server.backends.embedded.selection import leaf_mask
from cube_server.backends.mixed.here import HereBackend
from cube_server.backends.mixed.merging import ALL, Side, merged, parts_of, series
from cube_server.backends.mixed.star import UnitedStar
from cube_server.backends.mixed.storage import HERE, THERE, Boundary, Storage
from cube_server.backends.sql.cuboids import FactsWriter
from cube_server.backends.sql.relations import Relations
from cube_server.backends.sql.rollups.catalog import Catalog
from cube_server.backends.sql.written import Written
from cube_server.budget import Budget
from cube_server.errors import CapabilityError
from cube_server.model.coordinates import AxisName
from cube_server.model.dimensions import LevelRef, Link, ThroughFacts
from cube_server.model.elements import AggregateKind, Cube
from cube_server.model.tables import Column
from cube_server.plan.nodes import Aggregate, Cuboid, Facts, MovedLevel, SemiJoin
from cube_server.query.spec import Cut


class _Shown:
    """What members exist for a cube's facts, wherever they lie."""

    def __init__(self, star: UnitedStar, cube: Cube) -> None:
        self._star, self._cube = star, cube

    def shown_leaves(self, link: Link) -> Mask:
        """Mark the leaves that exist for the facts."""
        return self._star.shown_leaves(self._cube, link)


class MixedRelations(Cuboids):
    """Computes the relations of both places.

    Args:
        star: Both places, as the database sees them.
        here: The warehouse.
        storage: What lies where.
        chosen: The tuples that are chosen on the axes.
    """

    def __init__(
        self,
        star: UnitedStar,
        here: HereBackend,
        storage: Storage,
        chosen: Mapping[AxisName, pl.DataFrame] | None = None,
    ) -> None:
        facts = cast("Callable[[Cube], FactRows]", lambda cube: _Shown(star, cube))
        super().__init__(facts, star.index, star.derived, chosen)
        self._star, self._here, self._storage = star, here.choosing(chosen or {}), storage
        self._there = Relations(star, Catalog(None), Written(), chosen)

    def frame(self, node: Cuboid, budget: Budget) -> pl.DataFrame:
        """Compute a cuboid as a frame of member codes and aggregates; see `Backend.cuboid`."""
        if not isinstance(node.source, Facts):
            return super().frame(node, budget)
        sides = self.sides(node)
        for side in sides:
            budget.answered_from(self.title(side))
        if len(sides) == 1:
            return self._alone(sides[0], node, budget)
        self._check(node)
        counted = tuple(part for part in node.aggregates if part.kind is AggregateKind.DISTINCT and part.rule is None)
        others = tuple(part for part in node.aggregates if part not in counted)
        rows = replace(node, aggregates=others)
        found = merged(others, _names(node), *(self._side(side, rows, budget) for side in (HERE, THERE)))
        for aggregate in counted:
            numbers = self._counted(node, aggregate, budget)
            joined = found.join(numbers, on=[ALL, *_names(node)], how="left", nulls_equal=True)
            found = joined.with_columns(pl.col(aggregate.name).fill_null(0))
        return found.select(*_names(node), *(part.name for part in node.aggregates))

    def title(self, side: str) -> str:
        """Name a place as answers tell it."""
        return "warehouse" if side == HERE else self._star.dialect.name

    def sides(self, node: Cuboid) -> tuple[str, ...]:
        """List the places whose facts can be within a cuboid's cuts."""
        assert isinstance(node.source, Facts)
        sides = self._storage.sides(node.source.cube)
        boundary = self._storage.boundary(node.source.cube)
        if boundary is None:
            return sides
        index = self._star.index(boundary.ref.link.dimension)
        roles = {asked.name: meant for asked, meant in node.source.roles}
        cuts = [
            part
            for part in node.filters
            if isinstance(part, Cut) and _is_own(roles.get(part.ref.link.name, part.ref.link), boundary)
        ]
        within = leaf_mask(index, cuts)
        return tuple(side for side in sides if (within & leaf_mask(index, (boundary.cut(side),))).any()) or (THERE,)

    def asked(self, side: str, node: Cuboid) -> Cuboid:
        """Give a cuboid as one place is asked for it: for its own facts only."""
        assert isinstance(node.source, Facts)
        boundary = self._storage.boundary(node.source.cube)
        return node if boundary is None else replace(node, filters=(*node.filters, boundary.cut(side)))

    def _relation(self, side: str, node: Cuboid, budget: Budget) -> RelationRows:
        # What each side notes of its own ways is not what answers name here.
        asked, own = self.asked(side, node), replace(budget, sources=[])
        return self._there.relation(asked, own) if side == THERE else self._here.relation(asked, own)

    def _alone(self, side: str, node: Cuboid, budget: Budget) -> pl.DataFrame:
        asked, own = self.asked(side, node), replace(budget, sources=[])
        return self._there.frame(asked, own) if side == THERE else self._here.cuboid(asked, own)

    def _side(self, side: str, node: Cuboid, budget: Budget) -> Side:
        parts = tuple(dict.fromkeys(part for aggregate in node.aggregates for part in parts_of(aggregate)))
        found = self._relation(side, replace(node, aggregates=parts), budget)
        codes = {name: self._codes(found, ref) for name, ref in zip(_names(node), _refs(node), strict=True)}
        numbers = {part.name: found.columns[part.name] for part in parts}
        values = {name: series(column) for name, column in numbers.items()}
        frame = pl.DataFrame({ALL: np.zeros(found.size, np.int32), **codes, **values})
        return Side(frame, {name: column.scale for name, column in numbers.items()})

    def _counted(self, node: Cuboid, aggregate: Aggregate, budget: Budget) -> pl.DataFrame:
        """Count what both places have: the different members or keys of each come here and are united."""
        if isinstance(aggregate.over, LevelRef):
            ref = aggregate.over
            if any(isinstance(part, MovedLevel) and part.moves and part.ref.link == ref.link for part in node.grain):
                problem = f"Different members of {ref.name} over windows of it cannot be counted over two places."
                raise CapabilityError(problem, hint="Cut the question to a time that lies in one place.")
            level = self._star.index(ref.link.dimension).level(ref.levels)
            # Under a name of its own: the grain may show another date as this one.
            own = MovedLevel(ref, (), replace(ref, link=replace(ref.link, name="\0counted")))
            finer = replace(node, grain=(*node.grain, own), aggregates=())
            lists = [self._alone(side, finer, budget).rename({own.name: "key"}) for side in (HERE, THERE)]
            none = (level.frame[f"class_{len(ref.levels) - 1}"] == 2) | pl.Series(level.hidden)
            every = pl.concat(lists).filter(~pl.col("key").is_in(none.arg_true().cast(pl.Int32).implode()))
        else:
            assert isinstance(aggregate.over, Column)
            every = pl.concat(self._keys_in(side, node, aggregate.over, budget) for side in (HERE, THERE))
        budget.check_rows(every.height)
        number = pl.col("key").n_unique().cast(pl.Int64).alias(aggregate.name)
        return every.with_columns(pl.lit(0, pl.Int32).alias(ALL)).group_by(ALL, *_names(node)).agg(number)

    def _keys_in(self, side: str, node: Cuboid, column: Column, budget: Budget) -> pl.DataFrame:
        asked = replace(self.asked(side, node), aggregates=())
        if any(isinstance(level, MovedLevel) for level in node.grain) or self._is_bridged(node):
            problem = f"Different values of {column.name} over windows or bridges cannot be counted over two places."
            raise CapabilityError(problem, hint="Cut the question to a time that lies in one place.")
        names = [*_names(node), "key"]
        if side == HERE:
            return self._here.listed(asked, column, budget).select(names)
        writer = FactsWriter(self._star, asked)
        statement, keys = writer.listed(lambda part: self._there.relation(part.relation, budget), column)
        limited = statement.select.limit(budget.limits.rows + 1)
        frame = self._star.database.fetch(limited, statement.schema, budget)
        found = statement.relation(frame)
        codes = {name: self._codes(found, ref) for name, ref in zip(names, _refs(node), strict=False)}
        return pl.DataFrame({**codes, "key": frame[keys]}).drop_nulls("key").unique().select(names)

    def _is_bridged(self, node: Cuboid) -> bool:
        filters = FactsWriter(self._star, node).filters
        return any(filters.is_bridged(ref.link) for ref in _refs(node))

    def _check(self, node: Cuboid) -> None:
        """Refuse what facts of one place cannot know of the other, and bridges that are not the same in both."""
        assert isinstance(node.source, Facts)
        roles = {asked.name: meant for asked, meant in node.source.roles}
        cuts = (part.ref for part in node.filters if isinstance(part, Cut))
        counted = (part.over for part in node.aggregates if isinstance(part.over, LevelRef))
        for ref in (*_refs(node), *cuts, *counted):
            link = roles.get(ref.link.name, ref.link)
            self._star.check_bridge(link)
            if isinstance(link.through, ThroughFacts):
                problem = f"{ref.name} leads from facts to other facts, some of which lie in the other place."
                raise CapabilityError(problem, hint="Keep the facts of this cube in one place.")
        for part in node.filters:
            if isinstance(part, SemiJoin) and isinstance(part.relation.source, Facts):
                raise CapabilityError("A set of facts cannot be compared over two places.")


def _is_own(link: Link, boundary: Boundary) -> bool:
    return link.column == boundary.ref.link.column and link.through is None


def _refs(node: Cuboid) -> list[LevelRef]:
    return [level.ref if isinstance(level, MovedLevel) else level for level in node.grain]


def _names(node: Cuboid) -> list[str]:
    return [level.name for level in node.grain]

"""The mixed backend: one state of two places, each asked for what lies there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Self

import polars as pl

from cube_server.backends.mixed.here import HereBackend
from cube_server.backends.mixed.relations import MixedRelations
from cube_server.backends.mixed.star import UnitedStar
from cube_server.backends.mixed.storage import HERE, THERE, Storage
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.drillthrough import facts_page
from cube_server.backends.sql.relations import Relations
from cube_server.backends.sql.rollups.catalog import Catalog
from cube_server.backends.sql.star_backend import StarBackend
from cube_server.backends.sql.written import Written
from cube_server.budget import Budget, Limits
from cube_server.model.coordinates import AxisName
from cube_server.plan.nodes import Cuboid, Facts
from cube_server.query.spec import FactsSpec
from cube_server.result.derived import DerivedValues
from cube_server.result.pages import FactsPage


class MixedBackend(StarBackend[UnitedStar]):
    """Answers from a warehouse and a database.

    Args:
        star: Both places, as the database sees them.
        here: The warehouse.
        storage: What lies where.
        snapshot: The ids of both states, the warehouse's first.
        check: Raises MovedError unless a transaction sees this state of the database; None where it is known to.
    """

    def __init__(
        self,
        star: UnitedStar,
        here: HereBackend,
        storage: Storage,
        snapshot: str,
        check: Callable[[Database], None] | None,
    ) -> None:
        super().__init__(star, snapshot, check)
        self._here, self._storage = here, storage
        self._relations = MixedRelations(star, here, storage)

    def extended(self, values: DerivedValues) -> Self:
        """Give the same state with a derived attribute."""
        return self._on(self._star.extended(values), self._here.extended(values))

    def _within(self, database: Database) -> Self:
        star = self._star.within(database)
        star.prepare()
        return self._on(star, self._here)

    def _on(self, star: UnitedStar, here: HereBackend) -> Self:
        """Give the same states by another star and another side here, which are known to be in them."""
        other = self._by(star)
        other._here = here
        other._relations = MixedRelations(star, here, self._storage)
        return other

    def choosing(self, tuples: Mapping[AxisName, pl.DataFrame]) -> Self:
        """Give the same state with the tuples that are chosen on the axes."""
        other = copy(self)
        other._relations = MixedRelations(self._star, self._here, self._storage, tuples)
        return other

    def cuboid(self, node: Cuboid, budget: Budget) -> pl.DataFrame:
        """Compute a relation; see `Backend.cuboid`."""
        return self._relations.frame(node, budget)

    def told(self, node: Cuboid) -> str:
        """Tell what runs where: of the database the statements."""
        if not isinstance(node.source, Facts):
            return ""
        sides = self._relations.sides(node)
        told = ["here, in the warehouse: its own facts"] if HERE in sides else []
        if THERE in sides:
            asked = Relations(self._star, Catalog(None), Written()).statements(
                self._relations.asked(THERE, node), Budget(Limits())
            )
            texts = (" ".join(self._star.database.text(part.select).split()) for part in asked)
            told += [f"there, in {self._star.dialect.title}: {text}" for text in texts]
        return "\n      ".join(told)

    def facts(self, spec: FactsSpec, budget: Budget) -> FactsPage:
        """Give a page of the fact rows within cuts: those of the database first, which are older."""
        found: list[pl.DataFrame] = []
        total, offset = 0, spec.offset
        for side in (THERE, HERE):
            if side in self._storage.sides(spec.cube):
                left = None if spec.limit is None else spec.limit - sum(part.height for part in found)
                page = self._page(side, spec, (max(offset, 0), left), budget)
                found.append(page.frame)
                total, offset = total + page.total, offset - page.total
        types = found[0].schema
        frame = pl.concat(part.cast(types) for part in found)
        budget.check_rows(frame.height)
        return FactsPage(
            cube=spec.cube, columns=spec.columns, frame=frame, total=total, offset=spec.offset, snapshot=self.snapshot
        )

    def _page(self, side: str, spec: FactsSpec, page: tuple[int, int | None], budget: Budget) -> FactsPage:
        boundary = self._storage.boundary(spec.cube)
        cuts = spec.cuts if boundary is None else (*spec.cuts, boundary.cut(side))
        own = FactsSpec(cube=spec.cube, columns=spec.columns, cuts=cuts, offset=page[0], limit=page[1])
        return facts_page(self._star, own, "", budget) if side == THERE else self._here.facts(own, budget)

"""The SQL backend: one state of a database, answering where the facts are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Self

import polars as pl

from cube_server.backends.sql.database import Database
from cube_server.backends.sql.drillthrough import facts_page
from cube_server.backends.sql.relations import Relations
from cube_server.backends.sql.rollups.catalog import Catalog
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.star_backend import StarBackend
from cube_server.backends.sql.written import Written
from cube_server.budget import Budget
from cube_server.model.coordinates import AxisName
from cube_server.plan.nodes import Cuboid, Facts
from cube_server.query.spec import FactsSpec
from cube_server.result.derived import DerivedValues
from cube_server.result.pages import FactsPage


class SqlBackend(StarBackend[Star]):
    """Answers with statements; only members, aggregates and pages of facts leave the database.

    Args:
        star: The star schema.
        snapshot: The id of the state that the database is in.
        check: Raises MovedError unless a transaction sees this state; None where it is known to.
        rollups: What is asked in place of facts; by default nothing is.
    """

    def __init__(
        self,
        star: Star,
        snapshot: str,
        check: Callable[[Database], None] | None = None,
        rollups: Catalog | None = None,
    ) -> None:
        super().__init__(star, snapshot, check)
        self._rollups = rollups or Catalog(None)
        self._written = Written()
        self._relations = Relations(star, self._rollups, self._written)

    def extended(self, values: DerivedValues) -> Self:
        """Give the same state with a derived attribute."""
        return self._by(self._star.extended(values))

    def _within(self, database: Database) -> Self:
        return self._by(self._star.within(database))

    def _by(self, star: Star) -> Self:
        other = super()._by(star)
        other._relations = Relations(star, self._rollups, self._written)
        return other

    def choosing(self, tuples: Mapping[AxisName, pl.DataFrame]) -> Self:
        """Give the same state with the tuples that are chosen on the axes."""
        other = copy(self)
        other._relations = Relations(self._star, self._rollups, self._written, tuples)
        return other

    def cuboid(self, node: Cuboid, budget: Budget) -> pl.DataFrame:
        """Compute a relation; see `Backend.cuboid`."""
        return self._relations.frame(node, budget)

    def told(self, node: Cuboid) -> str:
        """Tell the statements that a relation of facts takes; of what is chosen on an axis, only that it is sent."""
        return self._relations.told(node) if isinstance(node.source, Facts) else ""

    def facts(self, spec: FactsSpec, budget: Budget) -> FactsPage:
        """Give a page of the fact rows within cuts."""
        return facts_page(self._star, spec, self.snapshot, budget)

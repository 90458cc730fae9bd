"""The SQL backend: one state of a database, answering where the facts are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import Self

import polars as pl

from cube_server.backends.embedded.coverage import Covered
from cube_server.backends.embedded.members import MemberLists
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.drillthrough import facts_page
from cube_server.backends.sql.relations import Relations
from cube_server.backends.sql.rollups.catalog import Catalog
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.written import Written
from cube_server.budget import Budget
from cube_server.model.coordinates import AxisName
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import Cube
from cube_server.plan.nodes import Cuboid, Facts
from cube_server.query.spec import FactsSpec, MembersSpec
from cube_server.result.coverage import Coverage
from cube_server.result.derived import DerivedValues
from cube_server.result.dictionary import Dictionary
from cube_server.result.pages import FactsPage, MembersPage
from cube_server.types import KeyPath


class SqlBackend:
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
        check: Callable[[Database, str], None] | None = None,
        rollups: Catalog | None = None,
    ) -> None:
        self._star, self._snapshot, self._check = star, snapshot, check
        self._rollups = rollups or Catalog(None)
        self._written = Written()
        self._relations = Relations(star, self._rollups, self._written)
        self._members = MemberLists(star.index)
        self._covered = Covered(star.index, star.fact_leaves)

    @property
    def snapshot(self) -> str:
        """The id of the state of the database."""
        return self._snapshot

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """Give the same state in one transaction, if the database still is in it; see `Backend.reading`."""
        if self._check is None:
            yield self
            return
        with self._star.database.transaction() as database:
            self._check(database, self._snapshot)
            yield self._on(self._star.within(database))
            if not database.dialect.holds_still:
                self._check(database, self._snapshot)

    def extended(self, values: DerivedValues) -> Self:
        """Give the same state with a derived attribute."""
        return self._on(self._star.extended(values))

    def _on(self, star: Star) -> Self:
        """Give the same state by another star, which is known to be in it."""
        other = copy(self)
        other._star, other._check = star, None
        other._relations = Relations(star, self._rollups, self._written)
        other._members = MemberLists(star.index)
        other._covered = self._covered.read_by(star.index, star.fact_leaves)
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

    def dictionary(self, ref: LevelRef) -> Dictionary:
        """Give the members that the codes of a relation stand for."""
        return self._members.dictionary(ref)

    def places(self, ref: LevelRef) -> pl.Series:
        """Give the place of each of a level's members."""
        return self._members.places(ref)

    def find(self, ref: LevelRef, path: KeyPath) -> int:
        """Find a member's code."""
        return self._members.find(ref, path)

    def coverage(self, cube: Cube, ref: LevelRef) -> Coverage | None:
        """Tell which members of a level of time the facts do not cover to their end."""
        return self._covered.of(cube, ref)

    def last_day(self, cube: Cube) -> object:
        """Give the key of the last day with facts, or None where the cube has no time."""
        return self._covered.last_day(cube)

    def members(self, spec: MembersSpec) -> MembersPage:
        """Give a page of a level's members."""
        return self._members.page(spec, self._star.shown_leaves(spec.cube, spec.ref.link), self.snapshot)

    def facts(self, spec: FactsSpec, budget: Budget) -> FactsPage:
        """Give a page of the fact rows within cuts."""
        return facts_page(self._star, spec, self.snapshot, budget)

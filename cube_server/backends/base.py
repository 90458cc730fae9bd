"""What every backend gives. Everything above this line is shared by all of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import polars as pl

from cube_server.budget import Budget
from cube_server.model.coordinates import AxisName
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import Cube
from cube_server.plan.nodes import Cuboid
from cube_server.query.spec import FactsSpec, MembersSpec
from cube_server.result.coverage import Coverage
from cube_server.result.derived import DerivedValues
from cube_server.result.dictionary import Dictionary
from cube_server.result.pages import FactsPage, MembersPage
from cube_server.types import KeyPath


class Backend(Protocol):
    """One snapshot of the facts, ready to answer."""

    @property
    def snapshot(self) -> str:
        """The id of the snapshot."""

    def cuboid(self, node: Cuboid, budget: Budget) -> pl.DataFrame:
        """Compute a relation.

        Args:
            node: What to compute; see `Cuboid` for the relation's columns.
            budget: The limits to keep.

        Returns:
            The relation, in no particular order. A cuboid of facts without a grain has no row if there are no facts.
            Counts are Int64, sums Int64 or Float64 (null where only nulls were summed), averages Float64.

        Raises:
            QueryError: A cut names a member that does not exist.
            LimitError: The relation would break a limit.
            BusyError: The time is up.
        """

    def reading(self) -> AbstractContextManager[Backend]:
        """Give the same snapshot for all relations of a question, or of several: where data may change, it holds still.

        Raises:
            MovedError: The data is no longer that of the snapshot.
        """

    def told(self, node: Cuboid) -> str:
        """Tell what a relation is computed from, and why, where there is more than one way; else nothing."""

    def dictionary(self, ref: LevelRef) -> Dictionary:
        """Give the members that the codes of a relation stand for."""

    def places(self, ref: LevelRef) -> pl.Series:
        """Give the place of each of a level's members (Int64): its period on the calendar, else its number.

        Differences of places are numbers of periods. Aggregates `min` and `max` of a level are places too.
        """

    def find(self, ref: LevelRef, path: KeyPath) -> int:
        """Find a member's code in the dictionary of its level.

        Raises:
            QueryError: There is no such member.
        """

    def coverage(self, cube: Cube, ref: LevelRef) -> Coverage | None:
        """Tell which members of a level of time the facts do not cover to their end; None for any other level."""

    def extended(self, values: DerivedValues) -> Backend:
        """Give the same snapshot with a derived attribute beside its dimensions."""

    def choosing(self, tuples: Mapping[AxisName, pl.DataFrame]) -> Backend:
        """Give the same snapshot with what `Chosen` stands for.

        Args:
            tuples: For each axis the tuples: a column of member codes for each of its levels.
        """

    def members(self, spec: MembersSpec) -> MembersPage:
        """Give a page of a level's members."""

    def facts(self, spec: FactsSpec, budget: Budget) -> FactsPage:
        """Give a page of the fact rows within cuts."""

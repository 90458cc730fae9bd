"""What all backends over a database do alike: a transaction a question, and members from what is known of the star."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Generic, Self, TypeVar

import polars as pl

from cube_server.backends.embedded.coverage import Covered
from cube_server.backends.embedded.members import MemberLists
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.star import Star
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import Cube
from cube_server.query.spec import MembersSpec
from cube_server.result.coverage import Coverage
from cube_server.result.dictionary import Dictionary
from cube_server.result.pages import MembersPage
from cube_server.types import KeyPath

S = TypeVar("S", bound=Star)


class StarBackend(ABC, Generic[S]):
    """One state of a star schema in a database.

    Args:
        star: The star schema.
        snapshot: The id of the state.
        check: Raises MovedError unless a transaction sees this state; None where it is known to.
    """

    def __init__(self, star: S, snapshot: str, check: Callable[[Database], None] | None) -> None:
        self._star, self._snapshot, self._check = star, snapshot, check
        self._members = MemberLists(star.index)
        self._covered = Covered(star.index, star.fact_leaves)

    @property
    def snapshot(self) -> str:
        """The id of the state."""
        return self._snapshot

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """Give the same state in one transaction, if the database still is in it; see `Backend.reading`."""
        if self._check is None:
            yield self
            return
        with self._star.database.transaction() as database:
            self._check(database)
            yield self._within(database)
            if not database.dialect.holds_still:
                self._check(database)

    @abstractmethod
    def _within(self, database: Database) -> Self:
        """Give the same state, read in a transaction."""

    def _by(self, star: S) -> Self:
        """Give the same state by another star, which is known to be in it."""
        other = copy(self)
        other._star, other._check = star, None
        other._members = MemberLists(star.index)
        other._covered = self._covered.read_by(star.index, star.fact_leaves)
        return other

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

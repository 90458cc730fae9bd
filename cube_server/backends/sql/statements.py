"""A cuboid as a statement: what is sent, and what comes back read as groups of members with aggregates."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl
import sqlalchemy as sa
from sqlalchemy.sql import visitors

from cube_server.backends.embedded.bridges import Target
from cube_server.backends.embedded.levels import Codes
from cube_server.backends.embedded.rows import Leaves, RelationRows
from cube_server.backends.sql.aggregates import Measured
from cube_server.backends.sql.dialects import Selection
from cube_server.backends.sql.parts import Check, LeafOf, Part
from cube_server.model.dimensions import LevelRef
from cube_server.types import DataType


@dataclass(frozen=True, eq=False)
class Told:
    """Members that groups are of.

    Attributes:
        refs: The levels.
        labels: The statement's columns that tell them.
        parts: What these stand for; none for members of a move, which are told by their codes.
        target: The members that a move leads to.
        check: What is looked at beside the groups, if anything is.
    """

    refs: tuple[LevelRef, ...]
    labels: tuple[str, ...]
    parts: tuple[Part, ...]
    target: Target | None = None
    check: Check | None = None

    def leaves(self, frame: pl.DataFrame) -> Leaves:
        """Find a leaf for each group."""
        if self.target is not None:
            found: Codes = self.target.leaves[frame[self.labels[0]].to_numpy()]
            return Leaves(self.refs, found)
        told = self._leaf_of.rows(frame)
        if self.check:
            self.check.refuse_unread(told, frame)
        return Leaves(self.refs, told)

    @cached_property
    def _leaf_of(self) -> LeafOf:
        return LeafOf(self.parts, self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A cuboid, or some of its aggregates, as SQL.

    Attributes:
        select: The statement.
        schema: The types of its columns.
        told: What members its groups are of.
        measured: The aggregates, by name.
    """

    select: Selection
    schema: dict[str, DataType]
    told: tuple[Told, ...]
    measured: dict[str, Measured]
    _limited: dict[int, Selection] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """How many values of members and parameters it holds on to."""
        bound = (part.value for part in visitors.iterate(self.select) if isinstance(part, sa.BindParameter))
        sent = sum(len(value) for value in bound if isinstance(value, list | str))
        return 1_000 + sent + 2 * sum(len(part.values) for told in self.told for part in told.parts)

    def limited(self, rows: int) -> Selection:
        """Give the statement for at most so many rows: the same each time, so that it is compiled once."""
        if rows not in self._limited:
            self._limited[rows] = self.select.limit(rows)
        return self._limited[rows]

    def relation(self, frame: pl.DataFrame) -> RelationRows:
        """Read what came back."""
        columns = {name: value.numbers(frame[f"m{place}"]) for place, (name, value) in enumerate(self.measured.items())}
        return RelationRows(frame.height, tuple(told.leaves(frame) for told in self.told), columns)

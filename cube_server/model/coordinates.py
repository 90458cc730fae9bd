"""Moves of a coordinate: how a formula takes a value elsewhere than at the current members.

A calculation is a function of a coordinate. A *move* changes the coordinate's member of one hierarchy, or widens it to
a window of members. MDX's All, Parent, Lag, ParallelPeriod, PeriodsToDate and LastPeriods are the reference for
meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cube_server.model.dimensions import LevelRef, Link
from cube_server.types import KeyPath


@dataclass(frozen=True, slots=True)
class ToAll:
    """To all members within the cut."""


@dataclass(frozen=True, slots=True)
class ToParent:
    """To the parent member; at the top, to All."""


@dataclass(frozen=True, slots=True)
class ToOwn:
    """In a tree, to what is the member's own, without those below it, as MDX's DataMember."""


@dataclass(frozen=True, slots=True)
class ToMember:
    """To one member, whatever the cut says of its hierarchy."""

    ref: LevelRef
    path: KeyPath


@dataclass(frozen=True, slots=True)
class ToMembers:
    """To several members of a level together, whatever the cut says of their hierarchy, as Aggregate of a set."""

    ref: LevelRef
    paths: tuple[KeyPath, ...]


@dataclass(frozen=True, slots=True)
class Lag:
    """To the member `count` members before (after, where negative).

    With `level`, as ParallelPeriod: to the member at the same place under the ancestor `count` members before.
    """

    count: int
    level: LevelRef | None = None


@dataclass(frozen=True, slots=True)
class ToDate:
    """To all members from the first under the ancestor at `level` to the current one, as PeriodsToDate."""

    level: LevelRef


@dataclass(frozen=True, slots=True)
class Rolling:
    """To the last `count` members, the current one included, as LastPeriods.

    With `level`, to the last `count` members of that finer level, counted from the current member's end. Without `full`
    the part of the window that the data covers is enough.
    """

    count: int
    level: LevelRef | None = None
    full: bool = True


@dataclass(frozen=True, slots=True)
class ToRole:
    """To the same members of another link to the same dimension, cuts included, as MDX's LinkMember."""

    link: Link


Move = ToAll | ToParent | ToOwn | ToMember | ToMembers | ToRole | Lag | ToDate | Rolling


@dataclass(frozen=True, slots=True)
class Hierarchies:
    """Hierarchies of a linked dimension: the named one, or whichever stand in the coordinate."""

    link: Link
    name: str | None = None

    @property
    def spelled(self) -> str:
        """How a formula names them: shipped, shipped.weekly."""
        return self.link.name if self.name is None else f"{self.link.name}.{self.name}"

    def has(self, ref: LevelRef) -> bool:
        """Tell whether a level is of these hierarchies."""
        return ref.link.name == self.link.name and (self.name is None or ref.hierarchy == self.name)


AxisName = Literal["rows", "columns"]


@dataclass(frozen=True, slots=True)
class Override:
    """A move on the hierarchies of a dimension, or on the levels of an axis."""

    target: Hierarchies | AxisName
    move: Move

"""Rows to aggregate, whatever they come from: facts, leaves of a dimension, or another relation.

All of them tell the same two things: for each linked dimension a leaf position a row, and numbers or keys a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeGuard

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.key_sets import KeySets
from cube_server.backends.embedded.levels import Codes, Mask
from cube_server.errors import InternalError
from cube_server.model.dimensions import LevelRef, Link
from cube_server.model.tables import Column

Places = slice | npt.NDArray[np.intp]
"""Which rows: a contiguous run, or places in ascending order."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A column of numbers.

    Attributes:
        values: Float64, or Int64 where Float64 could not add them up exactly. Decimals are scaled integers.
        scale: Digits behind the point that the integers stand for; None for true floats.
        valid: Which rows are not null; None if all.
        sets: Of distinct counts what was counted, as far as it is known.
    """

    values: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    scale: int | None
    valid: Mask | None
    sets: KeySets | None = None

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return self.values.nbytes + (0 if self.sets is None else self.sets.bits.nbytes)

    def at(self, places: Places) -> Numbers:
        """Give the numbers of some rows."""
        valid = None if self.valid is None else self.valid[places]
        return Numbers(self.values[places], self.scale, valid, None if self.sets is None else self.sets.at(places))


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """A column of keys as codes from 0 to `size` - 1, in no order that means anything; -1 is null."""

    codes: Codes
    size: int

    def at(self, places: Places) -> Keys:
        """Give the keys of some rows."""
        return Keys(self.codes[places], self.size)


class Rows(Protocol):
    """Rows to filter, group and aggregate."""

    @property
    def size(self) -> int:
        """How many rows there are."""

    def positions(self, link: Link) -> Codes:
        """Give the leaf position of each row in a linked dimension."""

    def numbers(self, over: Column | str) -> Numbers:
        """Give a column of numbers."""

    def keys(self, over: Column) -> Keys:
        """Give a column of keys."""


class PackedRows(Rows, Protocol):
    """Rows whose numbers are packed, and cost less where only some are asked for."""

    def numbers_at(self, over: Column | str, places: Places) -> Numbers:
        """Give a column of numbers for some rows."""


class SortedRows(Rows, Protocol):
    """Rows that may stand in the order of a dimension's leaves, so that a run of leaves is a run of rows."""

    def is_sorted_by(self, link: Link) -> bool:
        """Tell whether the rows stand in the order of a dimension's leaves."""


# By an attribute, not by `isinstance`: of a protocol that takes 15 microseconds, several times a question.
def is_packed(rows: Rows) -> TypeGuard[PackedRows]:
    """Tell whether rows unpack numbers for some of them."""
    return hasattr(rows, "numbers_at")


def may_be_sorted(rows: Rows) -> TypeGuard[SortedRows]:
    """Tell whether rows know what they are sorted by."""
    return hasattr(rows, "is_sorted_by")


@dataclass(frozen=True, slots=True, eq=False)
class SomeRows:
    """Some of other rows."""

    rows: Rows
    places: Places
    size: int

    def positions(self, link: Link) -> Codes:
        """Give the leaf position of each row in a linked dimension."""
        return self.rows.positions(link)[self.places]

    def numbers(self, over: Column | str) -> Numbers:
        """Give a column of numbers."""
        if is_packed(self.rows):
            return self.rows.numbers_at(over, self.places)
        return self.rows.numbers(over).at(self.places)

    def keys(self, over: Column) -> Keys:
        """Give a column of keys."""
        return self.rows.keys(over).at(self.places)


def positions_by_run(rows: Rows, link: Link) -> Callable[[slice], Codes]:
    """Give what tells the leaf positions of a run of rows: of picked rows only those of the run are gathered."""
    if not isinstance(rows, SomeRows):
        every = rows.positions(link)
        return lambda run: every[run]
    source, places = rows.rows.positions(link), rows.places
    if isinstance(places, slice):
        own = source[places]
        return lambda run: own[run]
    return lambda run: source.take(places[run], mode="clip")


@dataclass(frozen=True, slots=True, eq=False)
class LeafRows:
    """The leaves of one dimension, each once; the null key counts as one where the facts have it."""

    link: Link
    size: int

    def positions(self, link: Link) -> Codes:
        """Give each row's own place."""
        if link != self.link:
            raise InternalError(f"The members of {self.link.name} know nothing of {link.name}.")
        return np.arange(self.size, dtype=np.int32)

    def numbers(self, over: Column | str) -> Numbers:
        """Refuse: members have no numbers."""
        raise InternalError(f"The members of {self.link.name} have no measure {over}.")

    def keys(self, over: Column) -> Keys:
        """Refuse: members have no keys of facts."""
        raise InternalError(f"The members of {self.link.name} have no fact column {over.name}.")


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """The members of some levels of one dimension, row by row, each told by a leaf position that belongs to it."""

    refs: tuple[LevelRef, ...]
    positions: Codes


@dataclass(frozen=True, slots=True, eq=False)
class RelationRows:
    """The rows of a relation.

    Attributes:
        size: How many there are.
        leaves: The members, a part for each dimension.
        columns: The aggregates.
        derived: Gives the leaf positions of a derived attribute; None where there are none.
    """

    size: int
    leaves: tuple[Leaves, ...]
    columns: Mapping[str, Numbers]
    derived: Callable[[Rows, Link], Codes] | None = None

    def positions(self, link: Link) -> Codes:
        """Give a leaf position that belongs to each row's members."""
        found = [part.positions for part in self.leaves if part.refs[0].link == link]
        if not found and self.derived is not None:
            return self.derived(self, link)
        if len(found) != 1:
            raise InternalError(f"The relation has {len(found)} parts of {link.name}.")
        return found[0]

    def positions_of(self, ref: LevelRef) -> Codes:
        """Give a leaf position that belongs to each row's member of a level."""
        return next(part.positions for part in self.leaves if ref in part.refs)

    def numbers(self, over: Column | str) -> Numbers:
        """Give one of the relation's aggregates."""
        return self.columns[over if isinstance(over, str) else over.name]

    def keys(self, over: Column) -> Keys:
        """Refuse: a relation has only members and aggregates."""
        raise InternalError(f"A relation has no fact column {over.name}.")

"""Columns that tell which members a statement's rows have, and what of an answer their values stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

import numpy as np
import polars as pl

from cube_server.backends.embedded.grouping import FEW
from cube_server.backends.embedded.levels import Codes
from cube_server.backends.sql.dialects import Column
from cube_server.errors import InternalError
from cube_server.types import DataType

UNREAD = "The database has members that it did not have when its dimensions were read."


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One column that tells of a row's members.

    Attributes:
        column: The column of the statement.
        values: What it is at each leaf, and last at null (a Series, one longer than there are leaves).
        type: Its type.
        tells_unknown: Whether it only tells the keys without a row from others.
        is_filled: Whether no row is without it.
    """

    column: Column
    values: pl.Series
    type: DataType
    tells_unknown: bool = False
    is_filled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """What shows keys without a row that came after members were read, where groups do not tell them from null.

    Attributes:
        part: The part that groups do not have.
        label: The column with its greatest value in each group; None where no group is of the member null.
    """

    part: Part
    label: str | None

    def refuse_unread(self, leaves: Codes, frame: pl.DataFrame) -> None:
        """Raise InternalError if a group has such keys.

        Args:
            leaves: The leaf of each group.
            frame: What came back.
        """
        values = self.part.values
        has_unread = (
            leaves == len(values) - 1
            if self.label is None
            else frame[self.label].to_numpy() != values.gather(leaves).to_numpy()
        )
        if has_unread.any():
            raise InternalError(UNREAD)


class LeafOf:
    """Finds a leaf for each row of an answer by the values of its parts.

    Args:
        parts: The parts.
        labels: How the answer's columns are called.
    """

    def __init__(self, parts: tuple[Part, ...], labels: Sequence[str]) -> None:
        self._labels = list(labels)
        known = pl.DataFrame({label: part.values for label, part in zip(labels, parts, strict=True)})
        leaves = known.with_row_index("leaf")
        # What is all null is the member null, not that of a key whose own levels are null.
        leaves = pl.concat([leaves.tail(1), leaves.head(-1)])
        self._leaves = leaves.unique(self._labels, keep="first", maintain_order=True)

    def rows(self, frame: pl.DataFrame) -> Codes:
        """Find a leaf for each row.

        Raises:
            InternalError: A value is that of no leaf: the data has changed since its members were read.
        """
        found = self._few(frame) if max(frame.height, self._leaves.height) <= FEW else self._many(frame)
        if (found < 0).any():
            raise InternalError(UNREAD)
        return found

    def _few(self, frame: pl.DataFrame) -> Codes:
        return np.fromiter(map(self._by_values.get, self._keys(frame), repeat(-1)), np.int32, frame.height)

    @cached_property
    def _by_values(self) -> dict[object, int]:
        return dict(zip(self._keys(self._leaves), self._leaves["leaf"].to_list(), strict=True))

    def _keys(self, frame: pl.DataFrame) -> Iterable[object]:
        """Give what tells each row's leaf: a value, or a tuple where several do."""
        columns = [frame[label].to_list() for label in self._labels]
        return columns[0] if len(columns) == 1 else zip(*columns, strict=True)

    def _many(self, frame: pl.DataFrame) -> Codes:
        found = frame.select(self._labels).join(
            self._leaves, on=self._labels, how="left", nulls_equal=True, maintain_order="left"
        )
        return found["leaf"].cast(pl.Int32).fill_null(-1).to_numpy()

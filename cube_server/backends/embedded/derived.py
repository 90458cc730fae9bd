"""Derived attributes beside a snapshot: dimensions whose members are values, linked to rows by the rows' keys."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from cube_server.backends.embedded.grouping import combine, place
from cube_server.backends.embedded.levels import Codes, DimensionIndex, LevelIndex, Mask
from cube_server.backends.embedded.rows import Leaves, Numbers, RelationRows, Rows
from cube_server.model.dimensions import Dimension, Level, Link
from cube_server.model.elements import DerivedAttribute
from cube_server.query.spec import Cut
from cube_server.result.derived import DerivedValues
from cube_server.types import Kind

Indexes = Callable[[Dimension], DimensionIndex]

_NULL_CLASS = 2

_WHOLE = frozenset({Kind.BOOL, Kind.INT})

_LARGEST_TABLE = 1 << 24
"""How many places a look-up table may have; beyond, the keys are searched."""


class DerivedIndex(DimensionIndex):
    """The dimension of a derived attribute: each of its values is a leaf; one more position stands for none."""

    def __init__(self, values: DerivedValues) -> None:
        frame = values.dictionary.frame
        self.dimension = values.attribute.link.dimension
        self.leaves = frame.height - 1
        known = frame.with_row_index("leaf").select(
            pl.col("key_0"),
            pl.when(pl.col("key_0").is_null()).then(_NULL_CLASS).otherwise(0).cast(pl.UInt8).alias("class_0"),
            "caption",
            "unknown",
            pl.col("leaf").cast(pl.Int32),
        )
        self._level = LevelIndex(values.attribute.ref.levels, np.arange(frame.height, dtype=np.int32), known)

    def mask(self, cut: Cut, made: Callable[[Cut], Mask]) -> Mask:
        """Make the mask of a cut's leaves: there are few."""
        return made(cut)

    def level(self, levels: tuple[Level, ...]) -> LevelIndex:
        """Give the one level there is."""
        assert levels == self._level.levels
        return self._level


class DerivedLink:
    """From rows to the value of a derived attribute.

    Args:
        values: The attribute.
        dimension: Gives the index of a dimension.
    """

    def __init__(self, values: DerivedValues, dimension: Indexes) -> None:
        self._values = values
        self._combinations = combine(dimension, values.attribute.keys)
        self._dimension = dimension
        self._none = len(values.dictionary) - 1
        keys = self.rows()
        self._places = place(keys, self._combinations).astype(np.int64)
        self._codes = values.frame["code"].to_numpy()
        order = np.argsort(self._places, kind="stable")
        self._places, self._codes = self._places[order], self._codes[order]

    @property
    def attribute(self) -> DerivedAttribute:
        """The attribute that is linked to."""
        return self._values.attribute

    @property
    def of(self) -> Link:
        """The link whose members have the attribute; of several, the first. Where it is bridged, it is the only one."""
        return self.attribute.keys[0].link

    def rows(self, derived: Callable[[Rows, Link], Codes] | None = None) -> RelationRows:
        """Give the members that have the attribute, a row each, with `value`."""
        frame = self._values.frame
        leaves = []
        for part in self._combinations:
            levels = [self._dimension(part.link.dimension).level(ref.levels) for ref in part.refs]
            # Of several levels of one dimension the finest tells the others.
            finest = max(range(len(levels)), key=lambda number: levels[number].size)
            codes = frame[part.refs[finest].name].to_numpy()
            leaves.append(Leaves(part.refs, levels[finest].leaves[codes]))
        value = frame["value"]
        valid = value.is_not_null().to_numpy() if value.null_count() else None
        is_whole = self._values.attribute.shows or self._values.attribute.ref.level.key.type.kind in _WHOLE
        numbers = Numbers(value.cast(pl.Float64).fill_null(0.0).to_numpy(), 0 if is_whole else None, valid)
        return RelationRows(frame.height, tuple(leaves), {"value": numbers}, derived)

    def counted(self) -> Mask:
        """Mark the rows to count and to aggregate: all but those of the member null, as null is no key to count."""
        key = self._values.attribute.keys[0]
        level = self._dimension(key.link.dimension).level(key.levels)
        kinds = level.frame[f"class_{len(key.levels) - 1}"].to_numpy()
        is_some = (kinds != _NULL_CLASS) & ~level.hidden
        is_counted: Mask = is_some[self._values.frame[key.name].to_numpy()]
        return is_counted

    def positions(self, rows: Rows) -> Codes:
        """Give each row's value, as a leaf position of the attribute's dimension."""
        wanted = place(rows, self._combinations)
        size = int(np.prod([part.size for part in self._combinations], dtype=object))
        if size <= _LARGEST_TABLE:
            table = np.full(size, self._none, np.int32)
            table[self._places] = self._codes
            return table[wanted]
        found = np.searchsorted(self._places, wanted)
        found[found == len(self._places)] = 0
        hit = self._places[found] == wanted if len(self._places) else np.zeros(len(wanted), np.bool_)
        return np.where(hit, self._codes[found] if len(self._codes) else 0, self._none).astype(np.int32)

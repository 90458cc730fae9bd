"""A dimension as it was then: its leaves are the versions of its rows, and a fact finds the one of its day.

Everything above goes on as before: a level is an array from leaf position to member code, here from version to member.
So a customer who moved has a leaf in the old region and one in the new, and stands under both, each with its facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.backends.embedded.levels import Codes, Days, DimensionIndex, Mask, MemberRows
from cube_server.model.dimensions import Dimension, Level
from cube_server.warehouse.manifest import ABSENT, FROM_COLUMN, KEY_COLUMN, KNOWN, STATUS_COLUMN

_AGE = "\0age"
"""How many newer versions of the same row there are."""


class VersionIndex(DimensionIndex):
    """One dimension of a snapshot, a leaf for each version of each row.

    Args:
        dimension: The dimension.
        table: Its table, a row for each durable key.
        versions: The versions of its rows, `_from` which day on. Keys without any have the one leaf of their row.
        level_tables: As of `DimensionIndex`. Facts that know only a level see its members as they are now.
    """

    def __init__(
        self,
        dimension: Dimension,
        table: MemberRows,
        versions: MemberRows,
        level_tables: Mapping[str, MemberRows] | None = None,
    ) -> None:
        self._versions = versions
        super().__init__(dimension, table, level_tables)

    def _rows(self, columns: list[str]) -> pl.DataFrame:
        """Read the versions of the rows that facts or the source have, and the rows that have no version."""
        durable = self._table.read([KEY_COLUMN, STATUS_COLUMN, *columns]).filter(pl.col(STATUS_COLUMN) != ABSENT)
        versions = self._versions.read([KEY_COLUMN, FROM_COLUMN, *columns])
        # A row that has left the source is unknown now; what it was then is known as ever.
        known = pl.lit(KNOWN, durable.schema[STATUS_COLUMN]).alias(STATUS_COLUMN)
        kept = versions.join(durable, on=KEY_COLUMN, how="semi").with_columns(known)
        others = durable.join(versions, on=KEY_COLUMN, how="anti")
        newer = pl.col(FROM_COLUMN).rank("ordinal", descending=True).fill_null(pl.len()) - 1
        return pl.concat([kept, others], how="diagonal").with_columns(newer.over(KEY_COLUMN).alias(_AGE))

    @cached_property
    def position_of(self) -> Codes:
        """The leaf position of each surrogate key as it is now; the last item, at index -1, is the null key's."""
        largest = int(self._surrogates.max()) if self.leaves else -1
        positions = np.full(largest + 2, self.leaves, np.int32)
        now = np.flatnonzero(self._is_now)
        positions[self._surrogates[now]] = now
        return positions

    def positions_at(self, surrogates: Codes, days: Callable[[], Days | None]) -> Codes:
        """Give the leaf position of each fact on its day; the first version before it, and the current one without."""
        positions: Codes = self.position_of[surrogates]
        of_facts = days() if self._changed.any() else None
        if of_facts is None:
            return positions
        dated = np.flatnonzero(self._changed[surrogates] & ~np.isnat(of_facts))
        keys = surrogates[dated]
        order, moments, starts = self._in_time
        places = np.searchsorted(moments, _moments(keys, of_facts[dated]), "right") - 1
        positions[dated] = order[np.maximum(places, starts[keys])]
        return positions

    def leaves_at(self, leaves: Codes, days: Days) -> Codes:
        """Give the versions of rows on days, in the place of any versions of theirs."""
        return self.positions_at(np.append(self._surrogates, np.int32(-1))[leaves], lambda: days)

    def column(self, name: str) -> pl.Series:
        """Give a column of the dimension's table, by leaf position: of each version its own."""
        if name in self.frame.columns:
            return self.frame[name]
        keys = [KEY_COLUMN, FROM_COLUMN]
        rows = self._versions.read([*keys, name])
        return self.frame.select(keys).join(rows, on=keys, how="left", nulls_equal=True, maintain_order="left")[name]

    def alike(self, levels: tuple[Level, ...]) -> Codes:
        """Give each member of a level a code; the members of one durable key, under several parents, count as one."""
        if len(levels) == 1 or levels[-1].key != self.dimension.key:
            return super().alike(levels)
        return self.level(levels[-1:]).codes[self.level(levels).leaves]

    def positions_by(self, column: str, keys: pl.DataFrame) -> Codes:
        """Give the first leaf position of each key, among the versions of now."""
        now = self.frame.with_row_index("leaf").filter(pl.Series(self._is_now))
        firsts = now.group_by(column).agg(pl.col("leaf").min())
        found = keys.join(firsts, on=column, how="left", maintain_order="left")["leaf"].fill_null(self.leaves)
        return np.append(found.cast(pl.Int32).to_numpy(), np.int32(self.leaves))

    def _parts(self, levels: tuple[Level, ...]) -> pl.DataFrame:
        """Lay levels out as ever; a member whose versions differ in order or caption has those of the newest."""
        rows = super()._parts(levels)
        age = pl.concat([self.frame[_AGE], pl.Series(_AGE, [0], self.frame.schema[_AGE])])
        rows = rows.with_columns(age)
        above: list[str] = []
        for depth in range(len(levels)):
            above += [f"class_{depth}", f"key_{depth}"]
            newest = pl.col(f"order_{depth}").sort_by(_AGE, "leaf").first().over(above)
            rows = rows.with_columns(newest)
        return rows.with_columns(pl.col("caption").sort_by(_AGE, "leaf").first().over(above)).drop(_AGE)

    @cached_property
    def _is_now(self) -> Mask:
        """Which leaves are current versions, or rows without any."""
        return self.frame.select(now=pl.col(_AGE).fill_null(0) == 0)["now"].to_numpy()

    @cached_property
    def _changed(self) -> Mask:
        """Which surrogate keys have several versions; the last item, at index -1, is the null key's."""
        counts = np.bincount(self._surrogates, minlength=len(self.position_of))
        return counts > 1

    @cached_property
    def _in_time(self) -> tuple[Codes, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The leaves by surrogate key and time, the moment of each, and where each key's begin."""
        begins = self.frame[FROM_COLUMN].to_numpy().astype("datetime64[D]")
        moments = _moments(self._surrogates, begins)
        order = np.argsort(moments, kind="stable").astype(np.int32)
        starts = np.searchsorted(self._surrogates[order], np.arange(len(self.position_of)))
        return order, moments[order], starts


def _moments(keys: Codes, days: Days) -> npt.NDArray[np.int64]:
    """Number keys and days together, so that the days of one key ascend; a version without a day comes before all."""
    numbers = days.astype(np.int64)
    return keys.astype(np.int64) * _MANY_DAYS + np.where(np.isnat(days), 0, numbers + _BEFORE)


_MANY_DAYS = 1 << 32
_BEFORE = 1 << 31
"""Days are counted from 1970, before and after, in fewer than 32 bits."""

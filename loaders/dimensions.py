"""Surrogate keys: every key of a dimension gets a small number that it keeps for ever."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.errors import SourceError
from cube_server.warehouse.manifest import ABSENT, KEY_COLUMN, KNOWN, STATUS_COLUMN, UNKNOWN

from .lookups import lookup

_MOST_ROWS = 2**31 - 1


class Numbering:
    """The surrogate keys of a dimension's table, while facts are read that link to it.

    Keys that the last load knew keep their numbers. The table's new keys take the next ones in ascending order of the
    keys, then come those that only facts have, run by run.

    >>> numbering = Numbering(pl.DataFrame({"id": [7, 5]}), "id", None)
    >>> numbers = numbering.surrogates(pl.Series([9, 7]))
    >>> numbers.to_list(), numbering.unknown(numbers).to_list()
    ([2, 1], [2])
    >>> numbering.rows().select("_key", "id", "_status").rows()
    [(0, 5, 0), (1, 7, 0), (2, 9, 1)]

    Args:
        known: The source's rows, their keys unique and not null.
        key: The key column.
        previous: `key` of the last load that had the table, ordered by `_key`; None if there is none.
        linked: The surrogates (Int32) that facts may have which this load does not read; by default none.

    Raises:
        SourceError: There are more keys than a surrogate key can number; so may `surrogates`.
    """

    def __init__(
        self, known: pl.DataFrame, key: str, previous: pl.Series | None, linked: pl.Series | None = None
    ) -> None:
        self._known, self._key = known, key
        self._natural = _all_keys(known[key], previous)
        _refuse_beyond(len(self._natural), key)
        self._is_known = self._natural.is_in(known[key].implode())
        self._knows_all = bool(self._is_known.all())
        self._find = lookup(self._natural)
        self._ranks: npt.NDArray[np.unsignedinteger[Any]] | None = None
        self._linked = pl.Series(dtype=pl.Int32) if linked is None else linked
        self.is_as_given = True
        """Whether no facts were read yet whose key has no row."""

    @property
    def natural(self) -> pl.Series:
        """The natural keys, by surrogate."""
        return self._natural

    @property
    def ranks(self) -> npt.NDArray[np.unsignedinteger[Any]]:
        """The place of each surrogate in the order of the natural keys, and behind all others that of null."""
        if self._ranks is None:
            # Sixteen bits, where they suffice, are sorted by counting.
            kind = np.uint16 if len(self._natural) < 1 << 16 else np.uint32
            self._ranks = np.empty(len(self._natural) + 1, kind)
            self._ranks[self._natural.arg_sort().to_numpy()] = np.arange(len(self._natural))
            self._ranks[-1] = len(self._natural)
        return self._ranks

    def surrogates(self, keys: pl.Series) -> pl.Series:
        """Give each key of a run of facts its number (Int32), null where it is null; keys that are new get one."""
        found = self._find(keys)
        if found.null_count() > keys.null_count():
            self._extend(keys.filter(found.is_null() & keys.is_not_null()).unique().sort())
            found = self._find(keys)
        return found

    def unknown(self, surrogates: pl.Series) -> pl.Series:
        """Give those of a run of facts whose key the dimension's source lacks, each as often as it is there."""
        if self._knows_all:
            return surrogates.clear()
        unknown = surrogates.filter(~self._is_known.gather(surrogates))
        self._linked = pl.concat([self._linked, unknown.unique()]).unique()
        self.is_as_given = self.is_as_given and unknown.is_empty()
        return unknown

    def rows(self) -> pl.DataFrame:
        """Give the table's rows.

        Returns:
            The columns of the source's rows, `_key` (Int32, 0..n-1 in order) and `_status` (Int8). Rows that are not in
            the source have only their key filled.
        """
        numbers = pl.int_range(len(self._natural), dtype=pl.Int32, eager=True)
        status = (
            pl.when(self._is_known)
            .then(KNOWN)
            .when(pl.col(KEY_COLUMN).is_in(self._linked.implode()))
            .then(UNKNOWN)
            .otherwise(ABSENT)
        )
        keys = pl.DataFrame({self._key: self._natural, KEY_COLUMN: numbers})
        numbered = keys.with_columns(status.cast(pl.Int8).alias(STATUS_COLUMN))
        rows = numbered.join(self._known, on=self._key, how="left", maintain_order="left")
        return rows.select(*self._known.columns, KEY_COLUMN, STATUS_COLUMN)

    def _extend(self, new: pl.Series) -> None:
        _refuse_beyond(len(self._natural) + len(new), self._key)
        self._natural = pl.concat([self._natural, new])
        self._is_known = self._is_known.extend_constant(False, len(new))
        self._knows_all = False
        self._find, self._ranks = lookup(self._natural), None


def _all_keys(known: pl.Series, previous: pl.Series | None) -> pl.Series:
    if previous is None:
        return known.sort()
    return pl.concat([previous, known.filter(~known.is_in(previous.implode())).sort()])


def _refuse_beyond(count: int, key: str) -> None:
    if count > _MOST_ROWS:
        raise SourceError(f"The dimension's key {key!r} has {count:,} values, over {_MOST_ROWS:,}.")

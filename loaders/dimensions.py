"""Surrogate keys: every key of a dimension gets a small number that it keeps for ever."""

from __future__ import annotations

import polars as pl

from cube_server.errors import SourceError
from cube_server.warehouse.manifest import ABSENT, KEY_COLUMN, KNOWN, STATUS_COLUMN, UNKNOWN

_MOST_ROWS = 2**31 - 1
_NATURAL, _IS_KNOWN = "\0natural", "\0known"


class Numbering:
    """The surrogate keys of a dimension's table, while facts are read that link to it.

    Keys that the last load knew keep their numbers. The table's new keys take the next ones in ascending order of the
    keys, then come those that only facts have, run by run.

    >>> numbering = Numbering(pl.DataFrame({"id": [7, 5]}), "id", None)
    >>> numbering.surrogates(pl.Series([9, 7]))["_key"].to_list()
    [2, 1]
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
        keys = _all_keys(known[key], previous)
        is_known = keys.is_in(known[key].implode())
        self._numbers = pl.DataFrame({_NATURAL: keys, KEY_COLUMN: _from(0, len(keys), key), _IS_KNOWN: is_known})
        self._linked = pl.Series(dtype=pl.Int32) if linked is None else linked
        self.is_as_given = True
        """Whether no facts were read yet whose key has no row."""

    @property
    def natural(self) -> pl.Series:
        """The natural keys, by surrogate."""
        return self._numbers[_NATURAL]

    def surrogates(self, keys: pl.Series) -> pl.DataFrame:
        """Give each key of a run of facts its number; keys that are new get one.

        Returns:
            `_key` (Int32) and whether the dimension's source has the key, both null where the key is null.
        """
        found = self._found(keys)
        new = keys.filter(found[KEY_COLUMN].is_null() & keys.is_not_null()).unique().sort()
        if len(new):
            numbers = _from(len(self._numbers), len(new), self._key)
            more = {_NATURAL: new, KEY_COLUMN: numbers, _IS_KNOWN: pl.repeat(False, len(new), eager=True)}
            self._numbers = pl.concat([self._numbers, pl.DataFrame(more)])
            found = self._found(keys)
        unknown = found.filter(~pl.col(_IS_KNOWN))[KEY_COLUMN]
        self._linked = pl.concat([self._linked, unknown.unique()]).unique()
        self.is_as_given = self.is_as_given and unknown.is_empty()
        return found.select(KEY_COLUMN, is_known=_IS_KNOWN)

    def rows(self) -> pl.DataFrame:
        """Give the table's rows.

        Returns:
            The columns of the source's rows, `_key` (Int32, 0..n-1 in order) and `_status` (Int8). Rows that are not in
            the source have only their key filled.
        """
        status = (
            pl.when(_IS_KNOWN)
            .then(KNOWN)
            .when(pl.col(KEY_COLUMN).is_in(self._linked.implode()))
            .then(UNKNOWN)
            .otherwise(ABSENT)
        )
        numbered = self._numbers.select(
            pl.col(_NATURAL).alias(self._key), KEY_COLUMN, status.cast(pl.Int8).alias(STATUS_COLUMN)
        )
        rows = numbered.join(self._known, on=self._key, how="left", maintain_order="left")
        return rows.select(*self._known.columns, KEY_COLUMN, STATUS_COLUMN)

    def _found(self, keys: pl.Series) -> pl.DataFrame:
        return pl.DataFrame({_NATURAL: keys}).join(self._numbers, on=_NATURAL, how="left", maintain_order="left")


def _all_keys(known: pl.Series, previous: pl.Series | None) -> pl.Series:
    if previous is None:
        return known.sort()
    return pl.concat([previous, known.filter(~known.is_in(previous.implode())).sort()])


def _from(first: int, count: int, key: str) -> pl.Series:
    if first + count > _MOST_ROWS:
        raise SourceError(f"The dimension's key {key!r} has {first + count:,} values, over {_MOST_ROWS:,}.")
    return pl.int_range(first, first + count, dtype=pl.Int32, eager=True)

"""Surrogate keys: every key of a dimension gets a small number that it keeps for ever."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cube_server.errors import SourceError
from cube_server.warehouse.manifest import ABSENT, KEY_COLUMN, KNOWN, STATUS_COLUMN, UNKNOWN

_MOST_ROWS = 2**31 - 1


def number_rows(
    known: pl.DataFrame, key: str, used: Sequence[pl.Series], previous: pl.Series | None
) -> pl.DataFrame:
    """Give each key of a dimension's table its row and surrogate key.

    New keys take the next numbers in ascending order of the keys, so that a load gives the same numbers
    whatever order its source has.

    >>> rows = number_rows(pl.DataFrame({"id": [7, 5]}), "id", [pl.Series([9, 7])], None)
    >>> rows.select("_key", "id", "_status").rows()
    [(0, 5, 0), (1, 7, 0), (2, 9, 1)]

    Args:
        known: The source's rows, their keys unique and not null.
        key: The key column.
        used: The keys that facts link to, a series a link; nulls are links to nothing.
        previous: `key` of the last load that had the table, ordered by `_key`; None if there is none.

    Returns:
        The columns of `known`, `_key` (Int32, 0..n-1 in order) and `_status` (Int8). Rows that are not in the
        source have only their key filled.

    Raises:
        SourceError: There are more keys than a surrogate key can number.
    """
    linked = _distinct(used, known[key])
    keys = _all_keys(pl.concat([known[key], linked]).unique(), previous)
    if keys.len() > _MOST_ROWS:
        raise SourceError(f"The dimension's key {key!r} has {keys.len():,} values, over {_MOST_ROWS:,}.")
    is_known, is_linked = (keys.is_in(some.implode()) for some in (known[key], linked))
    numbered = pl.DataFrame([keys]).with_columns(
        pl.int_range(keys.len(), dtype=pl.Int32).alias(KEY_COLUMN),
        pl.when(is_known)
        .then(KNOWN)
        .when(is_linked)
        .then(UNKNOWN)
        .otherwise(ABSENT)
        .cast(pl.Int8)
        .alias(STATUS_COLUMN),
    )
    rows = numbered.join(known, on=key, how="left", maintain_order="left")
    return rows.select(*known.columns, KEY_COLUMN, STATUS_COLUMN)


def _all_keys(present: pl.Series, previous: pl.Series | None) -> pl.Series:
    if previous is None:
        return present.sort()
    return pl.concat([previous, present.filter(~present.is_in(previous.implode())).sort()])


def _distinct(used: Sequence[pl.Series], like: pl.Series) -> pl.Series:
    """Give each key that any link uses, once."""
    found = [keys.drop_nulls().unique().alias(like.name) for keys in used]
    return pl.concat([like.clear(), *found]).unique()

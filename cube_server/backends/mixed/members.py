"""One dimension of rows from two places: members are united, each key once, with one number for both backends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from cube_server.backends.sql.members import MemberTable

_KNOWN, _UNKNOWN, _ABSENT = 0, 1, 2
_OWN = ["_key", "_status"]


@dataclass(frozen=True, slots=True, eq=False)
class United:
    """A dimension's rows, or the keys of a level.

    Attributes:
        rows: Rows with `_key`, which is that of the warehouse where it has the key, and `_status`.
        agrees: Whether the database knows of the keys of its own facts what is said of them here.
    """

    rows: MemberTable
    agrees: bool


def united(key: str, here: pl.DataFrame | None, there: pl.DataFrame | None) -> United:
    """Unite rows. Where both places know a key, the row here wins: it was loaded later.

    Args:
        key: The column of the keys.
        here: The rows of the warehouse with `_key` and `_status`; None if it has none.
        there: Those of the database; its own numbers mean nothing.
    """
    if here is None:
        assert there is not None
        return United(MemberTable(there), agrees=True)
    if there is None:
        return United(MemberTable(here), agrees=False)
    columns = [name for name in here.columns if name not in _OWN and name in there.columns]
    theirs = there.select(*_OWN, *columns).cast({name: here.schema[name] for name in columns})
    known_here, known_there = (part.filter(pl.col("_status") == _KNOWN) for part in (here, theirs))
    known = pl.concat([known_here.select(columns), known_there.join(known_here, on=key, how="anti").select(columns)])
    strays = pl.concat([part.filter(pl.col("_status") == _UNKNOWN).select(key) for part in (here, theirs)]).unique()
    unknown = strays.join(known, on=key, how="anti").with_columns(pl.lit(_UNKNOWN, pl.Int8).alias("_status"))
    rows = pl.concat([known.with_columns(pl.lit(_KNOWN, pl.Int8).alias("_status")), unknown], how="diagonal")
    return United(MemberTable(_numbered(rows.sort(key), here, key)), _agrees(key, columns, known, theirs))


def _numbered(rows: pl.DataFrame, here: pl.DataFrame, key: str) -> pl.DataFrame:
    """Give each row the number that the warehouse's facts have for it, or a new one."""
    found = rows.join(here.select(key, "_key"), on=key, how="left", maintain_order="left")
    first = int(here["_key"].max() or 0) + 1  # type: ignore[arg-type]
    new = pl.int_range(first, first + pl.len(), dtype=pl.Int32)
    return found.with_columns(pl.coalesce(pl.col("_key").cast(pl.Int32), new).alias("_key"))


def _agrees(key: str, columns: Sequence[str], known: pl.DataFrame, theirs: pl.DataFrame) -> bool:
    own = theirs.filter(pl.col("_status") == _KNOWN).select(columns)
    strays = theirs.filter(pl.col("_status") == _UNKNOWN)
    same = known.join(own.select(key), on=key, how="semi").sort(key).equals(own.sort(key))
    return same and not strays.join(known, on=key, how="semi").height


def absent_left_out(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out the rows that neither facts nor a source have any more."""
    return rows.filter(pl.col("_status") != _ABSENT)

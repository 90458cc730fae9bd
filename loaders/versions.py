"""Versions: the rows of a dimension's table as they were, each valid from a day on.

A table with history is split when it is read: `current` rows, one for each key, go the way of all dimensions' rows;
`versions` are stored beside them. Facts refer to the key alone and find their version by their day when they are asked,
so that a change in the past moves facts to another version without a fact being written again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from cube_server.errors import Issue
from cube_server.model.tables import Column, History, Table
from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import FROM_COLUMN, KEY_COLUMN

from .mistakes import Mistakes
from .origins import TypedTable

VERSION_TYPES = {KEY_COLUMN: DataType(Kind.INT), FROM_COLUMN: DataType(Kind.DATE)}
"""What a stored version has beside the columns of its table."""

_ROW = "\0row"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Versions:
    """A table with history, split.

    Attributes:
        current: A row for each key, the newest version.
        frame: All versions: the table's columns and `_from`, ordered by key and day. Columns of type 1 hold in all
            versions of a key what they hold in the newest.
    """

    current: TypedTable
    frame: pl.DataFrame


def given_versions(rows: TypedTable, mistakes: Mistakes) -> Versions:
    """Split a table whose source brings the versions itself.

    Args:
        rows: The source's rows, one a version.
        mistakes: Where versions of one key are noted between which there are gaps, or that overlap.
    """
    history = rows.table.history
    assert history is not None
    assert history.first is not None
    key = rows.table.key[0].name
    ordered = rows.frame.with_row_index(_ROW).sort(key, history.first.name, _ROW, nulls_last=False)
    _check_days(rows, ordered, history, key, mistakes)
    newest = ordered.group_by(key, maintain_order=True).last()
    current = newest.sort(_ROW)
    places = [rows.origins_of(row) for row in current[_ROW]] if False else None
    del places
    frame = overwritten(ordered.drop(_ROW).with_columns(pl.col(history.first.name).alias(FROM_COLUMN)), rows.table)
    return Versions(TypedTable(rows.table, current.drop(_ROW), rows.origins), frame)

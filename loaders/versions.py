"""Versions: the rows of a dimension's table as they were, each valid from a day on.

A table with history is split before it is checked: its current rows, one for each key, go the way of all dimensions'
rows, and all versions are stored beside them. Facts refer to the key alone and find their version by their day when
they are asked, so that a change in the past moves facts to another version without any of them being written again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from cube_server.model.tables import Column, Table
from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import FROM_COLUMN, KEY_COLUMN

from .mistakes import Mistakes
from .origins import TypedTable
from .validity import check_validity

VERSION_TYPES = {KEY_COLUMN: DataType(Kind.INT), FROM_COLUMN: DataType(Kind.DATE)}
"""What a stored version has beside the columns of its table."""

_ROW = "\0row"


@dataclass(frozen=True, slots=True)
class Versions:
    """A table with history, split.

    Attributes:
        current: A row for each key: its newest version.
        frame: All versions: the table's columns and `_from`, by key and day. Columns of type 1 hold in all versions of
            a key what they hold in the newest.
    """

    current: TypedTable
    frame: pl.DataFrame


def given_versions(rows: TypedTable, mistakes: Mistakes) -> Versions:
    """Split a table whose source brings the versions itself.

    >>> shop = parse_model(text).tables[0]  # doctest: +SKIP
    >>> given_versions(read, mistakes).frame.select("customer_id", "area", "_from").rows()  # doctest: +SKIP
    [(1, 'North', datetime.date(2016, 1, 1)), (1, 'South', datetime.date(2017, 6, 1))]

    Args:
        rows: The source's rows, one a version.
        mistakes: Where versions of one key are noted that overlap, or leave a gap between them.
    """
    table, history = rows.table, rows.table.history
    assert history is not None
    assert history.first is not None
    check_validity(rows, history, mistakes)
    key = table.key[0].name
    begins = pl.col(history.first.name).alias(FROM_COLUMN)
    ordered = rows.frame.with_row_index(_ROW).with_columns(begins).sort(key, FROM_COLUMN, nulls_last=False)
    current = ordered.group_by(key, maintain_order=True).last().sort(_ROW)
    newest = replace(rows, frame=current.select(rows.frame.columns), numbers=rows.numbers.gather(current[_ROW]))
    return Versions(newest, overwritten(ordered.drop(_ROW), current, table))


def overwritten(versions: pl.DataFrame, current: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Put the current values of the columns of type 1 into all versions, as far as there are current rows.

    Args:
        versions: The table's columns and `_from`.
        current: A row a key.
        table: The table, with history.
    """
    key, names = table.key[0].name, [column.name for column in _fleeting(table)]
    if not names:
        return versions
    told = current.drop_nulls(key).unique(key, keep="last").select(key, *names, pl.lit(value=True).alias(_ROW))
    found = versions.join(told, on=key, how="left", suffix="\0now", maintain_order="left")
    values = (pl.when(pl.col(_ROW)).then(f"{name}\0now").otherwise(name).alias(name) for name in names)
    return found.with_columns(*values).select(versions.columns)


def numbered(versions: pl.DataFrame, rows: pl.DataFrame, key: str, made: Sequence[str]) -> pl.DataFrame:
    """Give versions the surrogate keys of their rows.

    Args:
        versions: The table's columns and `_from`.
        rows: The dimension's rows, as `dimensions.number_rows` gives them.
        key: The key column.
        made: The columns of the rows that are made of trees: they are the same in all versions.

    Returns:
        The columns of `versions`, `made` and `_key`, by key and day.
    """
    found = versions.join(rows.select(key, *made, KEY_COLUMN), on=key, how="inner")
    return found.sort(KEY_COLUMN, FROM_COLUMN, nulls_last=False).select(*versions.columns[:-1], *made, *VERSION_TYPES)


def _fleeting(table: Table) -> tuple[Column, ...]:
    """List the columns of type 1."""
    changing = table.history.changing if table.history else ()
    return tuple(column for column in table.columns if column not in changing and column not in table.key)

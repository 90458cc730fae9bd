"""What identifies the rows of a table: a column, or the fewest columns together, never null and never repeated."""

from __future__ import annotations

from itertools import combinations

from cube_server.types import Kind

from .ids import is_id
from .profiles import ColumnProfile, TableProfile
from .wording import subject, words

_MOST_COLUMNS = 3
_MOST_TRIED = 10


def single_keys(table: TableProfile) -> tuple[ColumnProfile, ...]:
    """Give the columns that identify a row alone, the likeliest key first."""
    found = [column for column in table.columns if _is_unique(table, column)]
    places = {column.name: place for place, column in enumerate(table.columns)}
    return tuple(sorted(found, key=lambda column: (-_likeness(table, column), places[column.name])))


def smallest_key(table: TableProfile) -> tuple[str, ...]:
    """Give the fewest columns that identify a row; none if rows may repeat, or if not all were looked at."""
    if not table.is_whole:
        return ()
    if single := [column for column in single_keys(table) if is_id(column.name)]:
        return (single[0].name,)
    parts = [column for column in table.columns if _may_be_part(column)][:_MOST_TRIED]
    frame = table.frame
    for size in range(2, _MOST_COLUMNS + 1):
        for names in combinations([column.name for column in parts], size):
            if frame.select(names).n_unique() == table.rows:
                return names
    return ()


def _is_unique(table: TableProfile, column: ColumnProfile) -> bool:
    is_exact = column.type.kind in (Kind.INT, Kind.TEXT, Kind.DATE)
    return is_exact and column.distinct == table.rows


def _likeness(table: TableProfile, column: ColumnProfile) -> int:
    """Tell how much a column looks like the key of its table."""
    about, parts = subject(table.source), words(column.name)
    of_table = bool(set(parts) & set(about)) or len(parts) == 1
    return 2 * is_id(column.name) + (is_id(column.name) and of_table) + (column.type.kind is Kind.INT)


def _may_be_part(column: ColumnProfile) -> bool:
    return not column.values.null_count() and (is_id(column.name) or words(column.name)[:1] == ("line",))

"""Tables that have a row for each version of a member: which version is the present one, and which is that of a day.

The day on which a version begins tells them apart. The first one holds ever before, each until the next one begins, and
the last one from then on: so every key has one version on every day, and no fact counts twice. How they end is only
checked: versions that overlap or leave a gap are mistakes, as they are of a load.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from cube_server.backends.sql.dialects import Column
from cube_server.errors import CapabilityError, WarehouseError
from cube_server.model.dimensions import Dimension
from cube_server.model.tables import History, Table
from cube_server.warehouse.manifest import FROM_COLUMN

_PLACE, _UNTIL = "cube_place", "cube_until"
_END, _NEXT = "\0end", "\0next"


@dataclass(frozen=True, slots=True, eq=False)
class DatedRows:
    """The versions of a table's rows, for a statement to join.

    Attributes:
        rows: A row for each, with the table's columns.
        key: The durable key.
        begins: The day on which each begins; null in one that held ever before.
    """

    rows: sa.FromClause
    key: Column
    begins: Column

    def on(self, key: Column, day: Column) -> Column:
        """Say that a version is that of a key on a day; without a day, the present one."""
        has_begun = sa.or_(self.rows.c[_PLACE] == 1, day.is_(None), self.begins <= day)
        lasts = sa.or_(self.rows.c[_UNTIL].is_(None), day < self.rows.c[_UNTIL])
        return sa.and_(self.key == key, has_begun, lasts)


def present_rows(table: Table, rows: sa.FromClause, name: str) -> sa.FromClause:
    """Give the newest version of each row under a name that a statement calls it by.

    Args:
        table: The table.
        rows: Its rows, one a version.
        name: The name.
    """
    first = _first(table, rows)
    newest = sa.func.row_number().over(
        partition_by=rows.c[table.key[0].name], order_by=[sa.case((first.is_(None), 1), else_=0), first.desc()]
    )
    numbered = sa.select(*rows.c, newest.label(_PLACE)).subquery("versions")
    columns = (numbered.c[column.name] for column in table.columns)
    return sa.select(*columns).where(numbered.c[_PLACE] == 1).subquery(name)


def dated_rows(table: Table, rows: sa.FromClause, name: str) -> DatedRows:
    """Give all versions of rows under a name that a statement calls them by; see `present_rows`."""
    first = _first(table, rows)
    key = rows.c[table.key[0].name]
    in_turn = [sa.case((first.is_(None), 0), else_=1), first]
    place = sa.func.row_number().over(partition_by=key, order_by=in_turn)
    # A window of the next row alone, and of a column that may be null in every database.
    until = sa.func.min(sa.case((first.is_not(None), first)), type_=first.type).over(
        partition_by=key, order_by=in_turn, rows=(1, 1)
    )
    found = sa.select(*rows.c, place.label(_PLACE), until.label(_UNTIL)).where(key.is_not(None)).subquery(name)
    return DatedRows(found, found.c[key.name], found.c[first.name])


def versions_in_time(table: Table, versions: pl.DataFrame) -> pl.DataFrame:
    """Put the versions that were read in order, each key's from the first to the last, with `_from`.

    Raises:
        WarehouseError: Versions of one key begin on one day, overlap, leave a gap, or end before they begin.
    """
    history, key = _history(table), table.key[0].name
    assert history.first is not None
    begins = pl.col(history.first.name).alias(FROM_COLUMN)
    ordered = versions.with_columns(begins).sort(key, FROM_COLUMN, nulls_last=False)
    following = pl.col(FROM_COLUMN).shift(-1).over(key).alias(_NEXT)
    is_followed = pl.int_range(pl.len()).over(key) < pl.len().over(key) - 1
    days = ordered.with_columns(following, _end(history).alias(_END), is_followed.alias("\0followed"))
    for told, condition in _mistakes(history).items():
        if (found := days.filter(condition.fill_null(value=False))).height:
            problem = f"The version of {key}={found[key][0]!r} in {table.name} from {found[FROM_COLUMN][0]} {told}."
            hint = "One version ends where the next one of the same key begins."
            raise WarehouseError(problem, hint=hint)
    return ordered


def refuse_untold(dimension: Dimension) -> None:
    """Refuse to read as it was then what only loads can tell.

    Raises:
        CapabilityError: The source has no versions.
    """
    if not dimension.table.has_versions:
        problem = f"How {dimension.name!r} was at each fact's time is kept by loads, not by the database."
        hint = "Ask as it is now, name the versions' columns (`from` of `history`) if the table has them, or load it."
        raise CapabilityError(problem, hint=hint)


def _first(table: Table, rows: sa.FromClause) -> Column:
    first = _history(table).first
    assert first is not None
    return rows.c[first.name]


def _history(table: Table) -> History:
    assert table.history is not None
    return table.history


def _end(history: History) -> pl.Expr:
    """Give the day on which a version is no longer valid, as the table has it."""
    if history.until is not None:
        return pl.col(history.until.name)
    return pl.lit(None, pl.Date) if history.last is None else pl.col(history.last.name).dt.offset_by("1d")


def _mistakes(history: History) -> dict[str, pl.Expr]:
    """Give by what is wrong with a version the condition that says so."""
    followed = pl.col("\0followed")
    wrong = {
        "begins on the same day as another one": followed & pl.col(FROM_COLUMN).eq_missing(pl.col(_NEXT)),
        "ends before it begins": pl.col(_END) <= pl.col(FROM_COLUMN),
    }
    if history.last is None and history.until is None:
        return wrong
    return wrong | {
        "has no end, though another one follows": followed & pl.col(_END).is_null(),
        "overlaps the next one": pl.col(_END) > pl.col(_NEXT),
        "leaves a gap before the next one": pl.col(_END) < pl.col(_NEXT),
    }

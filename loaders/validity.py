"""Are the versions that a source brings whole: do those of one key follow each other, without gap and overlap?"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from cube_server.errors import Issue
from cube_server.model.tables import History

from .mistakes import Mistakes
from .origins import TypedTable

_ROW, _BEGIN, _END, _NEXT = "\0row", "\0begin", "\0end", "\0next"


def check_validity(rows: TypedTable, history: History, mistakes: Mistakes) -> None:
    """Check the days of versions.

    Args:
        rows: The versions.
        history: Names their columns of days.
        mistakes: Where versions are noted that begin together, end before they begin, overlap, or leave a gap.
    """
    frame = _in_time(rows, history)
    followed = pl.col("followed")
    ends = history.last is not None or history.until is not None
    wrong: list[tuple[pl.Expr, str]] = [
        (followed & pl.col(_BEGIN).eq_missing(pl.col(_NEXT)), "begins on the same day as another version of its key"),
        (pl.col(_END) <= pl.col(_BEGIN), "ends before it begins"),
    ]
    if ends:
        wrong += [
            (followed & pl.col(_END).is_null(), "has no end, though another version of its key follows on {next}"),
            (pl.col(_END) > pl.col(_NEXT), "overlaps the next version of its key, which begins on {next}"),
            (pl.col(_END) < pl.col(_NEXT), "leaves a gap before the next version of its key, which begins on {next}"),
        ]
    for condition, told in wrong:
        found = frame.filter(condition.fill_null(value=False)).sort(_ROW)
        if found.height:
            mistakes.add_alike(found.height, found[_ROW], _issue(rows, history, found, told))


def _in_time(rows: TypedTable, history: History) -> pl.DataFrame:
    """Lay out of each version when it begins, on which day it is no longer valid, and when the next one begins."""
    assert history.first is not None
    key = rows.table.key[0].name
    end = pl.lit(None, pl.Date)
    if history.until is not None:
        end = pl.col(history.until.name)
    elif history.last is not None:
        end = pl.col(history.last.name).dt.offset_by("1d")
    days = rows.frame.select(
        pl.col(key).alias("key"),
        pl.int_range(pl.len()).alias(_ROW),
        pl.col(history.first.name).alias(_BEGIN),
        end.alias(_END),
    )
    ordered = days.drop_nulls("key").sort("key", _BEGIN, _ROW, nulls_last=False)
    return ordered.with_columns(
        pl.col(_BEGIN).shift(-1).over("key").alias(_NEXT),
        (pl.int_range(pl.len()).over("key") < pl.len().over("key") - 1).alias("followed"),
    )


def _issue(rows: TypedTable, history: History, found: pl.DataFrame, told: str) -> Callable[[int], Issue]:
    assert history.first is not None
    key, first = rows.table.key[0].name, history.first.name
    following = dict(found.select(_ROW, _NEXT).iter_rows())

    def issue(row: int) -> Issue:
        day = rows.frame[first][row]
        began = "ever" if day is None else f"{day}"
        message = f"The version of {key}={str(rows.frame[key][row])!r} from {began} {told.format(next=following[row])}."
        return Issue(rows.place(row), message, "One version ends where the next one of the same key begins.")

    return issue

"""Dimensions inside a table of facts: which columns stand for members of their own, and which only describe these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from cube_server.types import Kind

from .dependencies import Dependencies
from .ids import is_id
from .measures import is_amount, is_measure, is_quantity
from .notes import Notes
from .rows import RowColumn, Rows
from .vocabulary import DOCUMENTS, MEMBERS, TIMES
from .wording import singular, words

_MOST_DISTINCT = 0.5
_NEARLY = 0.5
"""The share of an id's values with one text, for the text to be worth a word as the caption that it is not."""

_FIXED = 0.99
"""The share of an id's values that lie on one day, for it to be the number of something that happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What the columns of facts that refer to no other table are.

    Attributes:
        dimensions: The column that stands for each dimension's members, with the columns that describe them.
        documents: Numbers of orders, invoices and their like: to be counted.
        numbers: Columns to be measured.
    """

    dimensions: tuple[tuple[RowColumn, tuple[RowColumn, ...]], ...]
    documents: tuple[RowColumn, ...]
    numbers: tuple[RowColumn, ...]


def look_inside(rows: Rows, columns: Sequence[RowColumn], day: str | None, place: str, notes: Notes) -> Inside:
    """Sort the columns of facts.

    Args:
        rows: The facts.
        columns: Those that refer to nothing and are no dates.
        day: The column with the day of each fact, if there is one.
        place: Their table, for notes.
        notes: Takes what is left out.
    """
    known = Dependencies(rows.frame)
    numbers = tuple(column for column in columns if _is_number(column))
    others = [column for column in columns if column not in numbers and _is_telling(column, known, day, place, notes)]
    documents = tuple(column for column in others if _is_document(column, rows.frame, day))
    members = [column for column in others if column not in documents and _has_members(column, rows, place, notes)]
    dimensions = _dimensions(members, known)
    _tell_nearly([root for root, _ in dimensions], known, place, notes)
    return Inside(dimensions=dimensions, documents=_many(documents, rows), numbers=numbers)


def _is_number(column: RowColumn) -> bool:
    if column.type.kind in (Kind.FLOAT, Kind.DECIMAL):
        return is_measure(column)
    parts = {singular(word) for word in words(column.name)}
    is_member = bool(parts & (MEMBERS | TIMES)) and not (is_amount(column.name) or is_quantity(column.name))
    return column.type.kind is Kind.INT and not is_id(column.name) and not is_member


def _is_telling(column: RowColumn, known: Dependencies, day: str | None, place: str, notes: Notes) -> bool:
    if known.distinct(column.name) == 1:
        notes.left_out(f"{place}.{column.name}", "It has the same value everywhere.")
        return False
    if words(column.name)[0:1] == ("line",) and is_id(column.name):
        notes.left_out(
            f"{place}.{column.name}", "It numbers the lines within something: it stays a column of the facts."
        )
        return False
    if day and column.type.kind is Kind.INT and set(words(column.name)) & TIMES:
        notes.left_out(f"{place}.{column.name}", "The calendar tells it: it stays a column of the facts.")
        return False
    return column.type.kind is not Kind.TIMESTAMP


def _is_document(column: RowColumn, frame: pl.DataFrame, day: str | None) -> bool:
    """Tell whether an id is that of something that happened once, such as an order: it lies on one day."""
    if not is_id(column.name):
        return False
    if day is None or column.name == day:
        return bool(set(words(column.name)) & DOCUMENTS) or frame[column.name].n_unique() == frame.height
    pairs = frame.select(column.name, pl.col(day).cast(pl.Date)).drop_nulls().unique()
    once = pairs.group_by(column.name).len()["len"] == 1
    return len(once) > 1 and float(once.mean() or 0.0) >= _FIXED  # type: ignore[arg-type]


def _many(documents: Sequence[RowColumn], rows: Rows) -> tuple[RowColumn, ...]:
    """Keep those that several facts share: the number of a line counts what the count of rows counts."""
    return tuple(column for column in documents if rows.frame[column.name].n_unique() < 0.98 * rows.frame.height)


def _has_members(column: RowColumn, rows: Rows, place: str, notes: Notes) -> bool:
    distinct = rows.frame[column.name].n_unique()
    if distinct > max(20, _MOST_DISTINCT * rows.frame.height):
        notes.left_out(f"{place}.{column.name}", f"{distinct:,} different values are no members to look at facts by.")
        return False
    return True


def _dimensions(
    columns: Sequence[RowColumn], known: Dependencies
) -> tuple[tuple[RowColumn, tuple[RowColumn, ...]], ...]:
    """Let each column that another one tells describe the members of the narrowest that does."""
    owners: dict[str, str] = {}
    for column in columns:
        tellers = [other for other in columns if other is not column and _is_told(column, other, known)]
        if tellers:
            owners[column.name] = min(tellers, key=lambda other: known.distinct(other.name)).name
    roots = [column for column in columns if column.name not in owners]
    return tuple(
        (root, tuple(column for column in columns if _root(column.name, owners) == root.name and column is not root))
        for root in roots
    )


def _tell_nearly(roots: Sequence[RowColumn], known: Dependencies, place: str, notes: Notes) -> None:
    """Note the texts that would be an id's captions, but that some ids have several."""
    for column in roots:
        for other in roots:
            if column is other or column.type.kind is not Kind.TEXT or not is_id(other.name) or is_id(column.name):
                continue
            share = known.share(other.name, column.name)
            if _NEARLY <= share < 1 and 2 * known.distinct(column.name) > known.distinct(other.name):
                told = f"{1 - share:.0%} of {other.name} have several, so it is no caption of them but a dimension."
                notes.unsure(f"{place}.{column.name}", told)


def _root(name: str, owners: dict[str, str]) -> str:
    while name in owners:
        name = owners[name]
    return name


def _is_told(column: RowColumn, other: RowColumn, known: Dependencies) -> bool:
    if not known.follows(other.name, column.name):
        return False
    if known.distinct(column.name) < known.distinct(other.name):
        return True
    # Two names of the same: the id stands for it, or else the first.
    return (is_id(other.name), other.name) > (is_id(column.name), column.name)

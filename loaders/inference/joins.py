"""Which columns refer to the rows of other tables: by their names, and by whether their values are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from cube_server.types import Kind

from .ids import is_id
from .keys import single_keys
from .notes import Notes
from .profiles import ColumnProfile, TableProfile
from .vocabulary import IDS
from .wording import subject, words

_NAMED_ALIKE = 0.5
"""Of a column named like the key, the share of its values that have to be there."""

_BY_ROLE = 0.9
_BY_VALUES = 1.0
_PARTIAL = 0.9
"""The share of a smaller table's keys that have to occur in the column, for the table to tell only of some."""

_FEWEST = 3
_SAID = 5
"""The likeness of what is declared: more than names can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A column that refers to rows of another table.

    Attributes:
        table: The table that has the column, by its source.
        column: The column.
        target: The table referred to.
        key: Its column.
        contained: The share of the column's values that the key has.
        likeness: How much the names say so, or that the database does.
        is_day: Whether the values are dates.
    """

    table: str
    column: str
    target: str
    key: str
    contained: float
    likeness: int
    is_day: bool

    @property
    def is_partial(self) -> bool:
        """Whether most values have no row there."""
        return self.contained < _NAMED_ALIKE


def find_references(tables: Sequence[TableProfile], notes: Notes) -> tuple[Reference, ...]:
    """Find what refers to what; of a column the likeliest target."""
    keys = {table.source: single_keys(table) if table.is_whole else () for table in tables}
    found = []
    for table in tables:
        for column in table.columns:
            candidates = list(_declared(table, column, tables, keys)) or [
                reference
                for target in tables
                if target is not table
                for reference in _references(table, column, target, keys[target.source])
            ]
            if candidates:
                found.append(max(candidates, key=lambda reference: (reference.likeness, reference.contained)))
    kept = tuple(reference for reference in found if not _is_beside(reference, found))
    for reference in kept:
        _tell(reference, notes)
    return kept


def _declared(
    table: TableProfile,
    column: ColumnProfile,
    tables: Sequence[TableProfile],
    keys: Mapping[str, Sequence[ColumnProfile]],
) -> Iterator[Reference]:
    """Give what a database itself says of a column; what a table says of its own rows is a tree's business."""
    there, name = table.declared.get(column.name, ("", ""))
    for target in tables:
        key = next((key for key in keys[target.source] if key.name == name and key.type == column.type), None)
        if target.source == there and target is not table and key is not None:
            yield Reference(
                table=table.source,
                column=column.name,
                target=there,
                key=name,
                contained=_contained(column.values, key.values),
                likeness=_SAID,
                is_day=key.type.kind is Kind.DATE,
            )


def is_day_number(values: pl.Series) -> bool:
    """Tell whether whole numbers are days such as 20171231."""
    if values.dtype != pl.Int64:
        return False
    texts = values.drop_nulls().unique().cast(pl.String)
    return len(texts) > 0 and texts.str.to_date("%Y%m%d", strict=False).dt.year().is_between(1900, 2200).sum() == len(
        texts
    )


def _is_beside(reference: Reference, found: Sequence[Reference]) -> bool:
    """Tell whether another column refers to the same rows by another key: a name beside an id."""
    return any(
        (other.table, other.target) == (reference.table, reference.target)
        and other.key != reference.key
        and (other.likeness, other.column) > (reference.likeness, reference.column)
        for other in found
    )


def _references(
    table: TableProfile, column: ColumnProfile, target: TableProfile, keys: Sequence[ColumnProfile]
) -> Iterator[Reference]:
    if column.distinct == table.rows and column.type.kind is not Kind.DATE:
        # Beside a table of equal keys there is no star; a day a row may well be one.
        return
    for key in keys:
        if key.type != column.type or key.distinct < 2:
            continue
        likeness = _likeness(column.name, key.name, target.source)
        if not likeness and is_day_number(column.values) and is_day_number(key.values):
            likeness = 1
        if not likeness and not _may_tell_by_values(column, key):
            continue
        contained = _contained(column.values, key.values)
        needed = _BY_VALUES if likeness == 0 else _BY_ROLE if likeness == 1 else _NAMED_ALIKE
        is_partial = likeness >= 3 and contained > 0 and _contained(key.values, column.values) >= _PARTIAL
        if contained >= needed or is_partial:
            yield Reference(
                table=table.source,
                column=column.name,
                target=target.source,
                key=key.name,
                contained=contained,
                likeness=likeness,
                is_day=key.type.kind is Kind.DATE,
            )


def _likeness(column: str, key: str, target: str) -> int:
    """Tell how much names say that a column refers to a key: 4, of the table's own name, down to 0, not at all."""
    own, theirs, about = words(column), words(key), subject(target)
    bare = own[:-1] if own and own[-1] in IDS else own
    is_about = len(about) > 0 and bare == about
    if own == theirs and (len(own) > 1 or not is_id(column)):
        return 4 if is_about else 3
    if is_about and (is_id(key) or theirs == about):
        return 4
    is_suffix = len(own) > len(theirs) > 1 and own[-len(theirs) :] == theirs
    if is_suffix or (bare[-len(about) :] == about and is_id(key) and is_id(column)):
        return 2 if is_suffix else 1
    return 0


def _may_tell_by_values(column: ColumnProfile, key: ColumnProfile) -> bool:
    """Tell whether values alone may tell: dates and texts do, small numbers are in any table."""
    is_telling = key.type.kind is Kind.DATE or (key.type.kind is Kind.TEXT and not set(words(key.name)) & {"name"})
    return is_telling and column.distinct >= _FEWEST


def _contained(values: pl.Series, keys: pl.Series) -> float:
    distinct = values.drop_nulls().unique()
    return float(distinct.is_in(keys.implode()).mean() or 0.0) if len(distinct) else 0.0  # type: ignore[arg-type]


def _tell(reference: Reference, notes: Notes) -> None:
    place = f"{reference.table}.{reference.column}"
    there = f"{reference.target}.{reference.key}"
    if reference.likeness == 0 and not reference.is_day:
        notes.unsure(
            place, f"It is taken to refer to {there} because all its values are there; the names do not say so."
        )
    elif reference.contained < 1 and not reference.is_partial:
        share = f"{1 - reference.contained:.1%}"
        notes.found(place, f"Of the values {share} have no row in {there}: they stand under unknown.")

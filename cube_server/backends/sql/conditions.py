"""Members to conditions: a mask of a dimension's leaves as the shortest condition on key columns that says the same.

A mask comes from the code that all backends share, so that what a cut means is decided in one place only. Here it is
written down so that a database can use what it knows of its columns: as a range where the keys are one, else as a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.levels import Mask
from cube_server.backends.sql.dialects import Column
from cube_server.backends.sql.inline import inline
from cube_server.backends.sql.parts import Part
from cube_server.backends.sql.rows import NUMBER, Rows
from cube_server.model.dimensions import LevelRef
from cube_server.types import Kind

_LONGEST = 1000
"""How many members a condition lists; more travel as a table."""

_SHORTEST_RANGE = 3
_ORDERED = frozenset({Kind.INT, Kind.DATE, Kind.TIMESTAMP})
"""The kinds of keys that all databases sort alike."""


def members_condition(rows: Rows, ref: LevelRef, mask: Mask) -> Column | None:
    """Say that a row's leaf by a link is marked; None if all are.

    Args:
        rows: The rows.
        ref: The level that was cut by: its own columns say it, if they can.
        mask: The leaves, and last null.
    """
    leaves = rows.reached(ref.link)
    # Only leaves that a key leads to matter: to null those of rows without a key, not those of a blank level.
    mask = mask[leaves]
    if mask.all():
        return None
    if not mask.any():
        return sa.false()
    if ref.link.dimension.is_time and (found := _span(rows.held(ref.link).parts[0], mask)) is not None:
        return found
    for parts in _candidates(rows, ref):
        reached = tuple(replace(part, values=part.values[leaves]) for part in parts)
        if (found := _condition(reached, mask)) is not None:
            return found
    held = rows.held(ref.link).parts
    found = _condition(held, mask)
    return _listed(rows, held, mask) if found is None else found


def fails(condition: Column) -> Column:
    """Say that a condition is false or null. Of a number that is 0 PostgreSQL would expect one row in two hundred."""
    return sa.not_(sa.func.coalesce(condition, sa.false()))


def _candidates(rows: Rows, ref: LevelRef) -> Iterable[tuple[Part, ...]]:
    """Give columns that may say it, the fewest first; none where the facts' key is all that the database knows."""
    if rows.star.travels(rows.meant(ref.link).dimension):
        return
    parts = rows.parts((ref,))
    last = tuple(part for part in parts if part.values.name == ref.level.key.name)
    if ref.level.unique and len(last) == 1:
        yield last
    told = tuple(part for part in parts if part.values.name)
    if told and len(told) < len(parts):
        yield told
    yield parts


def _condition(parts: tuple[Part, ...], mask: Mask) -> Column | None:
    """Write a mask by the values of some columns; None if they do not tell, or there are too many."""
    labels = [f"part_{place}" for place in range(len(parts))]
    known = pl.DataFrame({label: part.values for label, part in zip(labels, parts, strict=True)})
    found = known.with_columns(marked=pl.Series(mask)).unique()
    if found.select(labels).is_duplicated().any():
        return None
    marked, others = found.filter("marked").drop("marked"), found.filter(~pl.col("marked")).drop("marked")
    if len(parts) == 1 and (span := _span(parts[0], mask)) is not None:
        return span
    if min(marked.height, others.height) > _LONGEST:
        return None
    columns = tuple(part.column for part in parts)
    if marked.height <= others.height:
        return _any(columns, marked)
    return fails(_any(columns, others))


def _any(columns: tuple[Column, ...], members: pl.DataFrame) -> Column:
    """Say that the columns are those of one of some members; what begins alike is compared once."""
    first, *rest = columns
    label = members.columns[0]
    if not rest:
        return _is_in(first, members[label])
    groups = members.group_by(label, maintain_order=True)
    return sa.or_(*(sa.and_(_equals(first, key), _any(tuple(rest), group.drop(label))) for (key,), group in groups))


def _is_in(column: Column, values: pl.Series) -> Column:
    known = values.drop_nulls().sort().to_list()
    conditions = []
    if known:
        conditions.append(column == known[0] if len(known) == 1 else column.in_(known))
    if values.null_count():
        conditions.append(column.is_(None))
    return sa.or_(*conditions)


def _equals(column: Column, value: object) -> Column:
    return column.is_(None) if value is None else column == value


def _span(part: Part, mask: Mask) -> Column | None:
    """Write a mask as a range of one column's values, if it is one and they sort alike everywhere."""
    if part.type.kind not in _ORDERED:
        return None
    found = pl.DataFrame({"value": part.values, "marked": pl.Series(mask)}).drop_nulls("value").unique().sort("value")
    marked = found["marked"].arg_true()
    nulls = mask[part.values.is_null().to_numpy()]
    if len(marked) < _SHORTEST_RANGE or found["value"].is_duplicated().any() or nulls.any() != nulls.all():
        return None
    first, last = int(marked[0]), int(marked[-1])
    if last - first + 1 != len(marked):
        return None
    ends = found["value"][first], found["value"][last]
    span = part.column.between(*ends)
    return sa.or_(span, part.column.is_(None)) if nulls.any() else span


def _listed(rows: Rows, parts: tuple[Part, ...], mask: Mask) -> Column:
    """Send the marked keys along; with their versions, where members are seen as they were then."""
    if len(parts) > 1:
        marked = [(part, part.values.filter(pl.Series(mask))) for part in parts]
        ones = pl.Series(np.ones(np.count_nonzero(mask), np.int64))
        return rows.beside("keys", marked, {"one": (ones, NUMBER)})["one"].is_not(None)
    (part,) = parts
    values = part.values.filter(pl.Series(mask))
    keys = inline(rows.name("keys"), {"key": (values.drop_nulls().unique(), part.type)}, rows.star.dialect)
    found = part.column.in_(sa.select(keys.c.key))
    return sa.or_(found, part.column.is_(None)) if values.null_count() else found

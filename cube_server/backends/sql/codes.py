"""Numbers in place of names: what many rows are grouped by is compared a million times, and numbers soonest."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

from cube_server.backends.sql.dialects import Column
from cube_server.backends.sql.parts import Part
from cube_server.backends.sql.rows import NUMBER, Rows, constant
from cube_server.model.dimensions import LevelRef, Link
from cube_server.types import Kind

_MOST = 5_000
"""How many members are numbered: the names of more are not worth sending."""
_UNREAD = -1
"""The number of names that came after members were read, which is no member's."""


def coded(rows: Rows, refs: tuple[LevelRef, ...]) -> tuple[Part, ...]:
    """Give the columns that tell which members of some levels of one link each row has, a number in place of names.

    Each row of the dimension is numbered, by names that travel with the statement, before facts are joined to it.
    Columns stay as they are where they are quick to compare, where there are too many members, and where keys are not
    those of rows.
    """
    link = rows.meant(refs[0].link)
    if link in rows.star.derived or rows.is_dated(link) or link.level is not None or rows.star.travels(link.dimension):
        return rows.parts(refs)
    members = rows.members(link)
    parts = members.parts(refs)
    values = pl.DataFrame([part.values.alias(f"part_{place}") for place, part in enumerate(parts)])
    known = values.unique(maintain_order=True)
    if known.height > _MOST or all(part.type.kind is not Kind.TEXT for part in parts):
        return rows.parts(refs)
    known = known.with_columns(code=pl.int_range(pl.len(), dtype=pl.Int64))
    codes = values.join(known, on=values.columns, how="left", nulls_equal=True, maintain_order="left")["code"]
    found = [(part, known[f"part_{place}"]) for place, part in enumerate(parts)]
    code = members.beside("names", found, {"code": (known["code"], NUMBER)})["code"]
    return (Part(_code(rows, link, members, code, codes), codes, NUMBER, is_filled=True),)


def _code(rows: Rows, link: Link, members: Rows, code: Column, codes: pl.Series) -> Column:
    """Give the number of each row's member: that of its row, or what keys without a row have, or none."""
    own, key = rows.key(link), members.key(link)
    code = sa.func.coalesce(code, constant(_UNREAD)).label("code")
    numbered = members.select(key.label("key"), code).subquery(rows.name("codes"))
    rows.source = rows.source.outerjoin(numbered, numbered.c.key == own)
    unknown = rows.index(link).unknown_leaves
    stray = int(codes[int(unknown[0])]) if len(unknown) else _UNREAD
    others = sa.case((own.is_(None), constant(int(codes[-1]))), else_=constant(stray))
    return sa.func.coalesce(numbered.c.code, others)

"""The members that an axis names, as the members of its level."""

from __future__ import annotations

import polars as pl

from cube_server.calculations.context import Members
from cube_server.model.coordinates import ToMember
from cube_server.model.dimensions import LevelRef
from cube_server.model.members import AxisMember, MemberValue, full_level
from cube_server.query.spec import AxisLevel
from cube_server.result.dictionary import Dictionary


def named_members(level: AxisLevel, members: Members) -> Dictionary:
    """Make the dictionary of a level whose members the axis names, in the order given.

    A member of a coarser level has null keys below its own; a calculated member has no key at all, and its label for a
    caption.

    Raises:
        QueryError: A member does not exist.
    """
    schema = members.dictionary(level.ref).frame.schema
    rows = [_row(member, members) for member in level.members]
    return Dictionary(
        level.ref,
        pl.DataFrame(rows, schema=schema),
        depths=pl.Series("depth", [_depth(member, level.ref) for member in level.members], dtype=pl.UInt8),
        calculated=tuple(member.calculated for member in level.members),
    )


def _depth(member: AxisMember, ref: LevelRef) -> int:
    if isinstance(member.formula, MemberValue) and member.calculated is None:
        return len(full_level(member.formula.place).levels)
    return len(ref.levels)


def _row(member: AxisMember, members: Members) -> dict[str, object]:
    if member.calculated is not None:
        return {"caption": member.calculated.label.get(default=member.calculated.name), "unknown": False}
    assert isinstance(member.formula, MemberValue)
    move = member.formula.place.move
    assert isinstance(move, ToMember)
    ref = full_level(member.formula.place)
    code, frame = members.find(move.ref, move.path), members.dictionary(ref).frame
    if ref == move.ref:
        return frame.row(code, named=True)
    # A unique key tells the member by itself, whatever is above it.
    key = members.dictionary(move.ref).frame.select("key_0", "unknown").row(code, named=True)
    last = f"key_{len(ref.levels) - 1}"
    found = frame.filter(pl.col(last).eq_missing(pl.lit(key["key_0"])) & (pl.col("unknown") == key["unknown"]))
    return found.row(0, named=True)

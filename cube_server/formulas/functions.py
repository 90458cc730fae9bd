"""Every function of the formula language: how it is written and what kind it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FunctionKind(StrEnum):
    """What a function is a function of."""

    SCALAR = "scalar"
    """Of values at one coordinate."""
    MOVING = "moving"
    """Of a measure at another coordinate, or over a window of them."""
    AXIS = "axis"
    """Of the values along an axis."""
    EDGE = "edge"
    """Of a level: its first or last member with facts."""
    MEMBERS = "members"
    """Of a derived attribute or a set: aggregates it over its members."""
    UNION = "union"
    """Of members: in a calculated member, the measure over all of them together."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function's kind, the least and most arguments, and how it is written."""

    kind: FunctionKind
    least: int
    most: int
    usage: str


_SCALAR, _MOVING, _AXIS = FunctionKind.SCALAR, FunctionKind.MOVING, FunctionKind.AXIS
_EDGE, _MEMBERS = FunctionKind.EDGE, FunctionKind.MEMBERS

FUNCTIONS: dict[str, Function] = {
    "abs": Function(_SCALAR, 1, 1, "abs(x)"),
    "coalesce": Function(_SCALAR, 1, 64, "coalesce(x, 0)"),
    "div": Function(_SCALAR, 2, 2, "div(x, y)"),
    "if": Function(_SCALAR, 3, 3, "if(condition, x, y)"),
    "round": Function(_SCALAR, 1, 2, "round(x, digits)"),
    "share": Function(_MOVING, 2, 2, "share(x, product.all)"),
    "previous": Function(_MOVING, 1, 3, "previous(x, n, time)"),
    "difference": Function(_MOVING, 1, 3, "difference(x, n, time)"),
    "growth": Function(_MOVING, 1, 3, "growth(x, n, time)"),
    "parallel": Function(_MOVING, 2, 3, "parallel(x, time.year, n)"),
    "to_date": Function(_MOVING, 2, 2, "to_date(x, time.year)"),
    "rolling": Function(_MOVING, 2, 3, "rolling(x, 3, time)"),
    "trailing": Function(_MOVING, 3, 3, "trailing(x, 90, time.day)"),
    "first": Function(_EDGE, 1, 1, "first(time.month)"),
    "last": Function(_EDGE, 1, 1, "last(time.day)"),
    "count": Function(_MEMBERS, 1, 1, "count(set)"),
    "sum": Function(_MEMBERS, 1, 1, "sum(attribute)"),
    "avg": Function(_MEMBERS, 1, 1, "avg(attribute)"),
    "min": Function(_MEMBERS, 1, 1, "min(attribute)"),
    "max": Function(_MEMBERS, 1, 1, "max(attribute)"),
    "aggregate": Function(FunctionKind.UNION, 1, 1_000, "aggregate(time.month[...], time.month[...])"),
    "rank": Function(_AXIS, 1, 2, "rank(x, rows.parent)"),
    "row_number": Function(_AXIS, 1, 2, "row_number(x, rows.parent)"),
    "ntile": Function(_AXIS, 2, 3, "ntile(x, 10, rows.parent)"),
    "running": Function(_AXIS, 1, 2, "running(x, rows.parent)"),
    "cumulated_share": Function(_AXIS, 1, 2, "cumulated_share(x, rows.parent)"),
}
"""The functions by name."""

STEPPING = frozenset({"previous", "difference", "growth", "rolling"})
"""Those that step along time; where a cube has several, their last argument says which: `previous(x, 1, shipped)`."""

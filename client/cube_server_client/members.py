"""Members of levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Key = str | int | float | bool | None

UNKNOWN = {"unknown": True}
"""The key that stands for keys without a row in the dimension."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a level.

    Attributes:
        level: What questions call the level.
        key: Its key path from the top of the hierarchy; unknown keys are `{"unknown": True}`. Empty where it has none:
            others and calculated members.
        caption: What people read; empty for the member null.
        is_unknown: Whether it stands for keys without a row in the dimension.
        is_others: Whether it stands for all that `top` left out.
    """

    level: str
    key: tuple[Any, ...]
    caption: str
    is_unknown: bool = False
    is_others: bool = False

    def __str__(self) -> str:
        return self.caption or ("(unknown)" if self.is_unknown else "null")


def read_member(level: str, document: Mapping[str, Any]) -> Member:
    """Read a member as cell sets and pages of members have it; what an axis names has its own level."""
    return Member(
        document.get("level", level),
        tuple(document["key"] or ()),
        document["caption"] or "",
        is_unknown=bool(document.get("unknown")),
        is_others=bool(document.get("others")),
    )


def member_key(member: object) -> object:
    """Give what the server takes for a member: a key, a key path, or a Member.

    Raises:
        ValueError: It is others or a calculated member, which no cut can name.
    """
    if isinstance(member, Member) and not member.key:
        raise ValueError(f"{member} of {member.level} has no key: cut by members that have one.")
    if isinstance(member, Member):
        return list(member.key)
    return list(member) if isinstance(member, tuple) else member

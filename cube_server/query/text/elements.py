"""The parts of the short forms: keys, paths, levels, cuts, orders, conditions, each read from a scanner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from cube_server.query.request import CutRequest, KeyDoc, MemberDoc, OrderRequest, RangeRequest, TotalledDoc, UnknownKey
from cube_server.query.text.scan import SEPARATORS, Scanner

T = TypeVar("T")

NULL, UNKNOWN, ALONE, EXCLUDE, RANGE = "null", "unknown()", "~", "!", ".."
SHOWN = ":shown"
"""Marks a total over the shown."""
_WORDS: dict[str, KeyDoc] = {NULL: None, UNKNOWN: UnknownKey(unknown=True)}


@dataclass(frozen=True, slots=True)
class LevelText:
    """A level as typed."""

    level: str
    alone: bool

    def __str__(self) -> str:
        """Show the level as a question names it."""
        return f"{ALONE}{self.level}" if self.alone else self.level


@dataclass(frozen=True, slots=True)
class ForLevel(Generic[T]):
    """What is asked of an axis level; `level` is None for the last row level.

    Attributes:
        level: The level, as typed.
        asked: The order, or the condition.
        source: Where it was read, to blame.
        at: The offset there.
    """

    level: LevelText | None
    asked: T
    source: Scanner
    at: int


def read_key(scanner: Scanner) -> KeyDoc:
    """Read a key: quoted, `null`, `unknown()`, or bare text."""
    quoted = scanner.quoted()
    if quoted is not None:
        return quoted
    if scanner.sees(EXCLUDE):
        raise scanner.error(
            "'!' excludes a whole cut, so it stands once, behind the level's colon.",
            'A key that begins with it is put in double quotes: "!x".',
        )
    text = scanner.bare("key")
    return _WORDS.get(text, text)


def read_path(scanner: Scanner) -> MemberDoc:
    """Read a member: its keys from the top, with `/` between them; just the key if there is one."""
    keys = [read_key(scanner)]
    while scanner.takes("/"):
        keys.append(read_key(scanner))
    return keys[0] if len(keys) == 1 else keys


def read_member(scanner: Scanner) -> MemberDoc:
    """Read a member where None means that there is none: the member null is then the path [None]."""
    return _given(read_path(scanner))


def _given(member: MemberDoc) -> MemberDoc:
    return [None] if member is None else member


def read_level(scanner: Scanner) -> LevelText:
    """Read a level: a name, with `~` before it for the level alone."""
    alone = scanner.takes(ALONE)
    return LevelText(scanner.name(), alone)


def read_cut(scanner: Scanner) -> CutRequest:
    """Read a cut: `LEVEL:MEMBERS`, with `!` before the members to exclude them."""
    level = read_level(scanner)
    if not scanner.takes(":"):
        raise scanner.error(
            f"A ':' and members must follow {str(level)!r}.", "For instance product.department:GROCERY,MEAT."
        )
    exclude = scanner.takes(EXCLUDE)
    items = scanner.items(_read_item, *SEPARATORS, ends=";")
    return CutRequest(
        level=level.level,
        alone=level.alone,
        exclude=exclude,
        members=[item for item in items if not isinstance(item, RangeRequest)],
        ranges=[item for item in items if isinstance(item, RangeRequest)],
    )


def _read_item(scanner: Scanner) -> MemberDoc | RangeRequest:
    if scanner.takes(RANGE):
        return RangeRequest(first=None, last=_read_end(scanner))
    member = read_path(scanner)
    if scanner.takes(RANGE):
        return RangeRequest(first=_given(member), last=_read_end(scanner))
    return member


def _read_end(scanner: Scanner) -> MemberDoc:
    open_end = scanner.ended or scanner.sees(*SEPARATORS, ";")
    return None if open_end else read_member(scanner)


def read_order(scanner: Scanner) -> ForLevel[OrderRequest]:
    """Read an order: `-sales`, `product.category:-sales`, `product.category:member`."""
    at = scanner.at
    level = _read_prefix(scanner)
    desc = scanner.takes("-")
    return ForLevel(level, OrderRequest(by=scanner.name(), desc=desc), scanner, at)


def read_having(scanner: Scanner) -> ForLevel[str]:
    """Read a condition: `sales > 1000`, `product.category:sales > 1000`."""
    at = scanner.at
    level = _read_prefix(scanner)
    condition = scanner.until(";")
    if not condition:
        raise scanner.error("A condition is missing.", "For instance sales > 1000.")
    return ForLevel(level, condition, scanner, at)


def read_subtotal(scanner: Scanner) -> ForLevel[Literal["all", "shown"]]:
    """Read a level whose tuples are shown too: `product.department`, over the shown `product.department:shown`."""
    at = scanner.at
    level = read_level(scanner)
    return ForLevel(level, read_over(scanner), scanner, at)


def read_over(scanner: Scanner) -> Literal["all", "shown"]:
    """Read what a total is over: nothing for all, `:shown` for the shown."""
    if not scanner.sees(":"):
        return "all"
    if not scanner.takes(SHOWN):
        raise scanner.error("After the colon only `shown` can stand.", f"Write {SHOWN}, or leave it out.")
    return "shown"


def totalled(over: Sequence[Literal["all", "shown"]]) -> TotalledDoc:
    """Say what totals are over, as requests do."""
    if len(over) > 1:
        return ["all", "shown"]
    return "shown" if "shown" in over else bool(over)


def _read_prefix(scanner: Scanner) -> LevelText | None:
    """Read `LEVEL:` if that comes next; a text without a colon behind its first name has no level."""
    start = scanner.at
    if not scanner.ended and not scanner.sees("-", ":", ";", *SEPARATORS):
        level = read_level(scanner)
        if scanner.takes(":"):
            return level
    scanner.at = start
    return None

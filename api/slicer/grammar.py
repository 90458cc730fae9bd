"""The Slicer API's little languages: cuts, drilldowns, orders, and the backslash that escapes their signs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .errors import mistake

PathText = tuple[str | None, ...]
"""Values from the top of a hierarchy, as text; None for NULL."""

NULL = "__null__"
_SIGNS = re.compile(r"[\\!|:;,-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CutText:
    """A cut as typed.

    Attributes:
        dimension: The dimension's name.
        hierarchy: The hierarchy's; None for the default one.
        kind: One path, several, or a range from the first path to the second, of which an empty one is open.
        paths: The paths.
        invert: Whether all but these are meant.
    """

    dimension: str
    hierarchy: str | None = None
    kind: Literal["point", "set", "range"]
    paths: tuple[PathText, ...]
    invert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillText:
    """A drilldown as typed; None for a hierarchy or a level that is not named."""

    dimension: str
    hierarchy: str | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderText:
    """What to sort by."""

    name: str
    desc: bool = False


def split_at(text: str, sign: str) -> list[str]:
    r"""Split a text at a sign where no backslash stands before it; what is escaped stays so.

    >>> split_at(r"a\|b|c", "|")
    ['a\\|b', 'c']
    """
    parts = [""]
    for token in re.findall(r"\\.|.", text, re.DOTALL):
        if token == sign:
            parts.append("")
        else:
            parts[-1] += token
    return parts


def escape(value: str) -> str:
    r"""Write a value so that none of its characters is read as a sign.

    >>> escape("a-b, c")
    'a\\-b\\, c'
    """
    return _SIGNS.sub(r"\\\g<0>", value)


def unescape(text: str) -> str:
    """Take the backslashes of escapes away."""
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def read_cuts(texts: Iterable[str]) -> tuple[CutText, ...]:
    """Read cuts, as the parameters `cut` and `split` give them; they may be repeated."""
    return tuple(_cut(part) for text in texts if text for part in split_at(text, "|"))


def write_cut(cut: CutText) -> str:
    """Write a cut so that `read_cuts` reads it back."""
    hierarchy = f"@{escape(cut.hierarchy)}" if cut.hierarchy is not None else ""
    spec = ("-" if cut.kind == "range" else ";").join(map(_write_path, cut.paths))
    return f"{'!' if cut.invert else ''}{escape(cut.dimension)}{hierarchy}:{spec}"


def read_drills(texts: Iterable[str]) -> tuple[DrillText, ...]:
    """Read drilldowns, as the parameter `drilldown` gives them; it may be repeated."""
    return tuple(read_drill(part) for text in texts for part in split_at(text, "|"))


def read_drill(text: str) -> DrillText:
    """Read one drilldown: `dimension`, `dimension:level` or `dimension@hierarchy:level`."""
    if not text:
        raise mistake("Drilldown string should not be empty")
    parts = split_at(text, ":")
    if len(parts) > 2 or not all(parts):
        raise mistake(f"String '{text}' does not match drilldown level pattern 'dimension@hierarchy:level'")
    dimension, hierarchy = _dimension(parts[0])
    return DrillText(dimension=dimension, hierarchy=hierarchy, level=unescape(parts[1]) if parts[1:] else None)


def read_orders(texts: Iterable[str]) -> tuple[OrderText, ...]:
    """Read what to sort by, as the parameter `order` gives it; it may be repeated."""
    return tuple(_order(part) for text in texts for part in text.split(",") if part)


def read_order(name: str, direction: str | None) -> OrderText:
    """Make an order of a name and a direction, of which None is ascending."""
    known = {None: False, "": False, "asc": False, "desc": True}
    folded = direction.lower() if direction else direction
    if folded not in known:
        raise mistake(f"Unknown order direction '{direction}' of '{name}'", hint="Valid: asc, desc.")
    return OrderText(name=name, desc=known[folded])


def _order(text: str) -> OrderText:
    name, _, direction = text.partition(":")
    return read_order(name.strip(), direction.strip())


def _cut(text: str) -> CutText:
    parts = split_at(text, ":")
    if len(parts) != 2 or not parts[0].strip("!"):
        raise mistake(
            f"Wrong dimension cut string: '{text}'",
            hint="Write dimension:path, dimension@hierarchy:path; a colon inside a value is written with a backslash.",
        )
    invert = parts[0].startswith("!")
    dimension, hierarchy = _dimension(parts[0].removeprefix("!"))
    kind, paths = _spec(parts[1], text)
    return CutText(dimension=dimension, hierarchy=hierarchy, kind=kind, paths=paths, invert=invert)


def _dimension(text: str) -> tuple[str, str | None]:
    dimension, *hierarchy = split_at(text, "@")
    if len(hierarchy) > 1 or "" in hierarchy:
        raise mistake(f"Wrong dimension string: '{text}'", hint="Write dimension or dimension@hierarchy.")
    return unescape(dimension), unescape(hierarchy[0]) if hierarchy else None


def _spec(spec: str, text: str) -> tuple[Literal["point", "set", "range"], tuple[PathText, ...]]:
    members = split_at(spec, ";")
    ends = split_at(spec, "-")
    if (len(members) > 1 and len(ends) > 1) or len(ends) > 2:
        raise mistake(
            f"Wrong dimension cut string: '{text}'",
            hint="A cut is one path, a set of paths or one range; a dash inside a value is written with a backslash.",
        )
    if len(ends) == 2:
        return "range", tuple(_path(end) if end else () for end in ends)
    return "set" if len(members) > 1 else "point", tuple(map(_path, members))


def _path(text: str) -> PathText:
    return tuple(None if value == NULL else unescape(value) for value in split_at(text, ","))


def _write_path(path: PathText) -> str:
    return ",".join(NULL if value is None else escape(value) for value in path)

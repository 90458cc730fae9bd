"""Random questions to a random star, and the members that they may name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from cube_server.query.request import QueryRequest
from cube_server.types import UNKNOWN, KeyPart, KeyPath
from tests.laws.stars import NAMES_OF_MEASURES, ODD_IDS, Dimension, Row, Star


@dataclass(frozen=True, slots=True)
class Level:
    """A level as a question names it and as the oracle's view has it.

    Attributes:
        name: Such as `d1.l0`, `~d1.leaf`, `d1.attr`.
        dimension: Its dimension.
        hierarchy: What may stand on one axis only.
        columns: The oracle's columns of its key path.
    """

    name: str
    dimension: Dimension
    hierarchy: str
    columns: tuple[str, ...]

    @property
    def odd(self) -> str:
        """The oracle's column that tells unknown members."""
        return f"{self.dimension.name}_odd"

    def members(self) -> tuple[KeyPath, ...]:
        """List the key paths of the dimension's rows, of ids without a row, and of null."""
        of_rows = [tuple(self._of_row(column, row) for column in self.columns) for row in self.dimension.rows]
        of_odd = [tuple(self._of_odd(column, id_) for column in self.columns) for id_ in ODD_IDS]
        return tuple(dict.fromkeys([*of_rows, *of_odd, (None,) * len(self.columns)]))

    def _of_row(self, column: str, row: Row) -> KeyPart:
        leaf = row[0] if self.dimension.by_id else row[3]
        parts: dict[str, KeyPart] = {"l0": row[1], "l1": row[2], "leaf": leaf, "attr": row[4]}
        return parts[column.split("_")[1]]

    def _of_odd(self, column: str, id_: int) -> KeyPart:
        return id_ if column.endswith("_leaf") and self.dimension.by_id else UNKNOWN


def levels(dimension: Dimension) -> list[Level]:
    """List a dimension's levels, coarsest first."""
    d, names = dimension.name, dimension.level_names
    return [
        Level(f"{d}.{name}", dimension, d, tuple(f"{d}_{above}" for above in names[: depth + 1]))
        for depth, name in enumerate(names)
    ]


def single_levels(dimension: Dimension) -> list[Level]:
    """List what stands for itself: levels used alone and the attribute."""
    d = dimension.name
    alone = [Level(f"~{d}.{name}", dimension, f"~{d}.{name}", (f"{d}_{name}",)) for name in dimension.level_names[1:]]
    return [*alone, Level(f"{d}.attr", dimension, f"{d}.attr", (f"{d}_attr",))]


def every_level(star: Star) -> list[Level]:
    """List every level of a star, in every use."""
    return [level for d in star.dimensions for level in (*levels(d), *single_levels(d))]


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut to some members of a level, or to all others."""

    level: Level
    members: tuple[KeyPath, ...]
    exclude: bool

    def document(self) -> dict[str, Any]:
        """Write it as a request has it."""
        keys = [[{"unknown": True} if key is UNKNOWN else key for key in path] for path in self.members]
        return {"level": self.level.name, "members": keys, "exclude": self.exclude}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question in the terms of this folder."""

    rows: tuple[Level, ...] = ()
    columns: tuple[Level, ...] = ()
    cuts: tuple[Cut, ...] = ()

    def request(self, **more: object) -> QueryRequest:
        """Write it as a request for every measure, with all subtotals and totals unless `more` says otherwise."""
        axes = {
            "rows": [{"level": level.name, "subtotals": True} for level in self.rows],
            "columns": [{"level": level.name, "subtotals": True} for level in self.columns],
        }
        body = {"cube": "cube", "measures": list(NAMES_OF_MEASURES), "axes": axes, "totals": True}
        return QueryRequest.model_validate({**body, "cut": [cut.document() for cut in self.cuts], **more})


@st.composite
def axes(draw: st.DrawFn, star: Star, most: int = 3) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """Draw the levels of both axes: each hierarchy on one of them, its levels from coarse to fine."""
    parts: list[list[Level]] = [list(part) for d in star.dimensions for part in _parts(draw, d)]
    count = draw(st.sampled_from((*range(1, most + 1), 0)))
    chosen = draw(st.permutations(parts))[:count]
    sides: tuple[list[Level], list[Level]] = ([], [])
    for part in chosen:
        sides[draw(st.integers(0, 1))].extend(part)
    return tuple(sides[0]), tuple(sides[1])


def _parts(draw: st.DrawFn, dimension: Dimension) -> list[list[Level]]:
    nested = levels(dimension)
    kept = draw(st.lists(st.sampled_from(range(len(nested))), min_size=1, unique=True))
    return [[nested[place] for place in sorted(kept)], *([level] for level in single_levels(dimension))]


def existing(star: Star, level: Level) -> list[KeyPath]:
    """List the members of a level: an id without a row, and unknown, exist only where some fact has such an id."""
    place = star.dimensions.index(level.dimension)
    odd = {fact.links[place] for fact in star.facts} & set(ODD_IDS)
    lacking = set(ODD_IDS) - odd
    return [path for path in level.members() if not set(path) & lacking and (odd or UNKNOWN not in path)]


@st.composite
def cuts(draw: st.DrawFn, star: Star, most: int = 2) -> tuple[Cut, ...]:
    """Draw cuts to members that exist."""
    found = []
    for _ in range(draw(st.integers(0, most))):
        level = draw(st.sampled_from(every_level(star)))
        known = existing(star, level)
        members = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
        found.append(Cut(level, tuple(members), draw(st.booleans())))
    return tuple(found)


@st.composite
def questions(draw: st.DrawFn, star: Star, most: int = 3) -> Question:
    """Draw a question to a star."""
    rows, columns = draw(axes(star, most))
    return Question(rows=rows, columns=columns, cuts=draw(cuts(star)))

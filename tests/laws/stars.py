"""Random small stars: a model and its data, awkward on purpose.

Each dimension `d0`, `d1`, ... has a row a leaf: an id, up to two upper levels `l0`, `l1` whose keys may be null and may
recur under other parents, a name, and an attribute with an order of its own. The leaf level is identified by the id or,
in some dimensions, by the name, which several rows may share. Facts link to ids that exist, to ids without a row, or to
nothing; amounts may be null, negative or zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

UPPER = ("a", "b", "B:1|x", "매출")
NAMES = ("n", "m", "o p")
ATTRIBUTES = {"high": 3, "low": 1, "mid": 2}
KNOWN_IDS = range(1, 6)
ODD_IDS = (98, 99)
"""Ids that have no row in any dimension."""


Row = tuple[int, str | None, str | None, str, str | None]
"""A leaf: id, l0, l1, name, attribute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One dimension's shape and rows.

    Attributes:
        name: Of the dimension and of its link.
        uppers: How many levels stand above the leaf.
        by_id: Whether the leaf level is identified by the id, else by the name.
        rows: Its leaves.
    """

    name: str
    uppers: int
    by_id: bool
    rows: tuple[Row, ...]

    @property
    def level_names(self) -> tuple[str, ...]:
        """The levels of the hierarchy, coarsest first."""
        return (*(f"l{depth}" for depth in range(self.uppers)), "leaf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact. `links` has an id or None for each dimension."""

    links: tuple[int | None, ...]
    basket: int | None
    amount: Decimal | None
    quantity: int | None
    weight: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """A model's shape and its data."""

    dimensions: tuple[Dimension, ...]
    facts: tuple[Fact, ...]

    def model(self) -> dict[str, Any]:
        """Write the model document."""
        return {
            "format": 1,
            "name": "random",
            "tables": {"fact": self._fact_table(), **{f"dim_{d.name}": _DIMENSION_TABLE for d in self.dimensions}},
            "dimensions": {d.name: _dimension(d) for d in self.dimensions},
            "cubes": {
                "cube": {
                    "table": "fact",
                    "links": {d.name: {"column": f"{d.name}_id"} for d in self.dimensions},
                    "measures": MEASURES,
                }
            },
        }

    def _fact_table(self) -> dict[str, Any]:
        links = {f"{d.name}_id": "int" for d in self.dimensions}
        numbers = {"basket": "int", "amount": "decimal(2)", "quantity": "int", "weight": "float"}
        return {"columns": {"row": "int", **links, **numbers}}


ADDITIVE = ("lines", "amount", "quantity", "weight")
MEASURES: dict[str, Any] = {
    "lines": {"aggregate": "count"},
    "amount": {"aggregate": "sum", "column": "amount"},
    "quantity": {"aggregate": "sum", "column": "quantity"},
    "weight": {"aggregate": "sum", "column": "weight"},
    "baskets": {"aggregate": "distinct", "column": "basket"},
    "leaves": {"aggregate": "distinct", "level": "d0.leaf"},
    "smallest": {"aggregate": "min", "column": "amount"},
    "largest": {"aggregate": "max", "column": "amount"},
    "average": {"aggregate": "avg", "column": "amount"},
    "ratio": {"formula": "amount / quantity"},
    "filled": {"aggregate": "count", "column": "quantity"},
    "spread": {"aggregate": "stddev", "column": "amount"},
    "variance": {"aggregate": "variance", "column": "weight"},
}
NAMES_OF_MEASURES = tuple(MEASURES)
ORDERING = tuple(name for name in MEASURES if name not in ("spread", "variance"))
"""Of equal values some measures may differ in the last digit, so that two places do not order by them alike."""

_DIMENSION_TABLE: dict[str, Any] = {
    "key": ["id"],
    "columns": {"id": "int", "l0": "text", "l1": "text", "name": "text", "attr": "text", "attr_order": "int"},
}


def _dimension(dimension: Dimension) -> dict[str, Any]:
    attribute = {"attr": {"column": "attr", "order": "attr_order"}}
    leaf = {"column": "id" if dimension.by_id else "name", "unique": dimension.by_id, "attributes": attribute}
    uppers = {f"l{depth}": {"column": f"l{depth}"} for depth in range(dimension.uppers)}
    # Facts are stored sorted by their time, so that cuts of d0 may become slices.
    role = {"role": "time"} if dimension.name == "d0" else {}
    return {
        **role,
        "table": f"dim_{dimension.name}",
        "levels": {**uppers, "leaf": leaf},
        "hierarchies": {"main": {"levels": list(dimension.level_names)}},
    }


def _dimensions(place: int) -> st.SearchStrategy[Dimension]:
    upper = st.none() | st.sampled_from(UPPER)
    row = st.tuples(upper, upper, st.sampled_from(NAMES), st.none() | st.sampled_from(tuple(ATTRIBUTES)))
    rows = (
        st.sampled_from((3, 5, 1))
        .flatmap(lambda size: st.lists(row, min_size=size, max_size=size))
        .map(lambda parts: tuple((id_, *part) for id_, part in zip(KNOWN_IDS, parts, strict=False)))
    )
    by_id = st.just(place == 0) if place < 2 else st.booleans()
    return st.builds(Dimension, name=st.just(f"d{place}"), uppers=st.integers(0, 2), by_id=by_id, rows=rows)


def _facts(dimensions: tuple[Dimension, ...]) -> st.SearchStrategy[tuple[Fact, ...]]:
    ids = [st.sampled_from((*(row[0] for row in d.rows), *ODD_IDS, None)) for d in dimensions]
    fact = st.builds(
        Fact,
        links=st.tuples(*ids),
        basket=st.none() | st.integers(1, 4),
        amount=st.none() | st.integers(-2_000, 2_000).map(lambda cents: Decimal(cents) / 100),
        quantity=st.none() | st.integers(-2, 3),
        # Quarters add up exactly in any order.
        weight=st.none() | st.integers(-8, 8).map(lambda quarters: quarters / 4),
    )
    # Left to itself a list is short more often than not.
    return (
        st.sampled_from((12, 24, 6, 18, 1, 0))
        .flatmap(lambda size: st.lists(fact, min_size=size, max_size=size))
        .map(tuple)
    )


@st.composite
def stars(draw: st.DrawFn) -> Star:
    """Draw a star of two to four dimensions."""
    dimensions = tuple(draw(_dimensions(place)) for place in range(draw(st.integers(2, 4))))
    return Star(dimensions=dimensions, facts=draw(_facts(dimensions)))

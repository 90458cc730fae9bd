"""The 13 queries: each told once for SQL and joins in general, and once as a question to our cube."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cube_server.query.request import QueryRequest

KEYS = {
    "date": ("lo_orderdate", "d_datekey"),
    "customer": ("lo_custkey", "c_custkey"),
    "supplier": ("lo_suppkey", "s_suppkey"),
    "part": ("lo_partkey", "p_partkey"),
}
"""By table of members: the column of a line, and the table's own that it equals."""

LEVELS = {
    "d_year": "time.year",
    "c_nation": "customer.nation",
    "c_city": "customer.city",
    "s_nation": "supplier.nation",
    "s_city": "supplier.city",
    "p_category": "part.category",
    "p_brand1": "part.brand",
}
"""What a column is called in our answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StarQuery:
    """One query.

    Attributes:
        name: As in the paper: "Q2.1".
        measure: Ours, and what its column is called in every answer.
        conditions: By table, what its rows have to satisfy, in SQL.
        groups: By table, the columns to group by.
        cuts: The same conditions for our cube.
    """

    name: str
    measure: str
    conditions: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cuts: tuple[Mapping[str, Any], ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables to join to the lines."""
        return tuple(table for table in KEYS if table in self.conditions or table in self.groups)

    @property
    def sql(self) -> str:
        """The query in SQL, its columns called as ours are."""
        columns = [column for table in self.tables for column in self.groups.get(table, ())]
        joins = [f"join {table} on {KEYS[table][0]} = {KEYS[table][1]}" for table in self.tables]
        shown = [f'{column} as "{LEVELS[column]}"' for column in columns]
        return (
            f"select {', '.join([*shown, f'{VALUES[self.measure]} as {self.measure}'])} "
            f"from lineorder {' '.join(joins)} where {' and '.join(self.conditions.values())}"
            + (f" group by {', '.join(columns)}" if columns else "")
        )

    @property
    def request(self) -> QueryRequest:
        """The query as a request."""
        levels = [LEVELS[column] for table in self.tables for column in self.groups.get(table, ())]
        body = {"cube": "lines", "measures": [self.measure], "axes": {"rows": levels}, "cut": list(self.cuts)}
        return QueryRequest.model_validate(body)


VALUES = {
    "discounted": "sum(lo_extendedprice * lo_discount)",
    "revenue": "sum(lo_revenue)",
    "profit": "sum(lo_revenue - lo_supplycost)",
}
"""Our measures in SQL."""


def _in(level: str, *keys: str | int) -> Mapping[str, Any]:
    """Cut as SQL does: at small scales some of the members do not exist."""
    return {"level": f"~{level}", "members": list(keys), "by": "value"}


def _between(level: str, first: str | int, last: str | int) -> Mapping[str, Any]:
    return {"level": f"~{level}", "ranges": [{"from": [first], "to": [last]}], "by": "value"}


_YEARS = "d_year between 1992 and 1997"
_IN_AMERICA = {"customer": "c_region = 'AMERICA'", "supplier": "s_region = 'AMERICA'"}
_CUT_TO_AMERICA = (_in("customer.region", "AMERICA"), _in("supplier.region", "AMERICA"))
_KINGDOM = ("UNITED KI1", "UNITED KI5")
_IN_KINGDOM = {
    "customer": "c_city in ('UNITED KI1', 'UNITED KI5')",
    "supplier": "s_city in ('UNITED KI1', 'UNITED KI5')",
}
_CUT_TO_KINGDOM = (_in("customer.city", *_KINGDOM), _in("supplier.city", *_KINGDOM))


def _discounted(name: str, date: str, line: str, *cuts: Mapping[str, Any]) -> StarQuery:
    return StarQuery(name=name, measure="discounted", conditions={"date": date, "lineorder": line}, cuts=cuts)


def _by_brand(name: str, part: str, region: str, cut: Mapping[str, Any]) -> StarQuery:
    return StarQuery(
        name=name,
        measure="revenue",
        conditions={"part": part, "supplier": f"s_region = '{region}'"},
        groups={"date": ("d_year",), "part": ("p_brand1",)},
        cuts=(cut, _in("supplier.region", region)),
    )


def _by_places(name: str, level: str, conditions: Mapping[str, str], *cuts: Mapping[str, Any]) -> StarQuery:
    return StarQuery(
        name=name,
        measure="revenue",
        conditions=conditions,
        groups={"customer": (f"c_{level}",), "supplier": (f"s_{level}",), "date": ("d_year",)},
        cuts=cuts,
    )


QUERIES = (
    _discounted(
        "Q1.1",
        "d_year = 1993",
        "lo_discount between 1 and 3 and lo_quantity < 25",
        _in("time.year", 1993),
        _between("discount.discount", 1, 3),
        _between("quantity.quantity", 1, 24),
    ),
    _discounted(
        "Q1.2",
        "d_yearmonthnum = 199401",
        "lo_discount between 4 and 6 and lo_quantity between 26 and 35",
        _in("time.month", 199401),
        _between("discount.discount", 4, 6),
        _between("quantity.quantity", 26, 35),
    ),
    _discounted(
        "Q1.3",
        "d_weeknuminyear = 6 and d_year = 1994",
        "lo_discount between 5 and 7 and lo_quantity between 26 and 35",
        _in("time.week", 6),
        _in("time.year", 1994),
        _between("discount.discount", 5, 7),
        _between("quantity.quantity", 26, 35),
    ),
    _by_brand("Q2.1", "p_category = 'MFGR#12'", "AMERICA", _in("part.category", "MFGR#12")),
    _by_brand(
        "Q2.2",
        "p_brand1 between 'MFGR#2221' and 'MFGR#2228'",
        "ASIA",
        _between("part.brand", "MFGR#2221", "MFGR#2228"),
    ),
    _by_brand("Q2.3", "p_brand1 = 'MFGR#2221'", "EUROPE", _in("part.brand", "MFGR#2221")),
    _by_places(
        "Q3.1",
        "nation",
        {"customer": "c_region = 'ASIA'", "supplier": "s_region = 'ASIA'", "date": _YEARS},
        _in("customer.region", "ASIA"),
        _in("supplier.region", "ASIA"),
        _between("time.year", 1992, 1997),
    ),
    _by_places(
        "Q3.2",
        "city",
        {"customer": "c_nation = 'UNITED STATES'", "supplier": "s_nation = 'UNITED STATES'", "date": _YEARS},
        _in("customer.nation", "UNITED STATES"),
        _in("supplier.nation", "UNITED STATES"),
        _between("time.year", 1992, 1997),
    ),
    _by_places("Q3.3", "city", {**_IN_KINGDOM, "date": _YEARS}, *_CUT_TO_KINGDOM, _between("time.year", 1992, 1997)),
    _by_places(
        "Q3.4",
        "city",
        {**_IN_KINGDOM, "date": "d_yearmonth = 'Dec1997'"},
        *_CUT_TO_KINGDOM,
        _in("time.name", "Dec1997"),
    ),
    StarQuery(
        name="Q4.1",
        measure="profit",
        conditions={**_IN_AMERICA, "part": "p_mfgr in ('MFGR#1', 'MFGR#2')"},
        groups={"date": ("d_year",), "customer": ("c_nation",)},
        cuts=(*_CUT_TO_AMERICA, _in("part.mfgr", "MFGR#1", "MFGR#2")),
    ),
    StarQuery(
        name="Q4.2",
        measure="profit",
        conditions={**_IN_AMERICA, "date": "d_year in (1997, 1998)", "part": "p_mfgr in ('MFGR#1', 'MFGR#2')"},
        groups={"date": ("d_year",), "supplier": ("s_nation",), "part": ("p_category",)},
        cuts=(*_CUT_TO_AMERICA, _in("time.year", 1997, 1998), _in("part.mfgr", "MFGR#1", "MFGR#2")),
    ),
    StarQuery(
        name="Q4.3",
        measure="profit",
        conditions={
            "customer": "c_region = 'AMERICA'",
            "supplier": "s_nation = 'UNITED STATES'",
            "date": "d_year in (1997, 1998)",
            "part": "p_category = 'MFGR#14'",
        },
        groups={"date": ("d_year",), "supplier": ("s_city",), "part": ("p_brand1",)},
        cuts=(
            _in("customer.region", "AMERICA"),
            _in("supplier.nation", "UNITED STATES"),
            _in("time.year", 1997, 1998),
            _in("part.category", "MFGR#14"),
        ),
    ),
)

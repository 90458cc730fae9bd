"""Random people who move: versions of rows, facts on days, and the oracle's as-of join written by hand."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from hypothesis import strategies as st

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten

FIRST = dt.date(2024, 1, 1)
AREAS = ("North", "South", "West", None)
PEOPLE = (1, 2, 3, 4)
UNKNOWN = 9
LAST_DAY = 12

Version = tuple[int, str, str | None, str | None, dt.date | None]
"""A person, the name (type 1), the area and the mood (type 2), and since when."""

Fact = tuple[int | None, dt.date | None, int | None, int]
"""A person, the day, the basket and the amount."""

VERSION = ("person", "name", "area", "mood", "since")
FACT = ("person", "day", "basket", "amount")
_VERSION = dict(zip(VERSION, (pl.Int64, pl.String, pl.String, pl.String, pl.Date), strict=True))
_FACT = dict(zip(FACT, (pl.Int64, pl.Date, pl.Int64, pl.Int64), strict=True))


def day(number: int) -> dt.date:
    """Give one of the days that facts and versions lie on."""
    return FIRST + dt.timedelta(days=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Versions of people, and facts. `friends` are pairs of a basket and a person."""

    versions: tuple[Version, ...]
    facts: tuple[Fact, ...]
    friends: tuple[tuple[int, int], ...]

    @property
    def now(self) -> tuple[Version, ...]:
        """The newest version of each."""
        newest = {version[0]: version for version in sorted(self.versions, key=lambda v: v[4] or dt.date.min)}
        return tuple(newest.values())


def model(history: dict[str, Any] | None) -> dict[str, Any]:
    """Write the model document; without history the dimension is overwritten."""
    people: dict[str, Any] = {
        "key": ["person"],
        "columns": {"person": "int", "name": "text", "area": "text", "mood": "text", "since": "date"},
    }
    return {
        "format": 1,
        "name": "past",
        "tables": {
            "sale": {"columns": {"person": "int", "day": "date", "basket": "int", "amount": "int"}},
            "people": people if history is None else {**people, "history": history},
            "days": {"key": ["day"], "columns": {"day": "date", "month": "int"}},
            "friends": {"columns": {"basket": "int", "person": "int"}},
        },
        "dimensions": {
            "person": {
                "table": "people",
                "levels": {
                    "area": {"column": "area", "unique": True},
                    "person": {
                        "column": "person",
                        "caption": "name",
                        "unique": True,
                        "attributes": {"mood": {"column": "mood"}},
                    },
                },
                "hierarchies": {"home": {"levels": ["area", "person"]}},
            },
            "time": {
                "table": "days",
                "role": "time",
                "levels": {"month": {"column": "month", "unique": True}, "day": {"column": "day", "unique": True}},
                "hierarchies": {"calendar": {"levels": ["month", "day"]}},
            },
        },
        "cubes": {
            "sales": {
                "table": "sale",
                "links": {
                    "person": {"column": "person"},
                    "time": {"column": "day"},
                    "also": {"column": "basket", "dimension": "person", "through": {"facts": "person"}},
                    "friend": {
                        "column": "basket",
                        "dimension": "person",
                        "through": {"table": "friends", "from": "basket", "to": "person"},
                    },
                },
                "measures": {
                    "lines": {"aggregate": "count"},
                    "amount": {"aggregate": "sum", "column": "amount"},
                    "people": {"aggregate": "distinct", "level": "person.person"},
                    "baskets": {"aggregate": "distinct", "column": "basket"},
                },
            }
        },
    }


def write(past: Past, folder: Path, document: dict[str, Any], versions: tuple[Version, ...]) -> Path:
    """Write a model and its source; give the model's path."""
    folder.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(versions, _VERSION, orient="row").write_parquet(folder / "people.parquet")
    pl.DataFrame(past.facts, _FACT, orient="row").write_parquet(folder / "sale.parquet")
    pl.DataFrame(past.friends, {"basket": pl.Int64, "person": pl.Int64}, orient="row").write_parquet(
        folder / "friends.parquet"
    )
    days = [(day(number), number // 5) for number in range(LAST_DAY)]
    pl.DataFrame(days, {"day": pl.Date, "month": pl.Int64}, orient="row").write_parquet(folder / "days.parquet")
    path = folder / "cubes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def oracle(past: Past, versions: tuple[Version, ...] | None = None) -> duckdb.DuckDBPyConnection:
    """Show the facts to DuckDB as the view `told`: each with what its person was then, and is now.

    A fact's version is the last one that begins on its day or before; before all of them the first one; without a day
    the newest. It is found by looking at every pair of a fact and a version. The view `beheld` has it for any pair of a
    person and a day.
    """
    connection = duckdb.connect()
    connection.execute("set default_null_order = 'nulls_last'")
    for name, rows, schema in (
        ("version", past.versions if versions is None else versions, _VERSION),
        ("sale", past.facts, _FACT),
        ("friends", past.friends, {"basket": pl.Int64, "person": pl.Int64}),
    ):
        connection.register(f"{name}_rows", pl.DataFrame(rows, schema, orient="row").to_arrow())
        connection.execute(f"create table {name} as from {name}_rows")
    connection.execute(_VIEWS)
    return connection


_VIEWS = """
create view begun as select * replace (coalesce(since, date '1900-01-01') as since) from version;
create view known as select distinct person from version;
create view seen as
select k.person, d.day,
    case when d.day is null then (select max(since) from begun b where b.person = k.person)
    else coalesce(
        (select max(since) from begun b where b.person = k.person and b.since <= d.day),
        (select min(since) from begun b where b.person = k.person)) end as since
from known k cross join (select distinct day from sale) d;
create view beheld as select s.person, s.day, b.area, b.mood from seen s join begun b using (person, since);
create view newest as
select b.* from begun b join (select person, max(since) as since from begun group by 1) using (person, since);
create view told as
select row_number() over () as line, f.*, a.area, a.mood, n.area as area_now,
    f.person is not null and n.person is null as odd
from sale f left join beheld a on a.person = f.person and a.day is not distinct from f.day
left join newest n on n.person = f.person;
"""


def asked(engine: Engine, **body: object) -> list[tuple[object, ...]]:
    """Ask the cube and give the flat rows without captions and depths."""
    request = QueryRequest.model_validate({"cube": "sales", "measures": ["lines", "amount", "people"], **body})
    table = flatten(engine.query(request), Budget(Limits()))
    dropped = [name for name in table.columns if name.endswith((".caption", ".depth"))]
    return table.drop(dropped).rows()


_days = st.integers(0, LAST_DAY - 1).map(day)


def moods() -> st.SearchStrategy[tuple[str | None, str | None]]:
    """Draw an area and a mood."""
    return st.tuples(st.sampled_from(AREAS), st.sampled_from(("glad", "sad")))


def _lives(person: int) -> st.SearchStrategy[list[Version]]:
    begins = st.lists(st.none() | st.integers(-2, LAST_DAY).map(day), min_size=1, max_size=4, unique=True)
    return begins.flatmap(
        lambda days: st.tuples(*(moods() for _ in days)).map(
            lambda parts: [(person, f"name {person}", *part, since) for part, since in zip(parts, days, strict=True)]
        )
    )


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    """Draw people who move, and what they bought."""
    people = PEOPLE[: draw(st.integers(1, len(PEOPLE)))]
    versions = [version for person in people for version in draw(_lives(person))]
    fact = st.tuples(
        st.sampled_from((*people, UNKNOWN, None)),
        st.none() | _days,
        st.none() | st.integers(1, 3),
        st.integers(-5, 9),
    )
    size = draw(st.sampled_from((12, 24, 3, 1)))
    friends = draw(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(people)), max_size=5))
    return Past(
        versions=tuple(draw(st.permutations(versions))),
        facts=tuple(draw(st.lists(fact, min_size=size, max_size=size))),
        friends=tuple(friends),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads:
    """What loads brought, in the order in which they came.

    Attributes:
        days: The day that each tells of.
        rows: Its rows.
    """

    days: tuple[dt.date, ...]
    rows: tuple[tuple[Version, ...], ...]

    @property
    def told(self) -> tuple[Version, ...]:
        """All that was told: of each person what held from each day on, by the last load that told of that day."""
        by_day = {(row[0], row[4]): row for rows in self.rows for row in rows}
        return tuple(by_day.values())


@st.composite
def extracts(draw: st.DrawFn) -> Loads:
    """Draw loads that each bring all the people there were on its day; late ones do not know who came later."""
    days = draw(st.lists(_days, min_size=2, max_size=4))
    came = {person: draw(_days) for person in PEOPLE[:3]}
    loads = tuple(
        tuple((person, f"name {person}", *draw(moods()), on) for person, since in came.items() if since <= on)
        for on in days
    )
    return Loads(days=tuple(days), rows=loads)


@st.composite
def changes(draw: st.DrawFn) -> Loads:
    """Draw loads whose rows say since when they hold, of whatever day."""
    count = draw(st.integers(2, 4))
    loads = tuple(
        tuple((person, f"name {person}", *draw(moods()), draw(st.none() | _days)) for person in PEOPLE[:3])
        for _ in range(count)
    )
    return Loads(days=tuple(day(number) for number in range(count)), rows=loads)


@st.composite
def parts_of(draw: st.DrawFn, whole: st.SearchStrategy[Loads]) -> Loads:
    """Draw loads that bring only some of the people; the first one brings all that it knows."""
    loads = draw(whole)
    some = [tuple(row for row in rows if draw(st.booleans())) for rows in loads.rows[1:]]
    return Loads(days=loads.days, rows=(loads.rows[0], *some))


def in_order(loads: Loads) -> Loads:
    """Give loads in the order of the days that they tell of."""
    pairs = sorted(zip(loads.days, loads.rows, strict=True), key=lambda pair: pair[0])
    return Loads(days=tuple(on for on, _ in pairs), rows=tuple(rows for _, rows in pairs))

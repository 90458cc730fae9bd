"""Random rows for the toy's tables: some of its own, with values bent, and awkward ones beside them.

Since the toy's model has everything that a model may have, and the questions of the specification are to it, they can
be asked of data that nobody thought of: texts with quotes, blanks behind and other letters, whole numbers that no float
holds, days long ago, empty tables, trees of any shape, keys without a row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from cube_server.engine import Engine
from cube_server.model.elements import Model
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from loaders.pipeline import load
from tests.sql.sources import read_frame, typed_frame
from tests.toy.star import FOLDER, MODEL

Row = tuple[Any, ...]
Draw = Callable[[st.SearchStrategy[Any]], Any]

TEXTS = (
    "Food", "food", "FOOD", "Food ", " Food", "Home", "it's", '"quoted"', "50% off_", "a\\b", "B:1|x", "C|3", "매출",
    "é", "e\u0301", "😀", ":name", "$1", "{0:%s}", "-- x", "line\nbreak", " ",
)  # fmt: skip
KEYS = ("A-1", "a-1", "A-1 ", "B:2", "C|3", "it's", "100%", "매장", "😀", "\\", '"')
"""Of stores, which have texts for keys."""
DAYS = tuple(
    date.fromisoformat(day)
    for day in (
        "2023-12-30", "2023-12-31", "2024-01-01", "2024-01-02", "2024-01-31", "2024-02-29", "2024-03-15", "2024-04-01",
        "2024-12-30", "2024-12-31", "1969-12-31", "1970-01-01", "1904-02-29", "2101-03-01",
    )
)  # fmt: skip
MOMENTS = (
    datetime(2001, 5, 2, 9), datetime(2019, 11, 30, 18, 30, 15), datetime(1969, 12, 31, 23, 59, 59, 999_999),
    datetime(1970, 1, 1), datetime(2024, 3, 31, 2, 30, 0, 1),
)  # fmt: skip
BASKETS = (100, 101, 102, 103, 107, 109, 110, 2**53, 2**53 + 1, -1, None)
AGES = {"under 20": 1, "20-29": 2, "it's": 2, "60+": 3}
"""Their order; of other ages there is none."""
ODD = 98
"""A key that no dimension has a row for."""


@dataclass(frozen=True, slots=True)
class Toys:
    """Rows of each table, by its name."""

    rows: dict[str, tuple[Row, ...]]


def loaded(toys: Toys, folder: Path) -> Engine:
    """Write the tables' files into `folder`, load them and open an engine."""
    source, path = folder / "source", folder / "cubes.json"
    source.mkdir()
    path.write_text(json.dumps(json.loads(MODEL.read_text(encoding="utf-8")) | {"$schema": None}), encoding="utf-8")
    model = read_model(path)
    for table in model.tables:
        typed_frame(table, toys.rows[table.name]).write_parquet(source / f"{table.name}.parquet")
    load(model, str(source), folder / "warehouse", progress=SILENT)
    return Engine.open(path, folder / "warehouse")


def only(**rows: tuple[Row, ...]) -> Toys:
    """Give the rows of some tables, all others empty."""
    return Toys({table.name: rows.get(table.name, ()) for table in _model().tables})


@st.composite
def toys(draw: st.DrawFn) -> Toys:
    """Draw rows for every table."""
    dimensions: dict[str, tuple[Row, ...]] = {
        "dim_product": _bent(draw, "dim_product", _text(), _text(), _text(), _text()),
        "dim_customer": tuple((*row[:-1], AGES.get(row[-2])) for row in _bent(draw, "dim_customer", *_CUSTOMER)),
        "dim_store": tuple((key, *draw(_STORE)) for key in draw(_subset(KEYS))),
        "dim_promo": _bent(draw, "dim_promo", _text(), _text(), _some(*DAYS), _some(*DAYS)),
        "dim_place": _bent(draw, "dim_place", *[_text("Land", "Isle", "", None)] * 3),
        "dim_staff": tuple(_staff(draw)),
        "dim_date": tuple(map(day_row, sorted(draw(_subset(DAYS))))),
        "dim_client": _own("dim_client"),
    }
    keys = {name: [row[0] for row in rows] for name, rows in dimensions.items()}
    return Toys(dimensions | dict(_facts(draw, keys)) | dict(_bridges(draw, keys)))


def _facts(draw: Draw, keys: dict[str, list[Any]]) -> Iterable[tuple[str, tuple[Row, ...]]]:
    products, customers = _key(keys["dim_product"]), _key(keys["dim_customer"])
    stores, days = _key(keys["dim_store"], "a-1 "), _key(keys["dim_date"], 19_000_101)
    large = draw(st.sampled_from((1, 1, 10**13)))
    amount = st.none() | st.integers(-3_000, 3_000).map(lambda cents: Decimal(cents * large) / 100)
    quantity = _some(-1, 0, 1, 2, 5, *((2**53, 2**53 + 1, -(2**53)) if large > 1 else ()))
    # Quarters add up exactly in any order.
    weight = st.none() | st.integers(-8, 8).map(lambda quarters: quarters / 4)
    sale = (_some(*BASKETS), products, customers, stores, days, days, quantity, amount, weight)
    yield "fact_sales", _numbered(draw, 25, *sale)
    yield "fact_visit", _numbered(draw, 8, customers, stores, days, _some(0, 5, 35))
    months = _some(*(f"{day:%Y-%m}" for day in DAYS), "2024-13")
    yield "fact_plan", _numbered(draw, 8, stores, months, amount)
    yield "fact_pay", _numbered(draw, 10, _key(keys["dim_staff"]), _key(keys["dim_place"]), amount)


def _bridges(draw: Draw, keys: dict[str, list[Any]]) -> Iterable[tuple[str, tuple[Row, ...]]]:
    pairs = st.tuples(_some(*BASKETS), _key(keys["dim_product"]))
    yield "bridge_offer", tuple(draw(st.lists(pairs, max_size=12)))
    pairs = st.tuples(_key(keys["dim_customer"]), _key(keys["dim_promo"]))
    yield "bridge_sent", tuple(draw(st.lists(pairs, max_size=9)))


def _numbered(draw: Draw, most: int, *columns: st.SearchStrategy[Any]) -> tuple[Row, ...]:
    size = draw(st.sampled_from((most, most, most // 2, most // 4, 0)))
    rows = draw(st.lists(st.tuples(*columns), min_size=size, max_size=size))
    return tuple((number, *row) for number, row in enumerate(rows, start=1))


def _bent(draw: Draw, table: str, *columns: st.SearchStrategy[Any]) -> tuple[Row, ...]:
    """Draw some of a table's own rows, a few of their values changed."""
    rows = draw(_subset(_own(table)))
    # One value in six.
    is_bent = st.integers(0, 5).map(lambda side: side == 5)
    return tuple(
        (key, *(draw(column) if draw(is_bent) else value for column, value in zip(columns, values, strict=True)))
        for key, *values in rows
    )


def _staff(draw: Draw) -> Iterable[Row]:
    """Draw a tree of at most four levels, in any order of keys."""
    depths: dict[int | None, int] = {None: 0}
    for key in draw(st.permutations(range(1, 8)))[: draw(st.integers(0, 7))]:
        parent = draw(st.sampled_from([place for place, depth in depths.items() if depth < 4]))
        depths[key] = depths[parent] + 1
        yield key, draw(_text("Ada", "Ben")), parent, draw(_some(1, 1, 2))


def day_row(day: date) -> Row:
    """Give the calendar's row of a day."""
    iso = day.isocalendar()
    year, week = iso.year, iso.week
    quarter, number = f"Q{(day.month + 2) // 3}", iso.weekday
    key = int(f"{day:%Y%m%d}")
    return key, day, day.year, quarter, f"{day:%Y-%m}", year, week, WEEKDAYS[number - 1], number


WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _subset(values: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
    """Draw some of them in their order, most of the time nearly all, at times none."""
    kept = st.sampled_from((4, 4, 9, 1, 0)).flatmap(
        lambda often: st.lists(st.integers(0, often), min_size=len(values), max_size=len(values))
    )
    return kept.map(lambda sides: [value for value, side in zip(values, sides, strict=True) if side])


def _text(*more: str | None) -> st.SearchStrategy[str | None]:
    return st.sampled_from((*more, *TEXTS, None))


def _some(*values: object) -> st.SearchStrategy[Any]:
    return st.sampled_from((*values, None))


def _key(keys: Sequence[Any], odd: object = ODD) -> st.SearchStrategy[Any]:
    """Draw a key: seldom one without a row, or none."""
    return st.sampled_from((*keys, *keys, odd, None))


_CUSTOMER = (_text(), _text(), st.sampled_from((*AGES, "매출", None)), st.none())
_STORE = st.tuples(
    _text(), st.sampled_from((True, False, None)), _some(Decimal("75.5"), Decimal("-0.5"), Decimal(0)), _some(*MOMENTS)
)


@cache
def _model() -> Model:
    return read_model(MODEL)


@cache
def _own(table: str) -> tuple[Row, ...]:
    (found,) = (part for part in _model().tables if part.name == table)
    return tuple(read_frame(found, FOLDER).rows())

"""Whether facts come in one load or in many, in whatever order, and again: the same rows give the same answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from loaders import increments
from loaders.periods import Period, parse_period
from tests.loaders import days
from tests.loaders.days import Sale

IDS, PRODUCTS = range(1, 13), range(1, 6)
MONTHS = ("2024-01", "2024-02", "2024-03")

amounts = st.integers(-500, 500)
products = st.none() | st.sampled_from(PRODUCTS)
dates = st.none() | st.sampled_from(days.DAYS)
kinds = st.dictionaries(st.sampled_from(PRODUCTS), st.sampled_from(("food", "goods")), max_size=3)


def sales(when: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[int, Sale]]:
    rows = st.dictionaries(st.sampled_from(IDS), st.tuples(products, when, amounts), max_size=6)
    return rows.map(lambda found: {id: (id, *row) for id, row in found.items()})


@dataclass(frozen=True)
class Step:
    """A load: what it is and what it brings."""

    mode: str
    sales: dict[int, Sale]
    products: dict[int, str] = field(default_factory=dict)
    period: str | None = None
    repeated: bool = False


def replacing(month: str) -> st.SearchStrategy[Step]:
    inside = st.sampled_from([day for day in days.DAYS if day.startswith(month)])
    return st.builds(Step, st.just("replace"), sales(inside), kinds, st.just(month), st.booleans())


def covering() -> st.SearchStrategy[Step]:
    some = sales(st.sampled_from(days.DAYS)).filter(bool)
    return st.builds(Step, st.just("replace"), some, kinds, st.none(), st.booleans())


steps = st.lists(
    st.one_of(
        st.builds(Step, st.just("append"), sales(dates), kinds, st.none(), st.booleans()),
        st.builds(Step, st.just("upsert"), sales(dates), kinds, st.none(), st.booleans()),
        st.sampled_from(MONTHS).flatmap(replacing),
        covering(),
    ),
    min_size=1,
    max_size=6,
)


class Books:
    """The rows that are to be there, kept by hand."""

    def __init__(self) -> None:
        self.sales: dict[int, Sale] = {}
        self.products: dict[int, str] = {}

    def take(self, step: Step) -> Step | None:
        """Do what a load is to do; give what it brings, but for numbers that stay; None if that leaves another load."""
        gone: set[int] = set()
        if step.mode == "replace":
            period = parse_period(step.period) if step.period else covered(step.sales)
            days = {id: row[2] for id, row in self.sales.items() if row[2]}
            gone = {id for id, day in days.items() if str(period.first) <= day <= str(period.last)}
        stays = set() if step.mode == "upsert" else self.sales.keys() - gone
        new = {id: row for id, row in step.sales.items() if id not in stays}
        if step.mode == "replace" and step.period is None and (not new or covered(new) != covered(step.sales)):
            return None
        self.sales = {id: row for id, row in self.sales.items() if id not in gone} | new
        self.products |= step.products
        return replace(step, sales=new)


def covered(sales: dict[int, Sale]) -> Period:
    found = [row[2] for row in sales.values() if row[2]]
    return parse_period(f"{min(found)}..{max(found)}")


def plain(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """Put rows into one form: without facts every measure is empty."""
    return sorted(str((round(100 * amount), lines, products) if lines else None) for amount, lines, products in rows)


def asked(engine: Engine) -> list[list[str]]:
    """Ask by kind, by month, by product and day, and for the total."""
    found = []
    for rows in (["product.kind"], ["time.month"], ["product.product", "time.day"], []):
        request = QueryRequest.model_validate(
            {"cube": "sales", "measures": ["amount", "lines", "products"], "axes": {"rows": rows}}
        )
        found.append(plain(engine.query(request).cells.drop("row", "column").rows()))
    return found


FACTS = """(select s.*, s.day[:7] as month, case when s.product is null then 'null' when p.id is null then 'unknown'
    else kind end as kind from sale s left join product p on p.id = s.product)"""


def expected(books: Books) -> list[list[str]]:
    """The same by SQL over the rows that are to be there."""
    with duckdb.connect() as sql:
        sql.execute("create table sale(id int, product int, day varchar, amount decimal(18, 2))")
        sql.execute("create table product(id int, kind varchar)")
        for id, product, day, amount in books.sales.values():
            sql.execute("insert into sale values (?, ?, ?, ? / 100.0)", [id, product, day, amount])
        for key, kind in books.products.items():
            sql.execute("insert into product values (?, ?)", [key, kind])
        measures = "sum(amount), count(*), count(distinct product)"
        groups = ("group by kind", "group by month", "group by product, day", "")
        return [plain(sql.execute(f"select {measures} from {FACTS} {group}").fetchall()) for group in groups]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put files together already when there are three."""
    monkeypatch.setattr(increments, "MOST_SMALL", 3)


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(steps)
def test_increments_give_the_answers_of_their_final_rows(steps: list[Step]) -> None:
    with TemporaryDirectory() as name:
        folder, warehouse, books = Path(name), Path(name) / "warehouse", Books()
        days.increment(days.write(folder / "0", sales=[], products={}, days=days.DAYS), warehouse, "full")
        for number, step in enumerate(steps, 1):
            brought = books.take(step)
            if brought is None:
                continue
            source = days.write(folder / str(number), sales=list(brought.sales.values()), products=brought.products)
            for _ in range(2 if brought.repeated else 1):
                if brought.mode == "replace":
                    days.replace(source, warehouse, parse_period(brought.period) if brought.period else None)
                else:
                    days.increment(source, warehouse, brought.mode)
        model = folder / "cubes.json"
        model.write_text(json.dumps(days.DOCUMENT))
        assert asked(Engine.open(model, warehouse)) == expected(books)

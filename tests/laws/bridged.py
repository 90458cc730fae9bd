"""Random small stars whose facts have many members: by a table, by shared baskets, and by dates.

A fact has a product, a basket, a coupon and a day, each perhaps null or unknown. Coupons apply to products by rows that
may repeat, may lead to nothing or to an id without a row; promotions may lack a date, or end before they begin.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from hypothesis import strategies as st

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from loaders.pipeline import load

PRODUCTS = {1: ("a", "x"), 2: ("a", "y"), 3: ("b", "x"), 4: (None, "x"), 5: ("b", None)}
"""Category and brand."""

ODD = 98
FIRST = date(2024, 2, 25)
DAYS = tuple(FIRST + timedelta(days=step) for step in range(8))

LINKS = ("coupon", "also", "promo", "before")

Row = tuple[Any, ...]

MODEL: dict[str, Any] = {
    "format": 1,
    "name": "bridged",
    "tables": {
        "fact": {
            "columns": {
                "row": "int", "day_id": "int", "product": "int", "basket": "int", "coupon": "text",
                "amount": "decimal(2)",
            }
        },
        "bridge": {"columns": {"coupon": "text", "product": "int"}},
        "dim_product": {"key": ["product"], "columns": {"product": "int", "category": "text", "brand": "text"}},
        "dim_promo": {
            "key": ["product"],
            "columns": {"product": "int", "category": "text", "brand": "text", "starts": "date", "ends": "date"},
        },
        "dim_time": {"key": ["day_id"], "columns": {"day_id": "int", "day": "date", "half": "int"}},
    },
    "dimensions": {
        **{
            name: {
                "table": f"dim_{name}",
                "levels": {
                    "category": {"column": "category", "unique": True},
                    "product": {"column": "product", "unique": True, "attributes": {"brand": {"column": "brand"}}},
                },
                "hierarchies": {"goods": {"levels": ["category", "product"]}},
            }
            for name in ("product", "promo")
        },
        "time": {
            "table": "dim_time",
            "role": "time",
            "levels": {"half": {"column": "half", "unique": True}, "day": {"column": "day", "unique": True}},
            "hierarchies": {"calendar": {"levels": ["half", "day"]}},
        },
    },
    "cubes": {
        "cube": {
            "table": "fact",
            "links": {
                "product": {"column": "product"},
                "time": {"column": "day_id"},
                "coupon": {"column": "coupon", "dimension": "product", "through": {"table": "bridge"}},
                "also": {"column": "basket", "dimension": "product", "through": {"facts": "product"}},
                "promo": {"through": {"dates": "time", "from": "starts", "to": "ends"}},
                "before": {
                    "dimension": "promo", "through": {"dates": "time", "from": "starts", "to": "ends", "shift": -1},
                },
            },
            "measures": {
                "lines": {"aggregate": "count"},
                "amount": {"aggregate": "sum", "column": "amount"},
                "smallest": {"aggregate": "min", "column": "amount"},
                "average": {"aggregate": "avg", "column": "amount"},
                "baskets": {"aggregate": "distinct", "column": "basket"},
                "coupons": {"aggregate": "distinct", "column": "coupon"},
                "offered": {"aggregate": "distinct", "level": "coupon.product"},
            },
        }
    },
}  # fmt: skip

MEASURES = tuple(MODEL["cubes"]["cube"]["measures"])
AGGREGATES = (
    "count(distinct row), sum(amount), min(amount), avg(amount), count(distinct basket), count(distinct coupon)"
)


@dataclass(frozen=True, slots=True)
class Star:
    """The facts, the coupons' products, and the promotions' dates."""

    facts: tuple[Row, ...]
    bridge: tuple[Row, ...]
    promos: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A star in an engine, and in DuckDB with the view `reach_LINK` of each fact with each member, once."""

    engine: Engine
    oracle: duckdb.DuckDBPyConnection

    def ask(self, keys: Sequence[str], measures: Sequence[str] = MEASURES, **question: object) -> dict[Row, Row]:
        """Ask, and give measures by keys; `question` is the rest of the request."""
        answer = self.engine.query(
            QueryRequest.model_validate({"cube": "cube", "measures": list(measures), **question})
        )
        frame = flatten(answer, Budget(Limits()))
        return {row[: len(keys)]: row[len(keys) :] for row in frame.select(*keys, *measures).rows()}

    def sql(self, query: str, width: int) -> dict[Row, Row]:
        """Run a query whose first columns are keys."""
        return {row[:width]: row[width:] for row in self.oracle.execute(query).fetchall()}


def stars() -> st.SearchStrategy[Star]:
    """Draw a star."""
    product = st.sampled_from((1, 2, 3, 4, 5, ODD, None))
    coupon = st.sampled_from(("p", "q", "r", None))
    amount = st.none() | st.integers(-500, 500).map(lambda cents: Decimal(cents) / 100)
    day = st.none() | st.integers(0, len(DAYS) - 1)
    fact = st.tuples(day, product, st.sampled_from((1, 2, 3, 4, None)), coupon, amount)
    edge = st.none() | st.sampled_from(DAYS)
    return st.builds(
        Star,
        facts=st.lists(fact, min_size=1, max_size=20).map(tuple),
        bridge=st.lists(st.tuples(coupon, product), max_size=9).map(tuple),
        promos=st.tuples(*(st.tuples(edge, edge) for _ in PRODUCTS)),
    )


@contextmanager
def opened(star: Star) -> Iterator[Opened]:
    """Write, load and open a star."""
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as oracle:
        folder = Path(name)
        engine = loaded(star, folder)
        _show(folder / "source", oracle)
        yield Opened(engine, oracle)


def loaded(star: Star, folder: Path) -> Engine:
    """Write a star's files into `folder`, load them and open an engine."""
    source, model = folder / "source", folder / "cubes.json"
    source.mkdir()
    model.write_text(json.dumps(MODEL), encoding="utf-8")
    _write(star, source)
    load(read_model(model), str(source), folder / "warehouse", progress=SILENT)
    return Engine.open(model, folder / "warehouse")


def _write(star: Star, source: Path) -> None:
    product = {"product": pl.Int64, "category": pl.String, "brand": pl.String}
    tables: dict[str, tuple[Sequence[Row], dict[str, Any]]] = {
        "fact": (
            [(row, *fact) for row, fact in enumerate(star.facts)],
            {
                "row": pl.Int64, "day_id": pl.Int64, "product": pl.Int64, "basket": pl.Int64, "coupon": pl.String,
                "amount": pl.Decimal(18, 2),
            },
        ),
        "bridge": (star.bridge, {"coupon": pl.String, "product": pl.Int64}),
        "dim_product": ([(key, *parts) for key, parts in PRODUCTS.items()], product),
        "dim_promo": (
            [(key, *parts, *dates) for (key, parts), dates in zip(PRODUCTS.items(), star.promos, strict=True)],
            {**product, "starts": pl.Date, "ends": pl.Date},
        ),
        "dim_time": (
            [(number, day, number // 4) for number, day in enumerate(DAYS)],
            {"day_id": pl.Int64, "day": pl.Date, "half": pl.Int64},
        ),
    }  # fmt: skip
    for name, (rows, schema) in tables.items():
        pl.DataFrame(rows, schema=schema, orient="row").write_parquet(source / f"{name}.parquet")


def _show(source: Path, oracle: duckdb.DuckDBPyConnection) -> None:
    for file in source.glob("*.parquet"):
        oracle.execute(f"create table {file.stem} as from read_parquet('{file}')")
    length = "(p.ends - p.starts + 1)"
    reached = {
        "coupon": "select distinct f.row, b.product from fact f left join bridge b using (coupon)",
        "also": "select distinct f.row, o.product from fact f left join fact o using (basket)",
        "promo": """select distinct f.row, p.product from fact f left join dim_time d using (day_id)
            left join dim_promo p on d.day between p.starts and p.ends""",
        "before": f"""select distinct f.row, p.product from fact f left join dim_time d using (day_id)
            left join dim_promo p on d.day between p.starts - {length}::int and p.starts - 1 and p.ends >= p.starts""",
    }
    for link, query in reached.items():
        table = "dim_promo" if link in ("promo", "before") else "dim_product"
        oracle.execute(f"""create table reach_{link} as
            select f.*, r.product as member, m.category, m.brand, r.product is not null and m.product is null as odd
            from ({query}) r join fact f using (row) left join {table} m on m.product = r.product""")

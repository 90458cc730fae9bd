"""Derived tables where the facts live: subselects that give what a load makes; what is expected stands beside each."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cube_server.backends.sql import live
from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.fit import check_tables
from cube_server.backends.sql.inspection import inspect
from cube_server.backends.sql.tables import Tables
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.errors import CapabilityError
from cube_server.model.elements import Model
from cube_server.model.read import parse_model, read_model
from cube_server.query.request import FactsRequest, QueryRequest
from cube_server.result.flat import flatten
from tests.comparison import Row, assert_same_rows, same
from tests.postgresql import empty_database
from tests.sql.sources import fill, fill_clickhouse, fill_tables
from tests.sql.test_trino import translate

Filler = Callable[[Model, Path, Path], str]

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "derived",
    "tables": {
        "raw_sale": {
            "source": "sales",
            "columns": {
                "item": "int",
                "channel": "text",
                "note": "text",
                "sold": "timestamp",
                "price": "decimal(2)",
                "pieces": "int",
            },
        },
        "raw_item": {"source": "items", "columns": {"id": "int", "name": "text", "kind": "int"}},
        "raw_kind": {"source": "kinds", "columns": {"id": "int", "kind name": "text"}},
        "item": {
            "key": ["id"],
            "columns": {
                "id": "int",
                "name": "text",
                "kind": "text",
                "initial": {"type": "text", "value": "left(name, 1)"},
            },
            "from": {
                "table": "raw_item",
                "joins": [{"table": "raw_kind", "as": "k", "on": {"id": "raw_item.kind"}}],
                "where": "not is_null(id)",
                "values": {"kind": 'upper(column("k", "kind name"))'},
            },
        },
        "channel": {
            "key": ["key"],
            "columns": {"key": "text", "channel": "text", "note": "text"},
            "from": {"table": "raw_sale", "values": {"key": "tuple(channel, note)"}, "distinct": True},
        },
        "sale": {
            "columns": {
                **{"item": "int", "to_channel": "text", "day": "date", "value": "decimal(2)", "pieces": "int"},
                **{"opened": "date", "closed": "date"},
            },
            "from": {
                "table": "raw_sale",
                "where": "pieces > 0",
                "values": {
                    **{"to_channel": "tuple(channel, note)", "day": "date(sold)", "value": "price * pieces"},
                    **{"opened": "make_date(2024, 1, 31)", "closed": "make_date(2024, 1, nullif(1, 1))"},
                },
            },
        },
        "daily": {
            "columns": {"item": "int", "day": "date", "times": "int", "most": "int"},
            "from": {
                "table": "raw_sale",
                "values": {"day": "date(sold)"},
                "totals": {"times": {"aggregate": "count"}, "most": {"aggregate": "max", "formula": "pieces"}},
            },
        },
        "calendar": {
            "key": ["date"],
            "columns": {"date": "date", "year": "int", "month": "text"},
            "from": {
                "days": ["raw_sale.sold"],
                "values": {"year": 'extract("year", date)', "month": "left(text(date), 7)"},
            },
        },
    },
    "dimensions": {
        "item": {
            "table": "item",
            "levels": {
                "kind": {"column": "kind", "unique": True},
                "item": {
                    "column": "id",
                    "caption": "name",
                    "unique": True,
                    "attributes": {"initial": {"column": "initial"}},
                },
            },
            "hierarchies": {"h": {"levels": ["kind", "item"]}},
        },
        "channel": {
            "table": "channel",
            "levels": {"channel": {"column": "channel"}, "note": {"column": "key", "caption": "note", "unique": True}},
            "hierarchies": {"h": {"levels": ["channel", "note"]}},
        },
        "time": {
            "table": "calendar",
            "role": "time",
            "levels": {
                "year": {"column": "year", "unique": True},
                "month": {"column": "month", "unique": True},
                "day": {"column": "date", "unique": True},
            },
            "hierarchies": {"calendar": {"levels": ["year", "month", "day"]}},
        },
    },
    "cubes": {
        "sales": {
            "table": "sale",
            "links": {
                "item": {"column": "item"},
                "channel": {"column": "to_channel"},
                "time": {"column": "day"},
                "opened": {"column": "opened", "dimension": "time"},
                "closed": {"column": "closed", "dimension": "time"},
            },
            "measures": {
                "value": {"aggregate": "sum", "column": "value"},
                "lines": {"aggregate": "count"},
                "items": {"aggregate": "distinct", "level": "item.item"},
            },
        },
        "days": {
            "table": "daily",
            "links": {"item": {"column": "item"}, "time": {"column": "day"}},
            "measures": {
                "times": {"aggregate": "sum", "column": "times"},
                "rows": {"aggregate": "count"},
                "most": {"aggregate": "max", "column": "most"},
            },
        },
    },
}


def _at(day: str, hour: int) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour))


SOURCE = {
    "sales": pl.DataFrame(
        [
            (1, "web", "a", _at("2023-12-31", 23), "1.50", 2),
            (1, "web", "a", _at("2023-12-31", 1), "2.25", 4),
            (2, "shop", None, _at("2024-02-29", 12), "10.00", 1),
            (9, "web", 'b"', _at("2024-02-29", 12), "0.01", 3),
            (2, None, None, _at("2024-01-01", 0), "5.00", 0),
        ],
        {
            "item": pl.Int64,
            "channel": pl.String,
            "note": pl.String,
            "sold": pl.Datetime("us"),
            "price": pl.String,
            "pieces": pl.Int64,
        },
        orient="row",
    ).cast({"price": pl.Decimal(38, 2)}),
    "items": pl.DataFrame({"id": [1, 2, None], "name": ["pear", "bread", "none"], "kind": [7, 8, 7]}),
    "kinds": pl.DataFrame({"id": [7], "kind name": ["fruit"]}),
}


@pytest.fixture(scope="module", params=["duckdb", "sqlite", "postgresql", "clickhouse", "trino"])
def filler(request: pytest.FixtureRequest) -> Iterator[Filler]:
    """What makes a database of each kind of some files; Trino is a DuckDB that is asked in translation."""
    if request.param != "trino":
        yield _filler(request)
        return
    with pytest.MonkeyPatch.context() as patch:
        for module in (live, sys.modules[__name__]):
            patch.setattr(module, "open_database", translate)
        yield partial(fill, "duckdb")


def _filler(request: pytest.FixtureRequest) -> Filler:
    if request.param == "clickhouse":
        server: str = request.getfixturevalue("clickhouse")
        return lambda model, files, _: fill_clickhouse(server, "derived", model, files)
    if request.param == "postgresql":
        url = empty_database(request.getfixturevalue("postgresql"), "derived").render_as_string(hide_password=False)

        def fill_server(model: Model, files: Path, _: Path) -> str:
            fill_tables(url, model, files)
            return url

        return fill_server
    return partial(fill, request.param)


@pytest.fixture(scope="module")
def place(filler: Filler, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The path of the model, and the URL of a database with its sources."""
    folder = tmp_path_factory.mktemp("derived")
    for name, frame in SOURCE.items():
        frame.write_parquet(folder / f"{name}.parquet")
    path = folder / "cubes.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return path, filler(read_model(path), folder, folder)


@pytest.fixture(scope="module")
def engine(place: tuple[Path, str]) -> Iterator[Engine]:
    """An engine over the database."""
    engine = Engine.open(*place)
    yield engine
    engine.close()


def test_derived_dimensions_and_facts_are_subselects(engine: Engine) -> None:
    """Added up by hand: 2 x 1.50 + 4 x 2.25 = 12.00 of pears; the line of no pieces is left out."""
    # A key without a row stands before the kind that is null.
    by_kind = asked(engine, "sales", ["item.kind"], ["value", "lines", "items"])
    assert_same_rows(by_kind, [("FRUIT", 12.0, 2, 1), (None, 0.03, 1, 1), (None, 10.0, 1, 1)])
    by_initial = asked(engine, "sales", ["item.initial", "time.month"], ["value"])
    first, others = ("b", 2024, "2024-02", 10.0), [("p", 2023, "2023-12", 12.0), (None, 2024, "2024-02", 0.03)]
    assert_same_rows(by_initial, [first, *others])
    by_note = [("shop", '["shop",null]', 1), ("web", '["web","a"]', 2), ("web", f'["web","b{chr(92)}""]', 1)]
    assert_same_rows(asked(engine, "sales", ["channel.note"], ["lines"]), by_note)
    daily = asked(engine, "days", ["time.year", "~item.item"], ["times", "rows", "most"])
    assert_same_rows(daily, [(2023, 1, 2, 1, 4), (2024, 2, 2, 2, 1), (2024, 9, 1, 1, 3)])
    fruit = {"level": "item.kind", "members": ["FRUIT"]}
    page = engine.facts(FactsRequest.model_validate({"cube": "sales", "cut": [fruit]}))
    assert page.total == 2


def test_a_link_may_be_the_same_for_all_facts(engine: Engine) -> None:
    """ClickHouse joins by no constant, be it null."""
    assert_same_rows(asked(engine, "sales", ["opened.month"], ["lines"]), [(2024, "2024-01", 4)])
    assert_same_rows(asked(engine, "sales", ["closed.year"], ["lines"]), [(None, 4)])
    for name, total in (("opened", 4), ("closed", 0)):
        cut = {"level": f"{name}.year", "members": [2024], "by": "value"}
        assert engine.facts(FactsRequest.model_validate({"cube": "sales", "cut": [cut]})).total == total


def test_a_calendar_has_every_day_of_its_years(engine: Engine) -> None:
    body = {"cube": "sales", "measures": ["lines"], "axes": {"rows": ["time.month"]}, "nonempty": False}
    found = flatten(engine.query(QueryRequest.model_validate(body)), Budget(Limits()))
    assert found.height == 24


def test_a_model_with_derived_tables_fits_its_sources(place: tuple[Path, str]) -> None:
    path, address = place
    database = open_database(address)
    check_tables(read_model(path), database)
    found = inspect(read_model(path), database)
    assert not [one for one in found.findings if one.is_mistake]
    assert dict(found.rows)["sale"] == 4
    database.close()


def asked(engine: Engine, cube: str, rows: list[str], measures: list[str]) -> list[Row]:
    """Ask and give the rows without captions and depths."""
    request = QueryRequest.model_validate({"cube": cube, "measures": measures, "axes": {"rows": rows}})
    found = flatten(engine.query(request), Budget(Limits()))
    return found.select(name for name in found.columns if not name.endswith((".caption", ".depth", ".unknown"))).rows()


VALUES: tuple[tuple[str, str, object], ...] = (
    ("div(a, b)", "int", -3),
    ("div(a, 0)", "int", None),
    ("mod(a, b)", "int", -1),
    ("mod(x, 2)", "float", 0.5),
    ("a / b", "float", -3.5),
    ("a / 0", "float", None),
    # What is divided by is not rounded.
    ("b / (d / 7)", "float", -11.2),
    ("div(x, mod(b, 2))", "int", None),
    ("round(x / (b - 2), 1)", "decimal(1)", None),
    # As floats both are a bit less.
    ("coalesce(d * -3.48, 0)", "decimal(4)", Decimal("4.35")),
    ("round(0.95 + 0.2, 2)", "decimal(2)", Decimal("1.15")),
    ("round(d * 3.48, 2)", "decimal(2)", Decimal("-4.35")),
    ("-a", "int", 7),
    ("a * 3 - b", "int", -23),
    ("abs(a)", "int", 7),
    ("sign(a)", "int", -1),
    ("round(x)", "int", 3),
    ("round(-x)", "int", -3),
    ("round(d, 1)", "decimal(1)", Decimal("-1.3")),
    ("trunc(d)", "int", -1),
    ("floor(d)", "int", -2),
    ("ceil(d)", "int", -1),
    ("d * a", "decimal(2)", Decimal("8.75")),
    ("power(b, 3)", "float", 8.0),
    ("sqrt(a)", "float", None),
    ("sqrt(b + 2)", "float", 2.0),
    ("ln(0)", "float", None),
    ("exp(0)", "float", 1.0),
    ("log10(100)", "float", 2.0),
    ("lower(t)", "text", " straße äb "),
    ("upper(u)", "text", "ÄB"),
    ("trim(t)", "text", "Straße ÄB"),
    ("left(u, 1)", "text", "Ä"),
    ("right(u, 1)", "text", "b"),
    ("right(u, 9)", "text", "Äb"),
    ("substr(t, 3, 2)", "text", "tr"),
    ("substr(t, 9)", "text", "ÄB "),
    # Two of the three letters stand before the first one.
    ("substr(t, -1, 3)", "text", " "),
    ("substr(u, a)", "text", "Äb"),
    ("substr(u, 2, a)", "text", ""),
    ("left(u, a)", "text", ""),
    ("right(u, a)", "text", ""),
    ("left(u, length(n))", "text", None),
    ('replace(u, "", "--")', "text", "Äb"),
    ('replace(u, "", n)', "text", None),
    ('position("", u)', "int", 1),
    ('replace(u, "b", "--")', "text", "Ä--"),
    ('concat(u, "!", text(a))', "text", "Äb!-7"),
    ("concat(u, n)", "text", None),
    ("length(u)", "int", 2),
    ('position("b", u)', "int", 2),
    ('position("z", u)', "int", 0),
    ("text(day)", "text", "2024-12-30"),
    ("text(b > 1)", "text", "true"),
    ('to_number("2.5")', "float", 2.5),
    ("date(at)", "date", dt.date(2024, 2, 29)),
    ("make_date(2023, b, 28)", "date", dt.date(2023, 2, 28)),
    ("make_date(2023, b, 29)", "date", None),
    ('extract("week", day)', "int", 1),
    ('extract("weekday", day)', "int", 1),
    ('extract("quarter", day)', "int", 4),
    ('extract("hour", at)', "int", 23),
    ('extract("second", at)', "int", 58),
    ('coalesce(n, "-")', "text", "-"),
    ("nullif(a, -7)", "int", None),
    ("if(is_null(n), a, b)", "int", -7),
    ("one_of(b, 1, 2)", "bool", True),
    ('starts_with(u, "Ä")', "bool", True),
    ("not (a < b and b >= 2)", "bool", False),
    ("tuple(n, b, u)", "text", '[null,"2","Äb"]'),
)


@pytest.fixture(scope="module")
def values(filler: Filler, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a database gives for each formula, over one row."""
    folder = tmp_path_factory.mktemp("values")
    columns = {"a": "int", "b": "int", "x": "float", "d": "decimal(2)", "t": "text", "u": "text", "n": "text"}
    columns |= {"day": "date", "at": "timestamp"}
    days = dt.date(2024, 12, 30), dt.datetime(2024, 2, 29, 23, 5, 58)
    row = (-7, 2, 2.5, Decimal("-1.25"), " Straße ÄB ", "Äb", None, *days)
    pl.DataFrame([row], list(columns), orient="row").with_columns(
        pl.col("n").cast(pl.String), pl.col("d").cast(pl.Decimal(38, 2)), pl.col("at").cast(pl.Datetime("us"))
    ).write_parquet(folder / "raw.parquet")
    names = {f"v{place}": (text, type_) for place, (text, type_, _) in enumerate(VALUES)}
    tables = {
        "raw": {"columns": columns},
        "made": {
            "key": ["a"],
            "columns": {"a": "int", **{name: type_ for name, (_, type_) in names.items()}},
            "from": {"table": "raw", "values": {name: text for name, (text, _) in names.items()}},
        },
    }
    one = {"table": "made", "levels": {"a": {"column": "a"}}, "hierarchies": {"h": {"levels": ["a"]}}}
    cube = {"table": "made", "links": {"one": {"column": "a"}}, "measures": {"rows": {"aggregate": "count"}}}
    document = {"format": 1, "name": "formulas", "tables": tables, "dimensions": {"one": one}, "cubes": {"made": cube}}
    model = parse_model(json.dumps(document))
    database = open_database(filler(model, folder, folder))
    made = next(table for table in model.tables if table.name == "made")
    statement = sa.select(*Tables(database, 60).clause(made).c)
    types = {column.name: column.type for column in made.columns}
    found = database.fetch(statement, types, Budget(Limits())).row(0, named=True)
    database.close()
    return {text: found[name] for name, (text, _) in names.items()}


def test_formulas_mean_the_same_in_every_database(values: dict[str, object]) -> None:
    expected = {text: value for text, _, value in VALUES}
    wrong = {text: (values[text], value) for text, value in expected.items() if not same(values[text], value)}
    assert not wrong


@pytest.mark.parametrize(
    ("text", "type_", "told"),
    [
        ("price / 3", "int", "more digits"),
        ("price * price", "decimal(2)", "more digits"),
        ("text(price)", "text", "differs"),
    ],
)
def test_what_a_load_would_complain_of_is_refused(text: str, type_: str, told: str, tmp_path: Path) -> None:
    """A database would round in silence."""
    document = json.loads(json.dumps(DOCUMENT))
    document["tables"]["sale"]["columns"]["more"] = type_
    document["tables"]["sale"]["from"]["values"]["more"] = text
    model = parse_model(json.dumps(document))
    for name, frame in SOURCE.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    database = open_database(fill("duckdb", model, tmp_path, tmp_path))
    with pytest.raises(CapabilityError, match=told):
        Tables(database, 60).clause(next(table for table in model.tables if table.name == "sale"))
    database.close()

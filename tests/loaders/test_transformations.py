"""What a table of the model may say of its rows; the right values are written out by hand."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cube_server.errors import ModelError, SourceError
from cube_server.model.read import parse_model
from cube_server.warehouse.rejects import REFUSED, read_rejects
from cube_server.warehouse.retention import Retention
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import LoadReport, load
from loaders.report import TableReport
from loaders.retiring import retire_snapshots

Part = dict[str, Any]


def document(sale: Part, **tables: Part) -> Part:
    """Give a model of one table of facts."""
    return {
        "format": 1,
        "name": "shop",
        "tables": {"sale": sale, "item": {"key": ["id"], "columns": {"id": "text"}}, **tables},
        "dimensions": {
            "item": {"table": "item", "levels": {"item": {"column": "id"}}, "hierarchies": {"h": {"levels": ["item"]}}}
        },
        "cubes": {
            "sales": {
                "table": "sale",
                "links": {"item": {"column": "item"}},
                "measures": {"lines": {"aggregate": "count"}},
            }
        },
    }


def loaded(folder: Path, sale: Part, text: str, *, allow_hooks: bool = False) -> LoadReport:
    """Load a CSV file as the facts."""
    (folder / "sale.csv").write_text(text, encoding="utf-8")
    (folder / "item.csv").write_text("id\na\nb\n", encoding="utf-8")
    return load(parse_model(json.dumps(document(sale))), str(folder), folder / "warehouse", allow_hooks=allow_hooks)


def column(folder: Path, name: str) -> list[Any]:
    """Give a column of the facts."""
    return Warehouse(folder / "warehouse").latest().table("sale").read([name])[name].to_list()


def account(report: LoadReport) -> TableReport:
    return next(table for table in report.accounts if table.table == "sale")


MADE: dict[str, tuple[Part, list[str | None], list[Any]]] = {
    "another name": ({"type": "text", "from": "x"}, ["k", None], ["k", None]),
    "trimmed": ({"type": "text", "from": "x", "trim": True}, ["  k\t", "   "], ["k", None]),
    "folded": ({"type": "text", "from": "x", "case": "upper"}, ["aé", "B"], ["AÉ", "B"]),
    "split": ({"type": "int", "from": "x", "split": {"at": "-", "part": 2}}, ["a-7-b", "a"], [7, None]),
    "mapped": (
        {"type": "text", "from": "x", "map": {"EIRE": "Ireland", "n/a": None}},
        ["EIRE", "n/a", "UK"],
        ["Ireland", None, "UK"],
    ),
    "mapped to a bool": ({"type": "bool", "from": "x", "map": {"Y": True, "N": False}}, ["Y", "N"], [True, False]),
    "others are null": ({"type": "int", "from": "x", "map": {"low": 1}, "others": "null"}, ["low", "high"], [1, None]),
    "decimal comma": (
        {"type": "decimal(2)", "from": "x", "decimal": ",", "thousands": "."},
        ["1.234,5", "-0,05"],
        [Decimal("1234.50"), Decimal("-0.05")],
    ),
    "thousands": ({"type": "int", "from": "x", "thousands": ","}, ["1,234,567", "12"], [1234567, 12]),
    "a whole number with a point": ({"type": "int", "from": "x", "decimal": "."}, ["17850.0", "7"], [17850, 7]),
    "a date's format": ({"type": "date", "from": "x", "format": "%d/%m/%Y"}, ["31/12/2017"], [dt.date(2017, 12, 31)]),
    "one of two formats": (
        {"type": "timestamp", "from": "x", "format": ["%d/%m/%Y %H:%M", "%Y%m%d"]},
        ["31/12/2017 23:59", "20180101"],
        [dt.datetime(2017, 12, 31, 23, 59), dt.datetime(2018, 1, 1)],
    ),
    "from one zone to another": (
        {"type": "timestamp", "from": "x", "zone": {"from": "UTC", "to": "America/New_York"}},
        ["2017-12-31 23:00:00", "2017-07-01 03:00:00"],
        [dt.datetime(2017, 12, 31, 18), dt.datetime(2017, 6, 30, 23)],
    ),
    "an offset of its own": (
        {"type": "timestamp", "from": "x", "format": "%Y-%m-%dT%H:%M:%S%z", "zone": {"to": "Europe/London"}},
        ["2017-07-01T12:00:00+0200"],
        [dt.datetime(2017, 7, 1, 11)],
    ),
    "a default": ({"type": "int", "from": "x", "default": 0}, ["5", None], [5, 0]),
    "computed": ({"type": "decimal(2)", "value": "price * 2"}, [None], [Decimal("3.00")]),
    "a classification": (
        {
            "type": "text",
            "cases": [
                {"when": 'starts_with(x, "C")', "value": "cancelled"},
                {"when": 'one_of(x, "F", "G")', "value": "fee"},
            ],
            "else": "sale",
        },
        ["C1", "F", None],
        ["cancelled", "fee", "sale"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_a_column_is_made(name: str, tmp_path: Path) -> None:
    made, given, expected = MADE[name]
    rows = [f"a,{i},1.50,{'' if value is None else chr(34) + value + chr(34)}" for i, value in enumerate(given)]
    columns = {"item": "text", "n": "int", "price": "decimal(2)", "x": "text", "made": made}
    report = loaded(tmp_path, {"columns": columns}, "\n".join(["item,n,price,x", *rows]) + "\n")
    assert column(tmp_path, "made") == expected
    assert (account(report).read, account(report).loaded) == (len(given), len(given))


WRONG: dict[str, tuple[Part, str]] = {
    "a letter between groups": ({"type": "int", "from": "x", "thousands": ","}, "1,23"),
    "a fraction": ({"type": "int", "from": "x", "decimal": "."}, "1.5"),
    "a point for a comma": ({"type": "decimal(2)", "from": "x", "decimal": ","}, "1.5"),
    "not a day": ({"type": "date", "from": "x", "format": "%d/%m/%Y"}, "31/02/2017"),
    "an hour that was skipped": (
        {"type": "timestamp", "from": "x", "zone": {"from": "Europe/London", "to": "UTC"}},
        "2017-03-26 01:30:00",
    ),
    "not in the map": ({"type": "text", "from": "x", "map": {"a": "b"}, "others": "reject"}, "c"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_told_and_not_guessed(name: str, tmp_path: Path) -> None:
    made, value = WRONG[name]
    sale = {"columns": {"item": "text", "made": made}}
    with pytest.raises(SourceError) as caught:
        loaded(tmp_path, sale, f'item,x\na,"{value}"\n')
    assert f"sale.csv, row 1 (line 2), column made: {value!r} is not of type" in str(caught.value)
    assert read_rejects(tmp_path / "warehouse", REFUSED)["value"].to_list() == [value]


PLAIN = {"item": "text", "n": "int", "m": "int"}


def test_rows_are_filtered_and_a_wrong_value_elsewhere_does_not_matter(tmp_path: Path) -> None:
    sale = {"columns": PLAIN, "where": 'item != "Total"'}
    report = loaded(tmp_path, sale, "item,n,m\na,1,1\nTotal,sum,2\nb,3,3\n,4,4\n")
    assert column(tmp_path, "n") == [1, 3]
    assert (account(report).filtered, account(report).rejected) == ({"where": 2}, 0)


@pytest.mark.parametrize(("keep", "left"), [("first", [1, 3]), ("last", [2, 3])])
def test_one_of_several_rows_of_a_key_is_kept(keep: str, left: list[int], tmp_path: Path) -> None:
    sale = {"key": ["item"], "columns": PLAIN, "duplicates": {"keep": keep, "by": ["m"]}}
    report = loaded(tmp_path, sale, "item,n,m\na,2,9\na,1,3\nb,3,1\na,2,9\n")
    assert sorted(column(tmp_path, "n")) == left
    assert (account(report).deduplicated, account(report).loaded) == (2, 2)


RULES: list[Part] = [
    {"name": "type", "threshold": 1},
    {"name": "key", "threshold": "50%"},
    {"name": "unique", "threshold": 1},
    {"name": "positive", "condition": "m >= 0", "threshold": 1},
    {"name": "known item", "column": "item", "in": "item", "threshold": 1},
]
DIRTY = "item,n,m\na,1,1\na,one,2\n,3,3\na,1,4\na,5,-5\nz,6,6\n"


def test_rows_that_break_a_rule_are_rejected_and_written_down(tmp_path: Path) -> None:
    report = loaded(tmp_path, {"key": ["n"], "columns": PLAIN, "rules": RULES}, DIRTY.replace(",3,3", ",,3"))
    assert column(tmp_path, "m") == [1]
    sale = account(report)
    assert (sale.read, sale.loaded, sale.rejected) == (6, 1, 5)
    assert sale.broken == {"type": 1, "key": 1, "unique": 1, "positive": 1, "known item": 1}
    found = read_rejects(tmp_path / "warehouse", report.snapshot).sort("row")
    assert found.select("row", "line", "rule", "column").rows() == [
        (2, 3, "type", "n"),
        (3, 4, "key", "n"),
        (4, 5, "unique", "n"),
        (5, 6, "positive", None),
        (6, 7, "known item", "item"),
    ]
    assert found["value"].to_list() == ["one", None, "1", '{"item":"a","n":"5","m":"-5"}', "z"]
    recorded = next(table for table in report.tables if table.name == "sale")
    assert (recorded.rows_read, recorded.rows_loaded, recorded.rows_rejected) == (6, 1, 5)


FITTING = "item,n,price,x\na,1,1.50,k\nb,2\n\na,3,1.50,k,l,m\nb,4,2.50,k\n"


def test_rows_with_another_number_of_fields_are_rejected_with_their_text(tmp_path: Path) -> None:
    columns = {"item": "text", "n": "int"}
    with pytest.raises(SourceError, match=r"row 2 \(line 3\): The row has 2 fields, the header has 4"):
        loaded(tmp_path, {"columns": columns}, FITTING)
    assert read_rejects(tmp_path / "warehouse", REFUSED).height == 2
    report = loaded(tmp_path, {"columns": columns, "rules": [{"name": "fields", "threshold": "50%"}]}, FITTING)
    assert column(tmp_path, "n") == [1, 4]
    assert (account(report).read, account(report).rejected, account(report).broken) == (4, 2, {"fields": 2})
    found = read_rejects(tmp_path / "warehouse", report.snapshot).sort("row")
    assert found.select("source", "row", "line", "rule", "column", "value").rows() == [
        ("sale.csv", 2, 3, "fields", None, "b,2"),
        ("sale.csv", 3, 5, "fields", None, "a,3,1.50,k,l,m"),
    ]


def test_rejects_are_removed_with_their_snapshot(tmp_path: Path) -> None:
    sale = {"key": ["n"], "columns": PLAIN, "rules": RULES}
    first = loaded(tmp_path, sale, DIRTY)
    second = loaded(tmp_path, sale, DIRTY)
    warehouse = Warehouse(tmp_path / "warehouse")
    retire_snapshots(warehouse, Retention(newest=1, grace=dt.timedelta(0)))
    assert read_rejects(warehouse.root, first.snapshot).height == 0
    assert read_rejects(warehouse.root, second.snapshot).height == 4


@pytest.mark.parametrize("rule", ["type", "unique", "positive", "known item"])
def test_one_more_than_the_threshold_refuses_the_load(rule: str, tmp_path: Path) -> None:
    rules = [{**each, "threshold": 0} if each["name"] == rule else each for each in RULES]
    with pytest.raises(SourceError, match="1 mistake"):
        loaded(tmp_path, {"key": ["n"], "columns": PLAIN, "rules": rules}, DIRTY)
    assert read_rejects(tmp_path / "warehouse", REFUSED).height == 4
    assert Warehouse(tmp_path / "warehouse").snapshots() == ()


def test_rows_that_are_equal_become_one_with_totals(tmp_path: Path) -> None:
    sale = {"columns": {"item": "text", "n": "int"}, "source": "sale"}
    counted = {
        "columns": {"item": "text", "rows": "int", "sum": "int", "most": "int"},
        "from": {
            "table": "line",
            "totals": {
                "rows": {"aggregate": "count"},
                "sum": {"aggregate": "sum", "formula": "n"},
                "most": {"aggregate": "max", "formula": "n"},
            },
        },
    }
    (tmp_path / "sale.csv").write_text("item,n\na,1\nb,5\na,2\na,\n", encoding="utf-8")
    (tmp_path / "item.csv").write_text("id\na\n", encoding="utf-8")
    load(parse_model(json.dumps(document(counted, line=sale))), str(tmp_path), tmp_path / "warehouse")
    stored = Warehouse(tmp_path / "warehouse").latest().table("sale").read(["rows", "sum", "most"])
    assert sorted(stored.rows()) == [(1, 5, 5), (3, 3, 2)]


def mended(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Double `n`, leave out its zeros, reject what is negative."""
    wrong = rows.filter(pl.col("n") < 0)
    rejects = wrong.select("_row", rule=pl.lit("no debts"), column=pl.lit("n"), value=pl.col("n").cast(pl.String))
    return rows.filter(pl.col("n") > 0).with_columns(pl.col("n") * 2), rejects


def test_a_function_in_python_changes_and_rejects_rows(tmp_path: Path) -> None:
    hook = f"{__name__}:mended"
    sale = {"columns": PLAIN, "hook": hook, "rules": [{"name": "no debts", "threshold": 1}]}
    text = "item,n,m\na,1,1\na,0,2\na,-7,3\n"
    with pytest.raises(SourceError, match="running code is not allowed"):
        loaded(tmp_path, sale, text)
    report = loaded(tmp_path, sale, text, allow_hooks=True)
    assert column(tmp_path, "n") == [2]
    assert (account(report).filtered, account(report).broken) == ({hook: 1}, {"no debts": 1})
    assert read_rejects(tmp_path / "warehouse", report.snapshot).select("line", "value").rows() == [(4, "-7")]


def test_a_hook_that_is_not_there_or_fails(tmp_path: Path) -> None:
    for hook in ("nowhere_at_all:mend", f"{__name__}:nothing", f"{__name__}:account"):
        with pytest.raises(SourceError, match=r"The hook|wants to run"):
            loaded(tmp_path, {"columns": PLAIN, "hook": hook}, "item,n,m\na,1,1\n", allow_hooks=True)


def test_the_report_counts_what_the_model_asks_for(tmp_path: Path) -> None:
    counts = {
        "rows": {"rows": "all"},
        "repeated": {"rows": "repeated"},
        "items": {"distinct": "item"},
        "items with several m": {"several": "m", "of": "item"},
        "largest n of a": {"max": "n", "where": 'item = "a"'},
    }
    report = loaded(tmp_path, {"columns": PLAIN, "report": counts}, "item,n,m\na,1,1\na,1,1\na,2,5\nb,9,1\n,1,1\n")
    assert account(report).counts == {
        "rows": 5,
        "repeated": 1,
        "items": 2,
        "items with several m": 1,
        "largest n of a": 2,
    }


MISTAKES: dict[str, tuple[Part, str, str]] = {
    "a field of a column": ({"columns": {"item": {"type": "text", "tirm": True}}}, "/columns/item/tirm", "'trim'"),
    "a type": ({"columns": {"item": "txt"}}, "/columns/item", "pattern"),
    "a column in a formula": ({"columns": {**PLAIN, "x": {"type": "int", "value": "nn"}}}, "/columns/x/value", "'n'"),
    "a circle": (
        {"columns": {"item": "text", "x": {"type": "int", "value": "y"}, "y": {"type": "int", "value": "x"}}},
        "/columns",
        "computed of themselves",
    ),
    "a zone": (
        {"columns": {"item": "text", "t": {"type": "timestamp", "zone": {"to": "Europe/Londn"}}}},
        "/columns/t/zone/to",
        "Europe/London",
    ),
    "a format of a number": (
        {"columns": {"item": {"type": "text", "format": "%d"}}},
        "/columns/item/format",
        "Only a date",
    ),
    "a default of another type": (
        {"columns": {"item": "text", "n": {"type": "int", "default": "x"}}},
        "/columns/n/default",
        "int",
    ),
    "a condition that is none": ({"columns": PLAIN, "where": "n + 1"}, "/where", "condition"),
    "a rule that says nothing": ({"columns": PLAIN, "rules": [{"name": "x"}]}, "/rules/0", "says nothing"),
    "a rule about no table": (
        {"columns": PLAIN, "rules": [{"name": "x", "column": "item", "in": "itm"}]},
        "/rules/0/in",
        "'item'",
    ),
    "a key of duplicates": ({"columns": PLAIN, "duplicates": {"of": ["itm"]}}, "/duplicates/of", "'item'"),
    "a count of nothing": ({"columns": PLAIN, "report": {"x": {}}}, "/report/x", "what is counted"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_name_their_place_and_what_is_nearest(name: str) -> None:
    sale, place, told = MISTAKES[name]
    with pytest.raises(ModelError) as caught:
        parse_model(json.dumps(document(sale)))
    found = {issue.place: str(issue) for issue in caught.value.issues}
    assert told in found[f"/tables/sale{place}"]

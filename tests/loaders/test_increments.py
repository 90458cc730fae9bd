"""Loading in pieces, each case worked out by hand."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cube_server.errors import ModelError, SettingsError, SourceError
from cube_server.model.read import parse_model
from cube_server.model.tables import Mode
from cube_server.warehouse.manifest import TableManifest
from cube_server.warehouse.store import Warehouse
from loaders.modes import How
from loaders.periods import parse_period
from loaders.pipeline import load
from tests.loaders import days
from tests.loaders.days import DAYS, Sale

JANUARY: list[Sale] = [(1, 1, "2024-01-05", 100), (2, 2, "2024-01-31", 200)]
FEBRUARY: list[Sale] = [(3, 1, "2024-02-01", 400), (4, 9, "2024-02-29", 800)]


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """January and February, a file each; product 9 has no row."""
    root = tmp_path / "warehouse"
    source = days.write(tmp_path / "first", sales=JANUARY, products={1: "food", 2: "goods"}, days=DAYS)
    days.increment(source, root, "full")
    days.increment(days.write(tmp_path / "february", sales=FEBRUARY), root)
    return root


def sale(root: Path) -> TableManifest:
    return Warehouse(root).latest().manifest.tables["sale"]


def rows(root: Path) -> dict[int, tuple[Any, ...]]:
    """Give kind, day and cents of each sale."""
    snapshot = Warehouse(root).latest()
    kinds = snapshot.table("product").read(["kind", "_status"]).rows()
    dates = snapshot.table("day").read(["day"])["day"].to_list()
    found = snapshot.table("sale").read(["id", "product@product", "day@time", "amount"]).rows()
    return {
        id: (
            kinds[product] if product is not None else None,
            None if day is None else str(dates[day]),
            int(amount * 100),
        )
        for id, product, day, amount in found
    }


def test_an_append_writes_one_file_and_leaves_the_others(warehouse: Path, tmp_path: Path) -> None:
    before = sale(warehouse).files
    assert [(file.load, file.time and (file.time.first, file.time.last)) for file in before] == [
        ("000001", ("2024-01-05", "2024-01-31")),
        ("000002", ("2024-02-01", "2024-02-29")),
    ]
    late: list[Sale] = [(5, 2, "2024-01-01", 1600)]
    report = days.increment(days.write(tmp_path / "late", sales=late), warehouse)
    assert sale(warehouse).files[:2] == before
    assert len(sale(warehouse).files) == 3
    assert rows(warehouse)[5] == (("goods", 0), "2024-01-01", 1600)
    assert sale(warehouse).columns["amount"].magnitude == 100 + 200 + 400 + 800 + 1600
    done = {table.name: table for table in report.tables}
    assert (done["sale"].mode, done["sale"].rows_read, done["sale"].files_written) == ("append", 1, 1)
    assert (done["product"].mode, done["product"].rows_read, done["product"].files_written) == ("left", 0, 0)
    assert report.rows["sale"] == 5


def test_the_same_file_twice_changes_nothing(warehouse: Path, tmp_path: Path) -> None:
    report = days.increment(str(tmp_path / "february"), warehouse)
    assert not report.is_new
    assert report.snapshot == "000002"
    assert Warehouse(warehouse).latest_id() == "000002"
    (content,) = next(table for table in report.tables if table.name == "sale").contents
    assert (content.name, content.skipped) == ("sale.csv", "000002")
    # That of the first, full load too.
    assert not days.increment(str(tmp_path / "first"), warehouse).is_new


def test_of_a_folder_that_grows_only_new_files_are_read(warehouse: Path, tmp_path: Path) -> None:
    source = tmp_path / "grows"
    for name, piece in (("a", FEBRUARY), ("b", [(5, 1, "2024-03-01", 1)])):
        days.write(tmp_path / name, sales=piece)
        (source / "sale").mkdir(parents=True, exist_ok=True)
        shutil.copy(tmp_path / name / "sale.csv", source / "sale" / f"{name}.csv")
    # A third file is the second again.
    shutil.copy(tmp_path / "b" / "sale.csv", source / "sale" / "c.csv")
    report = days.increment(str(source), warehouse)
    done = next(table for table in report.tables if table.name == "sale")
    assert done.rows_read == 1
    told = {content.name: content.skipped for content in done.contents}
    assert told == {"sale/a.csv": "000002", "sale/b.csv": None, "sale/c.csv": "000003"}
    assert set(rows(warehouse)) == {1, 2, 3, 4, 5}


def test_files_that_were_loaded_are_loaded_again_if_that_is_said(warehouse: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"The key id='3' is loaded already. Load by upsert"):
        days.increment(str(tmp_path / "february"), warehouse, again=True)
    assert days.increment(str(tmp_path / "february"), warehouse, "upsert", again=True).is_new
    assert set(rows(warehouse)) == {1, 2, 3, 4}


def test_an_upsert_rewrites_only_the_file_that_has_the_row(warehouse: Path, tmp_path: Path) -> None:
    january, february = sale(warehouse).files
    changed: list[Sale] = [(3, 2, "2024-02-02", 401), (5, 1, "2024-03-01", 1)]
    report = days.increment(days.write(tmp_path / "changed", sales=changed), warehouse, "upsert")
    assert january in sale(warehouse).files
    assert february not in sale(warehouse).files
    assert rows(warehouse)[3] == (("goods", 0), "2024-02-02", 401)
    assert set(rows(warehouse)) == {1, 2, 3, 4, 5}
    assert next(table for table in report.tables if table.name == "sale").rows_removed == 1
    # The same again right after changes nothing; after another load of the same row it is the last word.
    assert not days.increment(str(tmp_path / "changed"), warehouse, "upsert").is_new
    days.increment(days.write(tmp_path / "other", sales=[(3, 1, "2024-02-02", 7)]), warehouse, "upsert")
    assert days.increment(str(tmp_path / "changed"), warehouse, "upsert").is_new
    assert rows(warehouse)[3] == (("goods", 0), "2024-02-02", 401)


def test_a_period_is_replaced_and_nothing_else(warehouse: Path, tmp_path: Path) -> None:
    january, _ = sale(warehouse).files
    new: list[Sale] = [(6, 1, "2024-02-10", 5)]
    days.replace(days.write(tmp_path / "new", sales=new), warehouse, parse_period("2024-02"))
    assert rows(warehouse) == {
        1: (("food", 0), "2024-01-05", 100),
        2: (("goods", 0), "2024-01-31", 200),
        6: (("food", 0), "2024-02-10", 5),
    }
    assert january in sale(warehouse).files
    days.replace(days.write(tmp_path / "none", sales=[]), warehouse, parse_period("2024-01-06..2024-02-10"))
    assert set(rows(warehouse)) == {1}


def test_without_a_period_the_days_are_replaced_that_the_source_covers(warehouse: Path, tmp_path: Path) -> None:
    new: list[Sale] = [(6, 1, "2024-01-31", 5), (7, 1, "2024-02-02", 6)]
    days.replace(days.write(tmp_path / "new", sales=new), warehouse)
    assert set(rows(warehouse)) == {1, 4, 6, 7}


@pytest.mark.parametrize("day", ["2024-03-01", None])
def test_a_fact_outside_of_the_period_refuses_the_load(warehouse: Path, tmp_path: Path, day: str | None) -> None:
    new: list[Sale] = [(6, 1, "2024-02-10", 5), (7, 1, day, 6)]
    with pytest.raises(
        SourceError, match=r"1 mistake.\n.*sale, column day: A fact of .* is not in 2024-02-01..2024-02-29"
    ):
        days.replace(days.write(tmp_path / "new", sales=new), warehouse, parse_period("2024-02"))
    assert Warehouse(warehouse).latest_id() == "000002"


def test_dimensions_take_new_and_changed_rows_and_keep_the_others(warehouse: Path, tmp_path: Path) -> None:
    assert rows(warehouse)[4][0] == (None, 1), "product 9 is unknown"
    days.increment(days.write(tmp_path / "products", products={9: "food", 2: "food"}), warehouse)
    kinds = {id: row[0] for id, row in rows(warehouse).items()}
    assert kinds == {1: ("food", 0), 2: ("food", 0), 3: ("food", 0), 4: ("food", 0)}
    # A full load of the dimension has all there is: 1 and 9 are unknown then, for facts have them.
    how = How(modes={"product": Mode.FULL})
    load(days.model(), days.write(tmp_path / "two", products={2: "goods"}), warehouse, how=how)
    assert {row[0] for row in rows(warehouse).values()} == {("goods", 0), (None, 1)}


def test_modes_of_the_model_hold_unless_others_are_asked_for(warehouse: Path, tmp_path: Path) -> None:
    model = days.model(sale="append", product="upsert", day="upsert")
    source = days.write(tmp_path / "more", sales=[(5, 1, "2024-03-01", 1)])
    assert set(load(model, source, warehouse).rows.items()) >= {("sale", 5), ("product", 3)}
    assert not load(model, source, warehouse).is_new
    load(
        model,
        days.write(tmp_path / "one", sales=[(5, 1, "2024-03-01", 2)]),
        warehouse,
        how=How(modes={"sale": Mode.FULL}),
    )
    assert set(rows(warehouse)) == {5}


def test_a_full_load_needs_all_tables_and_is_always_a_snapshot(warehouse: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"There is no product.csv"):
        days.increment(str(tmp_path / "february"), warehouse, "full")
    assert days.increment(str(tmp_path / "first"), warehouse, "full").snapshot == "000003"
    assert days.increment(str(tmp_path / "first"), warehouse, "full").snapshot == "000004"


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (How(modes={"sales": Mode.APPEND}), "There is no table 'sales' to load. Did you mean 'sale'?"),
        (How(modes={"product": Mode.APPEND}), "A dimension is loaded by full or upsert, not append."),
        (How(modes={"": Mode.APPEND}, period=parse_period("2024")), "No table is loaded by replace."),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(
    warehouse: Path, tmp_path: Path, how: How, message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(days.model(), str(tmp_path / "february"), warehouse, how=how)
    assert message in str(caught.value)


def test_an_upsert_needs_a_key_in_the_model() -> None:
    document = json.loads(json.dumps(days.DOCUMENT))
    document["tables"]["sale"] |= {"key": [], "load": {"mode": "upsert"}}
    with pytest.raises(
        ModelError, match="/tables/sale/load/mode: Rows are replaced by their key, but the table has none"
    ):
        parse_model(json.dumps(document))


def test_a_table_whose_columns_changed_must_be_loaded_in_full(warehouse: Path, tmp_path: Path) -> None:
    document = json.loads(json.dumps(days.DOCUMENT))
    document["tables"]["sale"]["columns"]["amount"] = "decimal(3)"
    source = days.write(tmp_path / "more", sales=[(5, 1, "2024-03-01", 1)])
    with pytest.raises(
        SourceError, match=r"The columns of 'sale' have changed since it was loaded last. Load it in full"
    ):
        load(parse_model(json.dumps(document)), source, warehouse, how=How(modes={"": Mode.APPEND}))


def test_a_warehouse_of_format_1_is_gone_on_with(warehouse: Path, tmp_path: Path) -> None:
    path = Warehouse(warehouse).layout.manifest("000002")
    document = json.loads(path.read_text())
    document["format"] = 1
    for table in document["tables"].values():
        del table["contents"]
        for file in table["files"]:
            for name in ("load", "time", "columns"):
                del file[name]
    path.write_text(json.dumps(document))
    days.increment(days.write(tmp_path / "more", sales=[(3, 1, "2024-02-01", 1)]), warehouse, "upsert")
    assert set(rows(warehouse)) == {1, 2, 3, 4}
    assert [file.time and file.time.first for file in sale(warehouse).files] == [
        "2024-01-05",
        "2024-02-29",
        "2024-02-01",
    ]


def test_rows_of_a_database_that_were_appended_are_not_appended_twice(warehouse: Path, tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as connection:
        connection.execute("create table sale (id int, product int, day text, amount text)")
        connection.execute("insert into sale values (5, 1, '2024-03-01', '1.00')")
    connection.close()
    report = days.increment(f"sqlite:///{file}", warehouse)
    assert report.rows["sale"] == 5
    again = days.increment(f"sqlite:///{file}", warehouse)
    assert not again.is_new
    (content,) = next(table for table in again.tables if table.name == "sale").contents
    assert (content.name, content.skipped) == ("rows of sale", "000003")


def test_of_a_table_with_a_watermark_only_what_is_new_is_read(tmp_path: Path) -> None:
    document = json.loads(json.dumps(days.DOCUMENT))
    document["tables"]["sale"] |= {"source": {"table": "sale", "watermark": "day"}, "load": {"mode": "upsert"}}
    model, file, root = parse_model(json.dumps(document)), tmp_path / "shop.db", tmp_path / "warehouse"
    with sqlite3.connect(file) as connection:
        connection.execute("create table sale (id int, product int, day text, amount text)")
        connection.execute("create table product (id int, kind text)")
        connection.execute("create table day (day text, month text)")
        connection.executemany("insert into day values (?, ?)", [(day, day[:7]) for day in DAYS])
        connection.executemany("insert into sale values (?, 1, ?, '1.00')", [(1, "2024-01-01"), (2, "2024-01-02")])
        connection.commit()
        load(model, f"sqlite:///{file}", root)
        connection.executemany("insert into sale values (?, 1, ?, '1.00')", [(3, "2024-01-02"), (4, "2024-01-03")])
        connection.commit()
        report = load(model, f"sqlite:///{file}", root)
    connection.close()
    # Those of the last day that is there, and what came after it.
    assert next(table for table in report.tables if table.name == "sale").rows_read == 3
    assert set(rows(root)) == {1, 2, 3, 4}


def test_many_small_loads_are_put_together(warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loaders.increments.MOST_SMALL", 4)
    for number, day in enumerate(["2024-03-03", "2024-03-01", "2024-03-02"], 10):
        days.increment(days.write(tmp_path / str(number), sales=[(number, 1, day, 1)]), warehouse)
    files = sale(warehouse).files
    assert [file.rows for file in files] == [6, 1]
    order = Warehouse(warehouse).latest().table("sale").read_file(files[0], ["id"])["id"].to_list()
    assert order == [1, 2, 3, 4, 11, 10]
    assert set(rows(warehouse)) == {1, 2, 3, 4, 10, 11, 12}


def test_a_day_reads_no_file_that_is_there(warehouse: Path, tmp_path: Path) -> None:
    for file in sale(warehouse).files:
        (warehouse / file.path).chmod(0)
    if os.access(warehouse / sale(warehouse).files[0].path, os.R_OK):
        for file in sale(warehouse).files:
            (warehouse / file.path).write_bytes(b"unreadable")
    report = days.increment(days.write(tmp_path / "day", sales=[(5, 1, "2024-03-01", 1)]), warehouse)
    assert report.is_new


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2024", "2024-01-01..2024-12-31"),
        ("2024-Q1", "2024-01-01..2024-03-31"),
        ("2024-02", "2024-02-01..2024-02-29"),
        ("2024-02-29", "2024-02-29..2024-02-29"),
        ("2023-12..2024-01-02", "2023-12-01..2024-01-02"),
    ],
)
def test_periods(text: str, shown: str) -> None:
    assert str(parse_period(text)) == shown


@pytest.mark.parametrize("text", ["", "March", "2024-13", "2023-02-29", "2024-02..2024-01", "2024-Q5", "24-01", "0000"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no period|ends before"):
        parse_period(text)

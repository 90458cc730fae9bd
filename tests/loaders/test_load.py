"""What a load makes of the shop, worked out by hand, from each kind of source."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from cube_server.warehouse.store import Warehouse
from loaders.facts import LinkCount
from loaders.pipeline import load
from tests.loaders import shop

SOURCES: dict[str, Callable[[shop.Frames, Path], str]] = {
    "csv": shop.write_csv,
    "parquet": shop.write_parquet,
    "sqlite": shop.write_sqlite,
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return SOURCES[request.param](shop.frames(), tmp_path / "source")


def test_dimensions_have_surrogate_keys_and_inferred_rows(source: str, tmp_path: Path) -> None:
    load(shop.model(), source, tmp_path / "warehouse")
    snapshot = Warehouse(tmp_path / "warehouse").latest()
    assert shop.rows(snapshot, "product") == [
        (10, 'Pot "large"', "Goods", 2, Decimal("20.00"), 0, 0),
        (20, "Two\nlines", "Goods", 2, None, 1, 0),
        (30, "Tea, green", "Food", 1, Decimal("3.50"), 2, 0),
        (99, None, None, None, None, 3, 1),
    ]
    assert shop.rows(snapshot, "customer") == [
        ("Ann", "Oslo", 0, 0),
        ("Böb", None, 1, 0),
        ("Zoe", None, 2, 1),
    ]
    # 20250101 occurs only as a ship date.
    assert shop.rows(snapshot, "day")[-1] == (20250101, None, None, 3, 1)


def test_facts_link_by_surrogate_keys_and_are_sorted_by_the_first_time_link(source: str, tmp_path: Path) -> None:
    load(shop.model(), source, tmp_path / "warehouse")
    sale = Warehouse(tmp_path / "warehouse").latest().table("sale")
    assert sale.manifest.sorted_by == "ordered@time"
    assert list(sale.columns) == [
        "sale_id", "product_id@product", "customer@customer", "ordered@time", "shipped@time",
        "at", "amount", "weight", "online", "note",
    ]  # fmt: skip
    noon = datetime(2024, 1, 2, 0, 0, 0, 500_000)
    assert sale.read(list(sale.columns)).rows() == [
        (2, 2, 0, 0, 2, None, Decimal("3.50"), None, False, None),
        (5, 3, None, 0, 0, noon, None, 3.0, True, "é"),
        (1, 0, 1, 1, 2, datetime(2024, 1, 1, 9, 30), Decimal("20.00"), 1.5, True, "x"),
        (3, 3, 2, 1, None, noon, Decimal("-1.25"), 0.1, None, "a|b;c"),
        (6, 1, 0, 2, 3, noon, Decimal("7.00"), 1e-9, False, "=1+1"),
        (4, None, 0, None, None, noon, Decimal("0.10"), 2.0, True, "  padded "),
    ]


def test_stored_types_are_those_that_readers_rely_on(source: str, tmp_path: Path) -> None:
    load(shop.model(), source, tmp_path / "warehouse")
    snapshot = Warehouse(tmp_path / "warehouse").latest()
    columns = ["sale_id", "ordered@time", "at", "amount", "weight", "online", "note"]
    assert snapshot.table("sale").read(columns).dtypes == [
        pl.Int64, pl.Int32, pl.Datetime("us"), pl.Decimal(18, 2), pl.Float64, pl.Boolean, pl.String,
    ]  # fmt: skip
    assert snapshot.table("day").read(["day", "_key", "_status"]).dtypes == [pl.Date, pl.Int32, pl.Int8]


def test_the_report_counts_unknown_and_null_keys(source: str, tmp_path: Path) -> None:
    report = load(shop.model(), source, tmp_path / "warehouse")
    assert report.snapshot == "000001"
    assert report.rows == {"product": 4, "customer": 3, "day": 4, "sale": 6}
    assert {link.column: link.count for link in report.links} == {
        "product_id": LinkCount(unknown_keys=1, unknown_rows=2, null_rows=1),
        "customer": LinkCount(unknown_keys=1, unknown_rows=1, null_rows=1),
        "ordered": LinkCount(unknown_keys=0, unknown_rows=0, null_rows=1),
        "shipped": LinkCount(unknown_keys=1, unknown_rows=1, null_rows=2),
    }


def test_the_manifest_describes_the_columns(source: str, tmp_path: Path) -> None:
    load(shop.model(), source, tmp_path / "warehouse")
    tables = Warehouse(tmp_path / "warehouse").latest().manifest.tables
    amount = tables["sale"].columns["amount"]
    assert (amount.type, amount.nulls, amount.minimum, amount.maximum) == ("decimal(2)", 1, "-1.25", "20.00")
    assert amount.magnitude == 2000 + 350 + 125 + 10 + 700
    day = tables["day"].columns["day"]
    assert (day.nulls, day.minimum, day.maximum, day.magnitude) == (1, "2024-01-01", "2024-01-03", None)
    assert tables["sale"].columns["at"].maximum == "2024-01-02T00:00:00.500000"


def test_each_file_of_facts_knows_its_rows_its_time_and_its_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loaders.reading.ROWS_PER_RUN", 2)
    source = shop.write_parquet(shop.frames(), tmp_path / "source")
    load(shop.model(), source, tmp_path / "warehouse")
    more = shop.frames()["sale"].vstack(shop.frames()["sale"][5:].with_columns(sale_id=pl.lit(7, pl.Int64)))
    load(shop.model(), shop.write_parquet({"sale": more}, tmp_path / "source"), tmp_path / "warehouse")
    files = Warehouse(tmp_path / "warehouse").latest().table("sale").manifest.files
    # A file for each two rows of the source: sales 1 and 2, 3 and 4 (whose day is null), 5 and 6, and 7.
    assert [(file.rows, file.load) for file in files] == [(2, "000001"), (2, "000001"), (2, "000001"), (1, "000002")]
    days = [file.time and (file.time.first, file.time.last) for file in files]
    assert days == [(20240101, 20240102), (20240102, 20240102), (20240101, 20240103), (20240103, 20240103)]
    amounts = [file.columns["amount"] for file in files]
    assert [(stats.minimum, stats.maximum, stats.nulls, stats.magnitude) for stats in amounts] == [
        ("3.50", "20.00", 0, 2350), ("-1.25", "0.10", 0, 135), ("7.00", "7.00", 1, 700), ("7.00", "7.00", 0, 700),
    ]  # fmt: skip
    table = Warehouse(tmp_path / "warehouse").latest().table("sale").manifest
    assert table.columns["amount"].magnitude == 350 + 2125 + 1400 + 10
    assert (table.columns["at"].minimum, table.columns["note"].maximum) == ("2024-01-01T09:30:00", "é")


def test_every_kind_of_source_gives_the_same_files(tmp_path: Path) -> None:
    digests = []
    for kind, write in SOURCES.items():
        load(shop.model(), write(shop.frames(), tmp_path / kind), tmp_path / f"{kind}-warehouse")
        tables = Warehouse(tmp_path / f"{kind}-warehouse").latest().manifest.tables
        digests.append({name: table.files for name, table in tables.items()})
    assert digests[0] == digests[1] == digests[2]


def test_a_table_may_be_a_folder_of_files(tmp_path: Path) -> None:
    tables = shop.frames()
    sale = tables.pop("sale")
    source = shop.write_csv(tables, tmp_path / "source")
    shop.write_csv({"b": sale[4:], "a": sale[:4]}, tmp_path / "source" / "sale")
    load(shop.model(), source, tmp_path / "parts")
    load(shop.model(), shop.write_csv(shop.frames(), tmp_path / "whole"), tmp_path / "one")
    parts, one = (Warehouse(tmp_path / name).latest().manifest.tables for name in ("parts", "one"))
    assert {name: table.files for name, table in parts.items()} == {name: table.files for name, table in one.items()}
    assert [content.name for content in parts["sale"].contents] == ["sale/a.csv", "sale/b.csv"]


def test_a_table_without_rows_loads(tmp_path: Path) -> None:
    tables = {**shop.frames(), "sale": shop.frames()["sale"].clear()}
    for kind, write in SOURCES.items():
        report = load(shop.model(), write(tables, tmp_path / kind), tmp_path / f"{kind}-warehouse")
        assert report.rows == {"product": 3, "customer": 2, "day": 3, "sale": 0}
        assert Warehouse(tmp_path / f"{kind}-warehouse").latest().table("sale").read(["amount"]).height == 0


def test_rows_in_other_tables_of_the_model_are_not_loaded(source: str, tmp_path: Path) -> None:
    load(shop.model(), source, tmp_path / "warehouse")
    assert "unused" not in Warehouse(tmp_path / "warehouse").latest().manifest.tables


def test_progress_is_told_of_every_table(source: str, tmp_path: Path) -> None:
    told: list[str] = []

    class Watch:
        def start(self, task: str, total: int | None = None, unit: str = "rows") -> None:
            told.append(f"{task} {total} {unit}")

        def advance(self, amount: int = 1) -> None:
            told.append(str(amount))

        def finish(self, note: str = "") -> None:
            told.append(note)

    load(shop.model(), source, tmp_path / "warehouse", progress=Watch())
    # SQLite does not know its size, CSV only about: one of the texts has two lines.
    knows = "://" not in source
    assert told[0] in (("read product 3 rows", "read product 4 rows") if knows else ("read product None rows",))
    assert told[1:3] == ["3", "3 rows"]
    assert [line for line in told if line.startswith(("read sale", "write"))] == [
        f"read sale {6 if knows else None} rows",
        "write 3 dimensions",
    ]


def test_dates_in_a_snapshot_are_in_utc(source: str, tmp_path: Path) -> None:
    load(shop.model(), source, tmp_path / "warehouse")
    created = Warehouse(tmp_path / "warehouse").latest().manifest.created
    assert created.tzinfo is not None
    assert created.date() >= date(2024, 1, 1)

"""Online Retail from its raw files: what the load reports is what the data's own page counts, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from cube_server.model.read import parse_model
from cube_server.warehouse.rejects import read_rejects
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import LoadReport, load
from loaders.report import TableReport

from .conftest import MODEL


def reported(report: LoadReport, name: str) -> TableReport:
    return next(table for table in report.accounts if table.table == name)


def test_the_report_shows_the_counts_of_the_whole_file(loaded: tuple[Path, LoadReport], source: Path) -> None:
    dirt = json.loads((source / "dirt.json").read_text(encoding="utf-8"))
    raw = reported(loaded[1], "raw")
    assert raw.counts == dirt
    assert (raw.read, raw.loaded, raw.rejected, raw.deduplicated) == (541_909, 541_909, 0, 0)
    assert loaded[1].rows["fact_lines"] == 541_909
    assert loaded[1].rows["dim_date"] == 31 + 365


@pytest.fixture(scope="module")
def daily(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LoadReport]:
    """The first 26 days from their CSV files: the same model but for the name of the source."""
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    document["tables"]["raw"]["source"] = "by_day_csv"
    root = tmp_path_factory.mktemp("daily")
    return root, load(parse_model(json.dumps(document)), str(source), root)


def test_the_daily_files_give_the_sums_that_duckdb_has_of_them(daily: tuple[Path, LoadReport], source: Path) -> None:
    root, report = daily
    raw = reported(report, "raw")
    csv = f"read_csv('{source}/by_day_csv/*.csv', all_varchar=true, header=true)"
    known = duckdb.execute(f"""
        select count(*), count(*) filter (CustomerID is null), count(distinct CustomerID), count(distinct InvoiceNo),
               count(*) filter (starts_with(InvoiceNo, 'C')), max(abs(Quantity::int)),
               sum(Quantity::int * UnitPrice::decimal(18, 3))
        from {csv}
    """).fetchall()[0]
    counted = ["rows", "null CustomerID", "distinct customers", "distinct invoices"]
    counted += ["cancellation lines (InvoiceNo C…)", "max |quantity|"]
    assert [raw.counts[name] for name in counted] == list(known[:-1])
    assert (raw.read, raw.loaded) == (known[0], known[0])
    lines = Warehouse(root).latest().table("fact_lines").read(["amount"])
    assert lines["amount"].sum() == known[-1]


def test_lines_that_break_a_rule_are_rejected_with_their_place(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "country_region.csv").write_bytes((source / "country_region.csv").read_bytes())
    day = (source / "by_day_csv" / "2010-12-01.csv").read_text(encoding="utf-8")
    lines = day.splitlines()
    assert lines[3].startswith("536365,84406B")
    lines[3] = lines[3].replace(",8,", ",eight,")
    lines[4] = lines[4].replace("2.75", "2.75.1").replace("3.39", "3.39.1")
    (folder / "raw.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = load(parse_model(MODEL.read_text(encoding="utf-8")), str(folder), tmp_path / "warehouse")
    raw = reported(report, "raw")
    assert (raw.rejected, raw.broken, raw.loaded) == (2, {"type": 2}, raw.read - 2)
    rejects = read_rejects(tmp_path / "warehouse", report.snapshot)
    assert rejects.select("source", "row", "line", "rule", "column", "value").rows() == [
        ("raw.csv", 3, 4, "type", "quantity", "eight"),
        ("raw.csv", 4, 5, "type", "price", "3.39.1"),
    ]

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from loaders.samples.panel_checks import CHECKS
from loaders.samples.retail_panel import ALL_TABLES, CORE_TABLES
from tests.sample import ROOT

ROW = re.compile(r"^\| (\w+) \| ([\d,]+) \| ([\w, ]+) \|$", re.MULTILINE)


def documented() -> dict[str, tuple[int, list[str]]]:
    text = (ROOT / "docs" / "sample.md").read_text(encoding="utf-8")
    return {table: (int(rows.replace(",", "")), columns.split(", ")) for table, rows, columns in ROW.findall(text)}


def test_every_table_is_documented() -> None:
    assert set(documented()) == set(ALL_TABLES) == set(CHECKS)


def test_rows_and_columns_are_as_documented(retail_star: Path) -> None:
    for table in CORE_TABLES:
        frame = pl.scan_parquet(retail_star / f"{table}.parquet")
        found = (frame.select(pl.len()).collect().item(), frame.collect_schema().names())
        assert found == documented()[table], table

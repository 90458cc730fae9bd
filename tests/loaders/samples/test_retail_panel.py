from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cube_server.errors import SourceError
from loaders.samples.panel_source import Panel
from loaders.samples.retail_panel import ALL_TABLES, CORE_TABLES, build_star
from tests.sample import sample_wheel


def test_only_the_asked_tables_are_built(tiny_panel: Panel, tmp_path: Path) -> None:
    (tiny_panel.folder / "promotions.parquet").unlink()
    report = build_star(tiny_panel.folder, tmp_path / "star", tables=("dim_hour", "dim_date"))
    assert [file.name for file in sorted((tmp_path / "star").iterdir())] == [
        "dim_date.parquet",
        "dim_hour.parquet",
    ]
    assert (report.value("dim_hour"), report.value("dim_date")) == (24, 472)


def test_a_table_that_does_not_add_up_is_refused_and_not_written(tiny_panel: Panel, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        build_star(tiny_panel.folder, tmp_path / "star", tables=("fact_sales",))
    assert "/fact_sales/baskets: is 5, expected 155848." in str(caught.value)
    assert "/fact_sales/sales: is 14.20, expected 4596039.58." in str(caught.value)
    assert list((tmp_path / "star").iterdir()) == []


def test_a_missing_file_is_named(tiny_panel: Panel, tmp_path: Path) -> None:
    (tiny_panel.folder / "products.parquet").unlink()
    with pytest.raises(SourceError, match=r"products\.parquet"):
        build_star(tiny_panel.folder, tmp_path / "star", tables=("dim_product",))


def test_a_wrong_table_name_gets_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Did you mean 'fact_sales'"):
        build_star(tmp_path, tmp_path / "star", tables=("fact_sale",))


def test_progress_counts_tables(tmp_path: Path) -> None:
    told: list[object] = []

    class Watcher:
        def start(self, task: str, total: int | None = None, unit: str = "rows") -> None:
            told.append((task, total, unit))

        def advance(self, amount: int = 1) -> None:
            told.append(amount)

        def finish(self, note: str = "") -> None:
            told.append(note)

    build_star(tmp_path, tmp_path / "star", tables=("dim_hour", "dim_date"), progress=Watcher())
    assert told == [("build the retail star", 2, "tables"), 1, 1, "2 tables"]


def test_the_core_tables_leave_out_the_promotions() -> None:
    assert set(ALL_TABLES) - set(CORE_TABLES) == {"fact_promotion"}


def test_the_same_files_give_the_same_rows_in_the_same_order(tmp_path: Path) -> None:
    published = sample_wheel()
    for name in ("once", "again"):
        build_star(published, tmp_path / name, tables=("fact_sales", "dim_household", "bridge_coupon_product"))
    for file in (tmp_path / "once").iterdir():
        assert pl.read_parquet(file).equals(pl.read_parquet(tmp_path / "again" / file.name)), file.name

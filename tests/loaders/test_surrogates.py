"""A key keeps its surrogate key for ever, whatever later loads bring."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cube_server.errors import WarehouseError
from cube_server.warehouse.snapshot import Snapshot
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load
from tests.loaders import shop

KNOWN, UNKNOWN, ABSENT = 0, 1, 2


def loaded(tmp_path: Path, tables: shop.Frames) -> Snapshot:
    source = shop.write_parquet(tables, tmp_path / "source")
    load(shop.model(), source, tmp_path / "warehouse")
    return Warehouse(tmp_path / "warehouse").latest()


def test_a_key_that_vanishes_and_returns_keeps_its_number(tmp_path: Path) -> None:
    whole = shop.frames()
    product = whole["product"]
    without = {
        **whole,
        "product": product.filter(pl.col("product_id") != 30),
        "sale": whole["sale"].filter(pl.col("product_id") != 30),
    }
    assert shop.statuses(loaded(tmp_path, whole), "product", "product_id")[30] == (2, KNOWN)
    gone = loaded(tmp_path, without)
    assert shop.statuses(gone, "product", "product_id")[30] == (2, ABSENT)
    assert shop.rows(gone, "product")[2] == (30, None, None, None, None, 2, ABSENT)
    assert shop.statuses(loaded(tmp_path, whole), "product", "product_id")[30] == (2, KNOWN)


def test_a_key_that_facts_still_use_is_unknown_and_not_absent(tmp_path: Path) -> None:
    whole = shop.frames()
    loaded(tmp_path, whole)
    without = {**whole, "product": whole["product"].filter(pl.col("product_id") != 30)}
    assert shop.statuses(loaded(tmp_path, without), "product", "product_id")[30] == (2, UNKNOWN)


def test_new_keys_take_the_next_numbers_and_an_inferred_row_is_filled_later(tmp_path: Path) -> None:
    whole = shop.frames()
    loaded(tmp_path, whole)
    row = {"product": "New", "category": "Goods", "category_no": 2, "price": None, "ignored": "d"}
    extra = pl.DataFrame([{"product_id": 5, **row}, {"product_id": 99, **row}], schema=whole["product"].schema)
    grown = {**whole, "product": pl.concat([extra, whole["product"]])}
    snapshot = loaded(tmp_path, grown)
    assert shop.statuses(snapshot, "product", "product_id") == {
        10: (0, KNOWN),
        20: (1, KNOWN),
        30: (2, KNOWN),
        99: (3, KNOWN),
        5: (4, KNOWN),
    }
    assert shop.rows(snapshot, "product")[3][:2] == (99, "New")


def test_an_old_snapshot_stays_as_it_was(tmp_path: Path) -> None:
    first = loaded(tmp_path, shop.frames())
    before = {name: shop.rows(first, name) for name in first.manifest.tables}
    loaded(tmp_path, {**shop.frames(), "sale": shop.frames()["sale"][:1]})
    again = Warehouse(tmp_path / "warehouse").snapshot("000001")
    assert {name: shop.rows(again, name) for name in again.manifest.tables} == before


def test_a_table_that_leaves_the_model_and_returns_keeps_its_numbers(tmp_path: Path) -> None:
    source = shop.write_parquet(shop.frames(), tmp_path / "source")
    load(shop.model(), source, tmp_path / "warehouse")
    smaller = shop.document()
    del smaller["dimensions"]["product"], smaller["cubes"]["sales"]["links"]["product"]
    load(shop.model(smaller), source, tmp_path / "warehouse")
    extra = shop.frames()
    extra["product"] = extra["product"].with_columns(product_id=pl.Series([30, 10, 1]))
    snapshot = loaded(tmp_path, extra)
    # 20 is still sold, 99 too; 1 is new.
    assert shop.statuses(snapshot, "product", "product_id") == {
        10: (0, KNOWN),
        20: (1, UNKNOWN),
        30: (2, KNOWN),
        99: (3, UNKNOWN),
        1: (4, KNOWN),
    }


def test_a_key_of_another_type_is_refused(tmp_path: Path) -> None:
    source = shop.write_parquet(shop.frames(), tmp_path / "source")
    load(shop.model(), source, tmp_path / "warehouse")
    changed = shop.document()
    changed["tables"]["product"]["columns"]["product_id"] = "text"
    changed["tables"]["sale"]["columns"]["product_id"] = "text"
    with pytest.raises(WarehouseError, match="has become product_id \\(text\\) since snapshot 000001"):
        load(shop.model(changed), source, tmp_path / "warehouse")


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    first = loaded(tmp_path, shop.frames()).manifest.tables
    files = set((tmp_path / "warehouse" / "data").glob("*/*"))
    second = loaded(tmp_path, shop.frames()).manifest.tables
    assert {name: table.files for name, table in second.items()} == {name: table.files for name, table in first.items()}
    assert set((tmp_path / "warehouse" / "data").glob("*/*")) == files
    third = loaded(tmp_path, {**shop.frames(), "people": pl.DataFrame({"name": ["Ann"], "city": ["Bergen"]})})
    changed = {name for name, table in third.manifest.tables.items() if table.files != first[name].files}
    assert changed == {"customer"}

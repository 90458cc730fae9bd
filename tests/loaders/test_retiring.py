"""Old snapshots are taken out of sight at once, and their files when nobody needs them any more."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import polars as pl
import pytest

from cube_server.errors import NotFoundError, WarehouseError
from cube_server.warehouse.retention import Retention
from cube_server.warehouse.snapshot import Snapshot
from cube_server.warehouse.store import Warehouse
from loaders.cleaning import plan_retirement
from loaders.pipeline import load
from loaders.retiring import retire_snapshots
from loaders.writing import open_writer
from tests.loaders import shop
from tests.loaders.test_commit import assert_complete

AT_ONCE = Retention(newest=1, grace=dt.timedelta(0))
LATER = Retention(newest=1)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Three snapshots: the facts of each are its own, customers are those of the first two and then others."""
    for number in (1, 2, 3):
        tables = shop.frames()
        tables["sale"] = tables["sale"].with_columns(note=pl.lit(f"load {number}"))
        if number == 3:
            tables["people"] = pl.DataFrame({"name": ["Ann"], "city": ["Bergen"]})
        load(shop.model(), shop.write_parquet(tables, tmp_path / "source"), tmp_path / "warehouse")
    return Warehouse(tmp_path / "warehouse")


def notes(snapshot: Snapshot) -> set[str]:
    return set(snapshot.table("sale").read(["note"])["note"])


def files(snapshot: Snapshot) -> set[Path]:
    return {snapshot.root / file.path for table in snapshot.manifest.tables.values() for file in table.files}


def test_only_files_that_no_kept_snapshot_has_are_removed(warehouse: Warehouse) -> None:
    first, second, third = map(warehouse.snapshot, warehouse.snapshots())
    assert files(first) & files(third), "they share the products"
    told = retire_snapshots(warehouse, AT_ONCE)
    assert [snapshot.id for snapshot in told.snapshots] == ["000001", "000002"]
    gone = (files(first) | files(second)) - files(third)
    assert warehouse.snapshots() == ("000003",)
    assert set((warehouse.root / "data").glob("*/*")) == files(third)
    assert not any(path.exists() for path in gone)
    sizes = {
        file.path: file.bytes for each in (first, second) for t in each.manifest.tables.values() for file in t.files
    }
    assert told.bytes == sum(size for path, size in sizes.items() if warehouse.root / path in gone)
    assert_complete(warehouse.root, warehouse.latest())


def test_who_has_one_open_reads_on_until_the_grace_has_passed(warehouse: Warehouse) -> None:
    first = warehouse.snapshot("000001")
    retire_snapshots(warehouse, LATER)
    with pytest.raises(NotFoundError, match=r"There is no snapshot '000001'.*000003"):
        warehouse.snapshot("000001")
    assert notes(first) == {"load 1"}
    # A later load, and a later retirement within the grace, leave the files too.
    with open_writer(warehouse):
        pass
    retire_snapshots(warehouse, LATER)
    assert notes(first) == {"load 1"}
    for manifest in (warehouse.root / "retired").iterdir():
        os.utime(manifest, (0, 0))
    retire_snapshots(warehouse, LATER)
    with pytest.raises(NotFoundError, match=r"Snapshot 000001 was retired.*000003"):
        notes(first)
    assert list((warehouse.root / "retired").iterdir()) == []


def test_a_column_that_is_mapped_outlives_its_file(warehouse: Warehouse) -> None:
    frame = warehouse.snapshot("000001").table("sale").read(["note"])
    retire_snapshots(warehouse, AT_ONCE)
    assert set(frame["note"]) == {"load 1"}


def test_a_dry_run_changes_nothing(warehouse: Warehouse) -> None:
    before = sorted(path for path in warehouse.root.rglob("*") if path.is_file())
    told = plan_retirement(warehouse, AT_ONCE, dt.datetime.now(dt.UTC))
    assert [snapshot.id for snapshot in told.snapshots] == ["000001", "000002"]
    assert sorted(path for path in warehouse.root.rglob("*") if path.is_file()) == before
    assert retire_snapshots(warehouse, AT_ONCE) == told


def test_the_next_load_goes_on_counting(warehouse: Warehouse, tmp_path: Path) -> None:
    retire_snapshots(warehouse, AT_ONCE)
    assert load(shop.model(), str(tmp_path / "source"), warehouse.root).snapshot == "000004"


def test_nothing_is_retired_while_somebody_writes_or_a_manifest_cannot_be_read(warehouse: Warehouse) -> None:
    with open_writer(warehouse), pytest.raises(WarehouseError, match="Another load"):
        retire_snapshots(warehouse, AT_ONCE)
    warehouse.layout.manifest("000002").write_text("{}")
    with pytest.raises(WarehouseError, match=r"000002.json is damaged"):
        retire_snapshots(warehouse, AT_ONCE)
    assert len(warehouse.snapshots()) == 3


def test_there_must_be_a_warehouse(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="There is no warehouse"):
        retire_snapshots(Warehouse(tmp_path / "nowhere"), AT_ONCE)
    assert not (tmp_path / "nowhere").exists()

"""A load becomes visible whole or not at all: under the lock, when killed, after it was killed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import random
import threading
import time
from pathlib import Path

import polars as pl
import pytest

from cube_server.errors import WarehouseError
from cube_server.warehouse.snapshot import Snapshot
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load
from loaders.writing import open_writer
from tests.loaders import shop
from tests.loaders.endless import Loader

KILLS = 50
VARIANTS = 4
ROWS = 30_000


@pytest.fixture
def source(tmp_path: Path) -> str:
    return shop.write_parquet(shop.frames(), tmp_path / "source")


def variant(number: int) -> dict[str, pl.DataFrame]:
    """Give a shop whose sales and one other table differ from those of the other variants."""
    tables = shop.frames()
    lines = pl.DataFrame({"sale_id": pl.int_range(ROWS, eager=True)}).with_columns(
        product_id=pl.col("sale_id") % (50 + number),
        customer=pl.lit("Ann"),
        ordered=20240101 + pl.col("sale_id") % 3,
        shipped=pl.lit(20240103),
        at=pl.lit(None, pl.Datetime("us")),
        amount=(pl.col("sale_id") + number).cast(pl.Decimal(18, 2)),
        weight=pl.lit(1.0),
        online=pl.lit(True),
        note=pl.lit(f"variant {number}"),
    )
    city = pl.DataFrame({"name": ["Ann"], "city": [f"City {number}"]})
    return {**tables, "sale": lines, "people": city}


def assert_complete(root: Path, snapshot: Snapshot) -> None:
    """See that every file of a snapshot is there as the manifest has it."""
    for table in snapshot.manifest.tables.values():
        assert table.rows == sum(file.rows for file in table.files)
        for file in table.files:
            stored = (root / file.path).read_bytes()
            assert (len(stored), hashlib.sha256(stored).hexdigest()) == (file.bytes, file.sha256)


def assert_is_variant(snapshot: Snapshot, sources: list[str]) -> None:
    """See that a snapshot holds just what the source that it names holds."""
    number = sources.index(snapshot.manifest.source)
    sale = snapshot.table("sale").read(["amount", "note", "sale_id"])
    assert sale["note"].unique().to_list() == [f"variant {number}"]
    assert sale["sale_id"].n_unique() == ROWS
    assert sale["amount"].sum() == ROWS * (ROWS - 1) // 2 + ROWS * number
    cities = snapshot.table("customer").read(["city"])["city"]
    assert cities.drop_nulls().to_list() == [f"City {number}"]


def test_a_load_killed_at_any_instant_leaves_whole_snapshots(tmp_path: Path) -> None:
    sources = [shop.write_parquet(variant(number), tmp_path / str(number)) for number in range(VARIANTS)]
    root = tmp_path / "warehouse"
    warehouse = Warehouse(root)
    known: dict[str, str] = {}
    unfinished = 0
    upcoming = Loader(sources, root)
    for turn, delay in enumerate(delays(sources, root)):
        loader, upcoming = upcoming, Loader(sources, root)
        loader.go(turn)
        time.sleep(delay)
        loader.kill()
        unfinished += any((root / "staging").iterdir())
        for id in warehouse.snapshots():
            text = warehouse.layout.manifest(id).read_text()
            assert known.setdefault(id, text) == text
        assert tuple(known) == warehouse.snapshots()
        assert_complete(root, warehouse.latest())
        assert_is_variant(warehouse.latest(), sources)
    upcoming.kill()
    assert len(known) > VARIANTS, "no load ever finished: the delays are too short to test anything"
    assert unfinished > 0, "no load was ever hit while it wrote: the delays test nothing"

    report = load(shop.model(), sources[0], root)
    assert warehouse.latest_id() == report.snapshot
    assert list((root / "staging").iterdir()) == []
    for id in warehouse.snapshots():
        assert_complete(root, warehouse.snapshot(id))


def delays(sources: list[str], warehouse: Path) -> list[float]:
    """Load each source once; give random delays over the time that up to four loads take."""
    seconds = [load(shop.model(), source, warehouse).seconds for source in sources]
    chance = random.Random(20240102)
    return [chance.uniform(0, 4 * min(seconds)) for _ in range(KILLS)]


def test_what_a_dead_load_left_is_removed_and_nothing_else(source: str, tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    load(shop.model(), source, root)
    kept = set((root / "data").glob("*/*"))
    (root / "staging" / "half.parquet").write_bytes(b"PAR1")
    (root / "data" / "sale" / "orphan.parquet").write_bytes(b"PAR1")
    load(shop.model(), source, root)
    assert list((root / "staging").iterdir()) == []
    assert set((root / "data").glob("*/*")) == kept


def test_nothing_is_removed_when_a_manifest_cannot_be_read(source: str, tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    load(shop.model(), source, root)
    (root / "data" / "sale" / "orphan.parquet").write_bytes(b"PAR1")
    manifest = root / "snapshots" / "000001.json"
    newer = json.loads(manifest.read_text()) | {"format": 3}
    manifest.write_text(json.dumps(newer))
    with pytest.raises(WarehouseError, match="has format 3"):
        load(shop.model(), source, root)
    assert (root / "data" / "sale" / "orphan.parquet").exists()


def test_a_load_that_fails_leaves_the_last_snapshot(source: str, tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    load(shop.model(), source, root)
    (Path(source) / "sale.parquet").unlink()
    with pytest.raises(Exception, match=r"no sale.csv"):
        load(shop.model(), source, root)
    assert Warehouse(root).snapshots() == ("000001",)
    assert_complete(root, Warehouse(root).latest())


def test_a_second_writer_is_told_who_is_first(source: str, tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    with open_writer(Warehouse(root)):
        with pytest.raises(WarehouseError, match=rf"Another load \(process {os.getpid()} on .+, since 20\d\d-"):
            load(shop.model(), source, root)
        assert Warehouse(root).snapshots() == ()
    load(shop.model(), source, root)
    assert Warehouse(root).snapshots() == ("000001",)


def test_a_writer_that_has_not_told_its_name_yet(source: str, tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    root.mkdir()
    with (root / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(WarehouseError, match="Another load is writing to the warehouse"):
            load(shop.model(), source, root)


def test_two_loads_at_once_leave_whole_snapshots(source: str, tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    outcomes: list[str] = []

    def run() -> None:
        try:
            outcomes.append(load(shop.model(), source, root).snapshot)
        except WarehouseError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loaded = sorted(outcome for outcome in outcomes if outcome != "warehouse_unavailable")
    assert len(outcomes) == 4
    assert tuple(loaded) == Warehouse(root).snapshots()
    for id in loaded:
        assert_complete(root, Warehouse(root).snapshot(id))


def test_a_warehouse_that_cannot_be_written(source: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WarehouseError, match=r"Cannot write to the warehouse .*Not a directory"):
        load(shop.model(), source, tmp_path / "file" / "warehouse")

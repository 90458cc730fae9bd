"""The reading side, over a warehouse written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cube_server.errors import NotFoundError, WarehouseError
from cube_server.warehouse.manifest import FORMAT, ColumnStats, Manifest, link_column
from cube_server.warehouse.store import Warehouse

STATS = {"type": "int", "nulls": 0, "minimum": 1, "maximum": 4, "magnitude": 10}


def manifest(id: str, **changed: object) -> dict[str, Any]:
    files = [{"path": f"data/t/{name}.parquet", "rows": 2, "bytes": 1, "sha256": "0" * 64} for name in ("a=1", "b*")]
    table = {"kind": "fact", "rows": 4, "files": files, "columns": {"n": STATS, "m": STATS}, "sorted_by": None}
    return {
        "format": FORMAT,
        "snapshot": id,
        "created": "2024-01-02T03:04:05Z",
        "model_name": "shop",
        "model_hash": "abc",
        "source": "somewhere",
        "tables": {"t": table},
        **changed,
    }


def put(root: Path, id: str, **changed: object) -> None:
    (root / "snapshots").mkdir(parents=True, exist_ok=True)
    (root / "snapshots" / f"{id}.json").write_text(json.dumps(manifest(id, **changed)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    # Characters that globs and hive paths would read something into.
    root = tmp_path / "ware[house]=1"
    put(root, "000001")
    (root / "data" / "t").mkdir(parents=True)
    pl.DataFrame({"n": [1, 2], "m": [5, 6]}).write_parquet(root / "data" / "t" / "a=1.parquet")
    pl.DataFrame({"n": [3, 4], "m": [7, 8]}).write_parquet(root / "data" / "t" / "b*.parquet")
    return root


def test_a_table_is_read_in_the_order_of_its_files_and_of_the_columns_asked(root: Path) -> None:
    table = Warehouse(root).latest().table("t")
    assert table.read(["m", "n"]).rows() == [(5, 1), (6, 2), (7, 3), (8, 4)]
    assert table.read(["n"]).columns == ["n"]
    assert table.rows == 4
    assert table.columns["n"] == ColumnStats(type="int", nulls=0, minimum=1, maximum=4, magnitude=10)


def test_snapshots_are_listed_from_the_oldest_even_when_the_counter_outgrows_its_width(root: Path) -> None:
    for id in ("1000000", "000010", "999999"):
        put(root, id)
    (root / "snapshots" / "notes.json").write_text("{}")
    (root / "snapshots" / "000011.json.tmp").write_text("{}")
    warehouse = Warehouse(root)
    assert warehouse.snapshots() == ("000001", "000010", "999999", "1000000")
    assert warehouse.latest_id() == "1000000"
    assert warehouse.latest().id == "1000000"
    assert warehouse.snapshot("000010").id == "000010"


def test_an_unknown_snapshot_names_those_that_exist(root: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no snapshot '7'. Valid: 000001"):
        Warehouse(root).snapshot("7")
    with pytest.raises(NotFoundError):
        Warehouse(root).snapshot("../../etc/passwd")


def test_no_warehouse_and_no_snapshot_say_how_to_load(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"There is no warehouse at .*nowhere.*`cube-server load"):
        Warehouse(tmp_path / "nowhere").latest()
    with pytest.raises(WarehouseError, match=r"There is no snapshot in the warehouse .*`cube-server load"):
        Warehouse(tmp_path).latest()
    assert Warehouse(tmp_path).latest_id() is None
    assert Warehouse(tmp_path).snapshots() == ()


def test_an_unknown_format_is_refused_with_the_fix(root: Path) -> None:
    put(root, "000002", format=3, something="new")
    with pytest.raises(WarehouseError, match=r"has format 3; this .* reads formats 1 to 2. Use the version"):
        Warehouse(root).latest()


def test_a_manifest_of_format_1_is_read_and_says_less_of_its_files(root: Path) -> None:
    put(root, "000002", format=1)
    table = Warehouse(root).latest().table("t")
    assert table.read(["m", "n"]).rows() == [(5, 1), (6, 2), (7, 3), (8, 4)]
    assert [(file.rows, file.load, file.time, file.columns) for file in table.manifest.files] == [
        (2, None, None, {})
    ] * 2
    assert Warehouse(root).latest().manifest.format == FORMAT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 1}',
        '{"format": 2}',
        '{"format": 1, "tables": []}',
        '{"format": 1, "snapshot": "x"}',
        "\0",
    ],
)
def test_a_damaged_manifest_is_told(root: Path, text: str) -> None:
    (root / "snapshots" / "000002.json").write_text(text)
    with pytest.raises(WarehouseError, match=r"000002.json is damaged"):
        Warehouse(root).latest()


def test_a_missing_table_or_column_says_to_load_again(root: Path) -> None:
    snapshot = Warehouse(root).latest()
    with pytest.raises(WarehouseError, match=r"Snapshot 000001 has no table 'tt'. Did you mean 't'.*load"):
        snapshot.table("tt")
    with pytest.raises(WarehouseError, match=r"The loaded table 't' has no column 'k'. Valid: n, m. Run"):
        snapshot.table("t").read(["n", "k"])


def test_a_missing_or_damaged_file_is_told(root: Path) -> None:
    table = Warehouse(root).latest().table("t")
    (root / "data" / "t" / "a=1.parquet").write_bytes(b"PAR1")
    with pytest.raises(WarehouseError, match=r"Cannot read .*a=1.parquet of table 't'"):
        table.read(["n"])
    (root / "data" / "t" / "a=1.parquet").unlink()
    with pytest.raises(WarehouseError, match=r"Cannot read .*a=1.parquet of table 't'"):
        table.read(["n"])


def test_a_manifest_survives_writing_and_reading(root: Path) -> None:
    read = Warehouse(root).latest().manifest
    assert Manifest.model_validate_json(read.model_dump_json()) == read


def test_link_columns_are_named_by_column_and_dimension() -> None:
    assert link_column("ordered", "time") == "ordered@time"

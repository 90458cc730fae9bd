"""Facts as packed columns in files: what is read is what was stored, in order of time, whatever the folder holds."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cube_server.backends.embedded.encoding import encode_facts
from cube_server.backends.embedded.segments.columns import ZONE, FactColumns
from cube_server.backends.embedded.segments.files import DamagedError, Segment, open_segment, write_segment
from cube_server.backends.embedded.segments.orders import order_by, order_in
from cube_server.backends.embedded.segments.packing import PackedNumbers, joined, pack_floats, pack_integers
from cube_server.backends.embedded.segments.store import FEWEST_ROWS, SegmentFolder, content_key
from cube_server.engine import Engine
from cube_server.model.read import parse_model
from cube_server.model.tables import Column
from cube_server.query.request import QueryRequest
from cube_server.types import DataType
from cube_server.warehouse.manifest import TableManifest
from cube_server.warehouse.snapshot import StoredTable
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load

MODEL = {
    "format": 1,
    "name": "shop",
    "tables": {
        "sale": {"columns": {"day": "date", "shop": "int", "basket": "text", "cents": "decimal(2)", "pieces": "int"}},
        "days": {"key": ["day"], "columns": {"day": "date", "month": "text"}},
        "shops": {"key": ["shop"], "columns": {"shop": "int", "town": "text"}},
    },
    "dimensions": {
        "time": {
            "table": "days",
            "role": "time",
            "levels": {"month": {"column": "month", "unique": True}, "day": {"column": "day", "unique": True}},
            "hierarchies": {"calendar": {"levels": ["month", "day"]}},
        },
        "shop": {
            "table": "shops",
            "levels": {"town": {"column": "town", "unique": True}, "shop": {"column": "shop", "unique": True}},
            "hierarchies": {"places": {"levels": ["town", "shop"]}},
        },
    },
    "cubes": {
        "sales": {
            "table": "sale",
            "links": {"time": {"column": "day"}, "shop": {"column": "shop"}},
            "measures": {
                "money": {"aggregate": "sum", "column": "cents"},
                "pieces": {"aggregate": "sum", "column": "pieces"},
                "baskets": {"aggregate": "distinct", "column": "basket"},
            },
        }
    },
}
ROWS = FEWEST_ROWS + 5_000


@pytest.fixture(scope="module")
def sales() -> pl.DataFrame:
    """More sales than are kept in memory only, in no order; some values are null."""
    random = np.random.default_rng(5)
    days = [date(2024, 1, 1) + timedelta(int(day)) for day in random.integers(0, 90, ROWS)]
    cents = [None if value % 50 == 0 else Decimal(int(value)).scaleb(-2) for value in random.integers(-500, 900, ROWS)]
    return pl.DataFrame(
        {
            "day": days,
            "shop": random.integers(1, 301, ROWS),
            "basket": pl.Series(random.integers(0, 9_000, ROWS)).cast(pl.String),
            "cents": pl.Series(cents, dtype=pl.Decimal(18, 2)),
            "pieces": random.integers(1, 5, ROWS),
        }
    )


@pytest.fixture(scope="module")
def warehouse(sales: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    write_source(sales, folder / "source")
    load(parse_model(json.dumps(MODEL)), str(folder / "source"), folder / "warehouse")
    return folder / "warehouse"


def write_source(sales: pl.DataFrame, folder: Path) -> None:
    folder.mkdir()
    days = pl.date_range(date(2024, 1, 1), date(2024, 3, 31), eager=True)
    sales.write_parquet(folder / "sale.parquet")
    pl.DataFrame({"day": days, "month": days.dt.to_string("%Y-%m")}).write_parquet(folder / "days.parquet")
    towns = {"shop": range(1, 301), "town": [f"town {shop % 7}" for shop in range(1, 301)]}
    pl.DataFrame(towns).write_parquet(folder / "shops.parquet")


REQUEST = QueryRequest.model_validate(
    {
        "cube": "sales",
        "measures": ["money", "pieces", "baskets"],
        "axes": {"rows": ["shop.town"], "columns": ["time.month"]},
        "cut": [{"level": "shop.town", "members": ["town 2", "town 3", "town 6"]}],
    }
)


def answered(warehouse: Path, folder: Path) -> list[tuple[Any, ...]]:
    model = folder / "cubes.json"
    model.write_text(json.dumps(MODEL), encoding="utf-8")
    cells = Engine.open(model, warehouse).query(REQUEST)
    return [tuple(row) for row in cells.cells.iter_rows()]


def expected(sales: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Aggregate with Polars."""
    town, month = pl.col("shop") % 7, pl.col("day").dt.month()
    found = (
        sales.filter(town.is_in([2, 3, 6]))
        .group_by(town.alias("town"), month.alias("month"))
        .agg(pl.col("cents").sum(), pl.col("pieces").sum(), pl.col("basket").n_unique())
        .sort("town", "month")
    )
    return [(float(money), pieces, baskets) for _, _, money, pieces, baskets in found.iter_rows()]


def segments_of(warehouse: Path) -> list[Path]:
    return sorted(warehouse.glob("segments/*/*"))


def test_a_first_reader_writes_segments_and_the_next_only_maps_them(
    warehouse: Path, sales: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = answered(warehouse, tmp_path)
    assert [row[2:] for row in cells] == expected(sales)
    written = {path: path.stat().st_mtime_ns for path in segments_of(warehouse)}
    # The order, two links, two numbers and a key.
    assert len(written) == 6

    def refuse(*_: object) -> None:
        raise AssertionError("A column was read from Parquet again.")

    monkeypatch.setattr(FactColumns, "_parts", refuse)
    assert answered(warehouse, tmp_path) == cells
    assert {path: path.stat().st_mtime_ns for path in segments_of(warehouse)} == written


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:0],
        lambda content: b"PAR1" + content[4:],
        lambda content: content[:-20],
        lambda content: content + b"more",
        lambda content: content.replace(b'"format": 3', b'"format": 9'),
        lambda content: content.replace(b'"key": "', b'"key": "0', 1),
        lambda content: content[:16] + b"{" * 40 + content[56:],
    ],
)
def test_a_damaged_or_foreign_segment_is_built_anew_with_a_line_in_the_log(
    damage: Callable[[bytes], bytes],
    warehouse: Path,
    sales: pl.DataFrame,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answered(warehouse, tmp_path)
    whole = {path: path.read_bytes() for path in segments_of(warehouse)}
    for path, content in whole.items():
        path.write_bytes(damage(content))
    with caplog.at_level(logging.WARNING):
        assert [row[2:] for row in answered(warehouse, tmp_path)] == expected(sales)
    assert sum("damaged or foreign" in record.message for record in caplog.records) == len(whole)
    assert {path: path.read_bytes() for path in segments_of(warehouse)} == whole


def test_a_warehouse_that_cannot_be_written_is_served_from_memory(
    warehouse: Path, sales: pl.DataFrame, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copied = tmp_path / "copied"
    for name in ("snapshots", "data"):
        for path in (warehouse / name).rglob("*"):
            if path.is_file():
                target = copied / path.relative_to(warehouse)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    (copied / "segments").write_text("no folder", encoding="utf-8")
    assert [row[2:] for row in answered(copied, tmp_path)] == expected(sales)
    assert any("in its own memory" in record.message for record in caplog.records)


def test_a_load_encodes_what_is_new_and_removes_what_is_old(sales: pl.DataFrame, tmp_path: Path) -> None:
    model, warehouse = parse_model(json.dumps(MODEL)), tmp_path / "warehouse"
    for number, rows in enumerate((sales, pl.concat([sales, sales.head(100)]))):
        write_source(rows, tmp_path / f"source{number}")
        load(model, str(tmp_path / f"source{number}"), warehouse)
        encode_facts(model, warehouse)
        newest = Warehouse(warehouse).latest().table("sale")
        assert {path.parent.name for path in segments_of(warehouse)} == {content_key(newest)}
        assert [row[2:] for row in answered(warehouse, tmp_path)] == expected(rows)


def test_many_that_write_one_segment_at_once_leave_one_whole(tmp_path: Path) -> None:
    segment = Segment(arrays={"codes": np.arange(100_000, dtype=np.uint32)}, numbers={"offset": 3})
    threads = [threading.Thread(target=write_segment, args=(tmp_path / "a.seg", "a", segment)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in tmp_path.iterdir()] == ["a.seg"]
    opened = open_segment(tmp_path / "a.seg", "a")
    assert opened.numbers == {"offset": 3}
    assert np.array_equal(opened.arrays["codes"], segment.arrays["codes"])


def test_arrays_of_any_type_and_length_come_back_and_cannot_be_written_to(tmp_path: Path) -> None:
    arrays = {"a": np.zeros(0, np.uint8), "b": np.array([True, False]), "c": np.array([1.5, -2.0]), "d": np.arange(7)}
    write_segment(tmp_path / "x", "x", Segment(arrays=arrays, numbers={}))
    opened = open_segment(tmp_path / "x", "x").arrays
    assert {name: array.tolist() for name, array in opened.items()} == {
        name: array.tolist() for name, array in arrays.items()
    }
    with pytest.raises(ValueError, match="read-only"):
        opened["d"][0] = 1
    with pytest.raises(DamagedError):
        open_segment(tmp_path / "x", "y")


WHOLE = (
    st.integers(-(2**62), 2**62)
    | st.integers(-300, 300)
    | st.integers(-(10**6), 10**7)
    | st.integers(10**9, 10**9 + 200)
)


@given(st.lists(st.none() | WHOLE), st.integers(0, 5))
@example([0, None, 2**24 - 1], 1)
@example([-5, 2**24 - 5], 1)
def test_whole_numbers_come_back_from_any_packing(values: list[int | None], cut: int) -> None:
    given_ = np.array([value or 0 for value in values], np.int64)
    valid = np.array([value is not None for value in values], np.bool_)
    parts = [slice(0, cut), slice(cut, None)]
    packed = joined([pack_integers(given_[part], None if valid.all() else valid[part]) for part in parts])
    codes, upper = packed.planes
    found = PackedNumbers(codes, packed.offset, 0, valid, is_exact=False, upper=upper)
    present = [value for value in values if value is not None]
    assert found.at(slice(None)).values[valid].tolist() == present
    odd = np.arange(1, len(values), 2)
    assert found.at(odd).values[valid[odd]].tolist() == given_[odd][valid[odd]].tolist()
    if present:
        width = max(present) - min(present)
        needed = next(size for size in (1, 2, 3, 4, 8) if width < 256**size)
        assert codes.itemsize + (upper is not None) <= needed


@given(st.lists(st.floats(width=64) | st.floats(width=32)))
def test_floats_are_halved_only_where_nothing_is_lost(values: list[float]) -> None:
    given_ = np.array(values, np.float64)
    assert np.array_equal(pack_floats(given_).astype(np.float64), given_, equal_nan=True)


def table_of(frame: pl.DataFrame, cuts: list[int], root: Path) -> StoredTable:
    """Store rows as several files, wherever they are cut."""
    borders = [0, *sorted(cuts), frame.height]
    files = []
    for number, (start, stop) in enumerate(pairwise(borders)):
        frame[start:stop].write_parquet(root / f"{number}.parquet")
        files.append({"path": f"{number}.parquet", "rows": stop - start, "bytes": 1, "sha256": str(number)})
    stats = {"type": "int", "nulls": 1, "minimum": None, "maximum": None, "magnitude": 0}
    manifest = {
        "kind": "fact",
        "rows": frame.height,
        "files": files,
        "columns": dict.fromkeys(frame.columns, stats),
        "sorted_by": "day@time",
    }
    parsed = TableManifest.model_validate_json(json.dumps(manifest))
    return StoredTable(root=root, name="t", manifest=parsed, snapshot="000001")


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_rows_stand_in_the_order_of_time_wherever_files_are_cut(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    days = data.draw(st.lists(st.none() | st.integers(0, 6), min_size=1, max_size=30))
    cuts = data.draw(st.lists(st.integers(0, len(days)), max_size=3))
    places = np.array([*data.draw(st.permutations(range(7))), 7], np.int32)
    frame = pl.DataFrame({"day@time": pl.Series(days, dtype=pl.Int32), "n": pl.Series(range(len(days)))})
    table = table_of(frame, cuts, tmp_path_factory.mktemp("t"))
    columns = FactColumns(table, lambda: places, SegmentFolder(None))
    by_time = sorted(range(len(days)), key=lambda row: places[-1 if days[row] is None else days[row]])
    positions = columns.positions("day@time", places)
    assert positions.codes.tolist() == [places[-1 if days[row] is None else days[row]] for row in by_time]
    assert columns.numbers(Column(name="n", type=DataType.parse("int"))).at(slice(None)).values.tolist() == by_time
    assert columns.raw(["n"], np.arange(len(days)))["n"].to_list() == by_time
    assert columns.keys(Column(name="n", type=DataType.parse("int"))).codes.tolist() == by_time
    zones = [positions.codes[start : start + ZONE] for start in range(0, len(days), ZONE)]
    assert positions.least.tolist() == [zone.min() for zone in zones]
    assert positions.largest.tolist() == [zone.max() for zone in zones]
    assert positions.marked(9).nonzero()[0].tolist() == sorted(set(positions.codes.tolist()))


@given(st.lists(st.lists(st.integers(0, 4), max_size=12), max_size=6), st.integers(0, 70), st.integers(0, 70))
def test_an_order_by_runs_is_that_of_a_stable_sort(files: list[list[int]], start: int, stop: int) -> None:
    values = np.array([day for file in files for day in sorted(file)], np.uint8)
    by_day = sorted(range(len(values)), key=lambda row: values[row])
    order = order_by(values)
    if order is None:
        assert by_day == list(range(len(values)))
        return
    assert order.at(slice(start, stop)).tolist() == by_day[start:stop]
    assert order.at(np.arange(len(values))[::3]).tolist() == by_day[::3]
    assert order.sorted(values).tolist() == sorted(values.tolist())
    kept = order_in(order.segment)
    assert kept is not None
    assert kept.at(slice(None)).tolist() == by_day

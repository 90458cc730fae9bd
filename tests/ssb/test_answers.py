"""The Star Schema Benchmark: the 13 queries give the published answers, and our own tables are as the paper says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks.agreement import refuse_differences
from benchmarks.ssb.generation import TABLES, generate
from benchmarks.ssb.loading import MODEL, scattered_model
from benchmarks.ssb.peers import open_peers
from benchmarks.ssb.queries import LEVELS, QUERIES
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.result.flat import flatten
from loaders.pipeline import load

SHARED = Path(__file__).resolve().parents[3] / "shared" / "ssb"
SCALE = 0.01


def test_the_queries_give_the_published_answers(tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the benchmark's answers (../shared/ssb) are not beside this checkout")
    tables = tmp_path / "tables"
    command = (sys.executable, SHARED / "gen.py", "--sf", str(SCALE), "--out", tables)
    subprocess.run(command, check=True, capture_output=True)
    load(read_model(MODEL), str(tables), tmp_path / "warehouse")
    engine = Engine.open(MODEL, tmp_path / "warehouse")
    answers: dict[str, Any] = json.loads((SHARED / "expected_sf0.01.json").read_text(encoding="utf-8"))["queries"]
    assert set(answers) == {query.name for query in QUERIES}
    for query in QUERIES:
        answer = answers[query.name]
        names = [LEVELS.get(column, query.measure) for column in answer["columns"]]
        published = pl.DataFrame(answer["rows"], schema=names, orient="row")
        ours = flatten(engine.query(query.request), Budget(Limits())).select(names)
        assert ours.height == published.height, query.name
        if published.height:
            refuse_differences(query.name, ours, published)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ssb") / "tables"
    generate(SCALE, folder)
    return folder


def test_engine_and_peers_agree_whether_filters_are_ranges_or_not(tables: Path, tmp_path: Path) -> None:
    load(read_model(MODEL), str(tables), tmp_path / "warehouse")
    peers = {**open_peers(tables), "DuckDB where tables are large": open_peers(tables, are_large=True)["DuckDB"]}
    for model in (MODEL, scattered_model(tmp_path)):
        engine = Engine.open(model, tmp_path / "warehouse")
        for query in QUERIES:
            ours = flatten(engine.query(query.request), Budget(Limits()))
            for name, peer in peers.items():
                refuse_differences(f"{query.name} by {name}", ours, peer(query))


def test_tables_depend_on_scale_and_seed_alone(tables: Path, tmp_path: Path) -> None:
    generate(SCALE, tmp_path / "again")
    generate(SCALE, tmp_path / "other", seed=1)
    for name in TABLES:
        first, again, other = (
            pl.read_parquet(folder / f"{name}.parquet") for folder in (tables, tmp_path / "again", tmp_path / "other")
        )
        assert first.equals(again)
        assert first.equals(other) == (name == "date")


def test_sizes_and_domains_are_the_paper_s(tables: Path) -> None:
    """Section 2: 30,000 customers, 2,000 suppliers and 6,000,000 lines at SF 1; 25 nations, 1,000 brands."""
    date, customer, supplier, part, lines = (pl.read_parquet(tables / f"{name}.parquet") for name in TABLES)
    assert (date.height, customer.height, supplier.height, part.height) == (2_557, 300, 20, 2_000)
    assert lines.height == pytest.approx(60_000, rel=0.02)
    assert customer.select(pl.col("c_region", "c_nation").n_unique()).row(0) == (5, 25)
    assert part.select(pl.col("p_mfgr", "p_category").n_unique()).row(0) == (5, 25)
    assert lines.select(pl.col("lo_discount", "lo_quantity", "lo_shipmode").n_unique()).row(0) == (11, 50, 7)
    orders = lines.group_by("lo_orderkey").agg(pl.len(), pl.col("lo_orderdate", "lo_custkey").n_unique())
    assert orders["len"].unique().sort().to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert (orders["lo_orderdate"] == 1).all()
    assert (orders["lo_custkey"] == 1).all()
    assert lines["lo_orderdate"].is_in(date["d_datekey"].implode()).all()
    assert lines["lo_commitdate"].is_in(date["d_datekey"].implode()).all()
    revenue = pl.col("lo_extendedprice").cast(pl.Int64) * (100 - pl.col("lo_discount")) // 100
    assert lines.select((revenue == pl.col("lo_revenue")).all()).item()

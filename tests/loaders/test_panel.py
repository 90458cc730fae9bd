"""The real panel: what the warehouse keeps, joined back by DuckDB, is the source again."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cube_server.model.read import read_model
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import LoadReport, load
from tests.sample import ROOT, sample_star

NATURAL = """
    select basket_id, product_id, household_id, store_id, ts, date_key, hour_key,
           quantity, sales_value, retail_disc, coupon_disc, coupon_match_disc
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, LoadReport]:
    star = sample_star()
    root = tmp_path_factory.mktemp("panel") / "warehouse"
    return star, root, load(read_model(ROOT / "cubes.json"), str(star), root)


def files(root: Path, table: str) -> str:
    stored = Warehouse(root).latest().manifest.tables[table].files
    return "read_parquet([" + ", ".join(f"'{root / file.path}'" for file in stored) + "])"


def test_it_loads_with_the_published_counts(loaded: tuple[Path, Path, LoadReport]) -> None:
    _, _, report = loaded
    assert report.rows["fact_sales"] == 1_469_307
    assert report.rows["fact_campaign_contact"] == 6_589
    assert report.rows["dim_household"] == 2_469
    # 17 product ids are not among the products: 4,836 lines. Coupons are good for such products, too.
    unknown = {(link.table, link.dimension): link.count for link in report.links if link.count.unknown_rows}
    assert list(unknown) == [("fact_sales", "product"), ("bridge_coupon_product", "product")]
    assert unknown["fact_sales", "product"].unknown_keys == 17
    assert unknown["fact_sales", "product"].unknown_rows == 4_836


def test_the_manifest_has_the_published_totals(loaded: tuple[Path, Path, LoadReport]) -> None:
    _, root, _ = loaded
    columns = Warehouse(root).latest().table("fact_sales").columns
    # No sale is negative, so the sum of absolute values is the sum.
    assert columns["sales_value"].magnitude == 459_603_958
    assert columns["ts"].maximum == "2017-12-31T23:01:20"


def test_facts_joined_back_to_their_dimensions_are_the_source(
    loaded: tuple[Path, Path, LoadReport],
) -> None:
    star, root, _ = loaded
    stored = f"""
        {NATURAL} from {files(root, "fact_sales")} f
        join {files(root, "dim_product")} p on p._key = f."product_id@product"
        join {files(root, "dim_household")} h on h._key = f."household_id@customer"
        join {files(root, "dim_store")} s on s._key = f."store_id@region"
        join {files(root, "dim_date")} d on d._key = f."date_key@time"
        join {files(root, "dim_hour")} o on o._key = f."hour_key@hour"
    """
    source = f"{NATURAL} from '{star / 'fact_sales.parquet'}'"
    with duckdb.connect() as oracle:
        assert oracle.execute(f"select count(*) from ({stored})").fetchall() == [(1_469_307,)]
        # basket_id and product_id are unique together, so `except` loses no repetition.
        assert oracle.execute(f"({stored}) except ({source}) limit 5").fetchall() == []
        assert oracle.execute(f"({source}) except ({stored}) limit 5").fetchall() == []


def test_facts_are_sorted_by_day(loaded: tuple[Path, Path, LoadReport]) -> None:
    _, root, _ = loaded
    snapshot = Warehouse(root).latest()
    days = snapshot.table("dim_date").read(["date_key"])["date_key"]
    stored = snapshot.table("fact_sales").read(["date_key@time"])["date_key@time"]
    assert days.gather(stored).is_sorted()

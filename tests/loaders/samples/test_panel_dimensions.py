from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from loaders.samples import panel_dimensions
from loaders.samples.panel_source import Panel


def test_products_say_none_for_what_is_missing(tiny_panel: Panel) -> None:
    products = panel_dimensions.products(tiny_panel).collect()
    assert products.rows() == [
        (7, "CHOICE BEEF 12 OZ #7", "MEAT", "BEEF", "CHOICE BEEF", "Private", 69, "12 OZ"),
        (8, "#8", "MEAT", "(none)", "(none)", "Private", 69, "(none)"),
    ]


@pytest.mark.parametrize(
    ("baskets", "size", "order"),
    [
        (1000, "Large (1000+ baskets)", 1),
        (999, "Medium (100-999)", 2),
        (100, "Medium (100-999)", 2),
        (99, "Small (10-99)", 3),
        (10, "Small (10-99)", 3),
        (9, "Incidental (<10)", 4),
    ],
)
def test_stores_are_sized_by_baskets(tiny_panel: Panel, baskets: int, size: str, order: int) -> None:
    # Two lines to each basket: lines must not count.
    lines = pl.DataFrame({"store_id": 46, "basket_id": [*range(baskets), *range(baskets)]})
    lines.write_parquet(tiny_panel.folder / "transactions.parquet")
    store = panel_dimensions.stores(tiny_panel).filter(pl.col("store_id") == 46).collect()
    assert store.rows() == [(46, "Store 46", "Area D", size, order)]


def test_a_store_without_an_area_is_unassigned(tiny_panel: Panel) -> None:
    lines = pl.DataFrame({"store_id": [-1], "basket_id": [1]})
    lines.write_parquet(tiny_panel.folder / "transactions.parquet")
    stores = panel_dimensions.stores(tiny_panel).collect()
    assert stores.height == 458
    assert stores.row(0) == (-1, "Store -1", "Unassigned", "Incidental (<10)", 4)


def test_campaigns_count_first_and_last_day(tiny_panel: Panel) -> None:
    assert panel_dimensions.campaigns(tiny_panel).collect().rows() == [
        (18, "Campaign 18", "Type A", date(2017, 10, 30), date(2017, 12, 24), 56),
        (24, "Campaign 24", "Type C", date(2016, 11, 14), date(2017, 1, 16), 64),
    ]

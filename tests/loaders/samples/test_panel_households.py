from __future__ import annotations

import polars as pl
import pytest

from cube_server.errors import SourceError
from loaders.samples.panel_households import ATTRIBUTES, INCOME_BANDS, households
from loaders.samples.panel_source import Panel


def test_everyone_who_appears_anywhere_is_a_household(tiny_panel: Panel) -> None:
    rows = households(tiny_panel).select("household_id", "household", "has_demographics").collect().rows()
    assert rows == [
        (1, "Household 1", True),  # bought, was contacted, redeemed, is described
        (2, "Household 2", False),  # bought
        (3, "Household 3", False),  # was contacted
        (4, "Household 4", False),  # redeemed
        (5, "Household 5", True),  # is described
    ]


def test_what_is_missing_is_unknown_and_orders_last(tiny_panel: Panel) -> None:
    columns = (
        "income",
        "income_order",
        "income_band",
        "income_band_order",
        "marital_status",
        "marital_status_order",
    )
    rows = households(tiny_panel).select(columns).collect().rows()
    assert rows[0] == ("Under 15K", 1, "Low (<35K)", 1, "Married", 1)
    assert rows[1] == ("Unknown", 13, "Unknown", 5, "Unknown", 3)
    assert rows[4] == ("250K+", 12, "High (125K+)", 4, "Unknown", 3)


def test_composition_orders_by_adults_then_kids(tiny_panel: Panel) -> None:
    rows = households(tiny_panel).select("household_comp", "household_comp_order").collect().rows()
    assert (rows[0], rows[4]) == (("2 Adults No Kids", 3), ("1 Adult Kids", 2))


def test_home_is_the_store_with_most_baskets_then_most_sales_then_the_lower_id(tiny_panel: Panel) -> None:
    homes = households(tiny_panel).select("home_store_id", "home_area").collect().rows()
    # Household 1 spent 3.60 in one basket at 2 and at 12; household 2 came to 2 twice and spent more at 46.
    assert homes == [(2, "Area A"), (2, "Area A"), (None, "Unknown"), (None, "Unknown"), (None, "Unknown")]


def test_a_value_that_is_not_listed_is_refused(tiny_panel: Panel) -> None:
    file = tiny_panel.folder / "demographics.parquet"
    pl.read_parquet(file).with_columns(age=pl.lit("99+")).write_parquet(file)
    with pytest.raises(SourceError, match=r"age .* \['99\+'\]"):
        households(tiny_panel)


def test_every_income_lies_in_one_band() -> None:
    banded = [income for incomes in INCOME_BANDS.values() for income in incomes]
    assert tuple(banded) == ATTRIBUTES["income"]

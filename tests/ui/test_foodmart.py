"""FoodMart on the page: ragged stores, employees by supervisor, and a second year to compare with."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from playwright.sync_api import expect

from tests.foodmart.star import foodmart_oracle, foodmart_warehouse

from .pivot import Json, Pivot
from .serving import serving

STORES: Json = {
    "cube": "sales",
    "rows": [{"levels": [f"ragged.{name}" for name in ("country", "state", "city", "store")]}],
    "columns": [{"levels": ["time.quarter"]}],
    "measures": ["units", "customers"],
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of FoodMart."""
    with serving(foodmart_warehouse(tmp_path_factory.mktemp("foodmart"))) as found:
        yield found


@pytest.fixture(scope="module")
def oracle() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB over the published files; a hidden state is null, as a city without a name."""
    with foodmart_oracle() as connection:
        connection.sql("""
            create temp view sold as select store_country as country, nullif(store_state, store_country) as state,
              store_city as city, store_name as store, unit_sales, customer_id
            from sales_fact_1997 join store_ragged using (store_id)""")
        yield connection


def test_a_country_opens_onto_what_stands_directly_under_it(pivot: Pivot, oracle: duckdb.DuckDBPyConnection) -> None:
    pivot.open(STORES)
    for country in ("USA", "Vatican", "Israel"):
        pivot.toggle_row(country)
    wanted = oracle.sql("""
        select coalesce(state, city, store), sum(unit_sales), count(distinct customer_id) from sold group by all
        union all select country, sum(unit_sales), count(distinct customer_id) from sold group by all""").fetchall()
    found = {caption: pivot.numbers(caption)[:2] for caption in pivot.captions() if caption != "Total"}
    assert found == {name: [float(units), float(customers)] for name, units, customers in wanted}
    assert pivot.captions()[1:] == [
        *("Israel", "Haifa", "Tel Aviv"),
        *("USA", "CA", "OR", "WA", "Washington"),
        *("Vatican", "Store 17"),
    ]
    expect(pivot.row("Store 17").locator(".caret")).to_have_class("caret none")
    pivot.toggle_row("Washington")
    assert pivot.numbers("Store 24") == pivot.numbers("Washington")
    pivot.row("Store 24").locator(".value").first.dblclick()
    sold = oracle.sql("select count(*) from sold where city = 'Washington'").fetchall()[0][0]
    expect(pivot.page.locator(".fact-count")).to_have_text(f"{sold:,} facts")
    link = pivot.page.url
    pivot.page.goto("about:blank")
    pivot.page.goto(link)
    pivot.settle()
    expect(pivot.row("Store 24")).to_be_visible()


def test_all_levels_of_a_ragged_tree_open_with_one_query(pivot: Pivot, oracle: duckdb.DuckDBPyConnection) -> None:
    pivot.page.set_viewport_size({"width": 1280, "height": 1800})
    pivot.open(STORES)
    pivot.questions.clear()
    pivot.choose("Expand rows to", "Ragged: Store")
    pivot.settle()
    expect(pivot.row("Store 24")).to_be_attached()
    shown = oracle.sql("select country, state, city, store from sold group by all").fetchall()
    places = {row[: at + 1] for row in shown for at in range(4) if row[at] is not None}
    expect(pivot.page.locator(".status")).to_contain_text(f"{len(places)} rows")
    assert len([question for question in pivot.questions if question.get("limit") != 0]) == 1


def test_who_has_nobody_below_has_no_toggle(pivot: Pivot) -> None:
    levels = [f"employee.employee_{depth}" for depth in range(1, 5)]
    pivot.open({"cube": "pay", "rows": [{"levels": levels}], "measures": ["paid", "employees"]})
    pivot.toggle_row("Sheri Nowmer")
    carets = pivot.page.locator(".row.depth-1 .caret")
    assert carets.count() == 8
    # Her own pay stands first among those of whom report to her; it has nothing below.
    assert [caret.get_attribute("class") == "caret none" for caret in carets.all()] == [True, *[False] * 7]
    own, *reports = (pivot.page.locator(".row.depth-1").nth(at).locator(".value").first for at in range(8))
    parts = [float(cell.inner_text().replace(",", "")) for cell in (own, *reports)]
    assert sum(parts) == pytest.approx(pivot.numbers("Total")[0], abs=0.05)


@pytest.mark.parametrize("show_as", ["last_year", "year_growth"])
def test_periods_are_compared_with_the_year_before(
    pivot: Pivot, oracle: duckdb.DuckDBPyConnection, show_as: str
) -> None:
    pivot.open(
        {
            "cube": "inventory",
            "rows": [{"levels": ["time.year", "time.quarter"]}],
            "measures": ["shipped"],
            "formats": {"shipped": {"showAs": show_as}},
            "open": {"rows": [[{"level": "time.year", "key": [1998]}]], "columns": []},
        }
    )
    rows = oracle.sql("""
        select the_year, quarter, sum(units_shipped) from inventory_fact join time_by_day using (time_id)
        where the_year in (1997, 1998) group by grouping sets ((the_year, quarter), (the_year))""").fetchall()
    shipped = {(year, quarter): float(units) for year, quarter, units in rows}
    quarters = [quarter for year, quarter in shipped if year == 1998]
    assert len(quarters) > 2
    for quarter in quarters:
        before, now = shipped[1997, quarter], shipped[1998, quarter]
        wanted = f"{before:,.0f}" if show_as == "last_year" else f"{now / before - 1:+.1%}"
        assert pivot.row(quarter or "1998").locator(".value").first.inner_text() == wanted
    assert pivot.row("1997").locator(".value").first.inner_text() == ""

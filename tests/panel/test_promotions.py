"""The cube of promotions, which stand on weeks: against DuckDB over the files that the tests load."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.comparison import Row, assert_same_rows

QUERY = "/api/v1/cubes/promotions/query"
OF_STORES = "where store_id in (select distinct store_id from fact_promotion)"

CASES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "totals": (
        {"measures": ["promoted_items", "stores", "products"]},
        ["promoted_items", "stores", "products"],
        "select count(*), count(distinct store_id), count(distinct product_id) from fact_promotion",
    ),
    "by week": (
        {"measures": ["promoted_items", "products"], "axes": {"rows": ["time.week"]}},
        ["time.week_year", "time.week", "time.week.caption", "promoted_items", "products"],
        """
        select 2017, week_key, any_value(week_label), count(*), count(distinct product_id)
        from fact_promotion join (select distinct week_key, week_label from dim_date) using (week_key)
        group by week_key order by week_key
        """,
    ),
    "by department and display": (
        {"measures": ["promoted_items"], "axes": {"rows": ["product.department", "display.display"]}},
        ["product.department", "display.on_display", "display.display.caption", "promoted_items"],
        """
        select department, has_display, display, count(*)
        from fact_promotion join dim_product using (product_id) join dim_display using (display_location)
        group by department, has_display, display, display_location order by department, has_display, display_location
        """,
    ),
    "four weeks, rolling": (
        {
            "measures": ["products", "four"],
            "with": {"measures": {"four": {"formula": "rolling(products, 4)"}}},
            "axes": {"rows": ["~time.week"]},
            "cut": [{"level": "mailer.in_mailer", "members": ["Yes"]}],
        },
        ["~time.week", "products", "four"],
        """
        with f as (select * from fact_promotion where mailer_location <> '0'),
          w as (select week_key, row_number() over (order by week_key) as place
            from (select distinct week_key from fact_promotion))
        select w.week_key, (select count(distinct product_id) from f where f.week_key = w.week_key),
          case when w.place >= 4 then (select count(distinct product_id) from f join w v using (week_key)
            where v.place between w.place - 3 and w.place) end
        from w order by w.week_key
        """,
    ),
    "beside the sales": (
        {
            "measures": ["promoted_items", "sales"],
            "axes": {"rows": ["product.department"], "columns": ["~time.week"]},
            "cut": [
                {"level": "time.week", "members": [201731, 201732]},
                {"level": "region.store", "members": [317, 367]},
            ],
        },
        ["product.department", "~time.week", "promoted_items", "sales"],
        f"""
        with p as (select department, week_key, count(*) as n from fact_promotion join dim_product using (product_id)
            group by all),
          s as (select department, week_key, sum(sales_value) as x from (from fact_sales {OF_STORES})
            left join dim_product using (product_id) join dim_date using (date_key) group by all)
        select department, week_key, n, x from p full join s using (department, week_key)
        where week_key in (201731, 201732) order by department nulls last, week_key
        """,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_answer_is_duckdbs(
    panel: TestClient, panel_expected: Callable[[str], list[Row]], case: tuple[dict[str, Any], list[str], str]
) -> None:
    body, columns, sql = case
    response = panel.post(f"{QUERY}?layout=records", json=body)
    assert response.status_code == 200, response.text
    records = response.json()
    records = records if isinstance(records, list) else records["data"]
    # The member unknown is {"unknown": true}; in SQL its department is null.
    rows = [tuple(None if isinstance(record[name], dict) else record[name] for name in columns) for record in records]
    assert_same_rows(rows, panel_expected(sql))


def test_only_the_levels_that_work_are_offered(panel: TestClient) -> None:
    dimensions = {part["name"]: part for part in panel.get("/api/v1/cubes/promotions").json()["dimensions"]}
    levels = [level["name"] for part in dimensions["time"]["hierarchies"] for level in part["levels"]]
    assert levels == ["time.week_year", "time.week"]


def test_asking_below_the_week_names_the_levels_that_work(panel: TestClient) -> None:
    answer = panel.get(f"{QUERY}?rows=time.month")
    assert answer.status_code == 400
    assert "which does not tell 'time.month'. Valid: time.week_year, time.week." in answer.text


def test_the_answer_says_which_facts_lack_a_dimension(panel: TestClient) -> None:
    response = panel.get(f"{QUERY}.json?rows=display.on_display&measures=promoted_items,sales&layout=cellset")
    note = "sales: cube sales has no display, so it is null at display.on_display."
    assert response.json()["meta"]["notes"] == [note]
    assert response.headers["X-Cube-Notes"] == note
    assert note in panel.get("/api/v1/cubes/promotions/explain?rows=display.on_display&measures=sales").text
    assert "X-Cube-Notes" not in panel.get(f"{QUERY}?rows=region.area&measures=promoted_items,sales").headers

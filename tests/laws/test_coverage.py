"""Incomplete periods are marked: those that end after the last day with facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from starlette.testclient import TestClient

from cube_server.query.request import QueryRequest
from cube_server.result.cellset import CellSet
from tests.api.serving import serving
from tests.laws.calendars import Fact, OpenShop, Shop, opened, shops

PROFILE = settings.get_profile("laws")
LEVELS = {"time.year": "year", "time.quarter": "quarter", "time.month": "month", "time.weekly.week": "week"}


def marked(cells: CellSet) -> list[tuple[object, ...]]:
    """List the members that are marked, by key path, of those on rows."""
    (ref,), (members,), (coverage,) = cells.rows.refs, cells.rows.dictionaries, cells.rows.coverage
    codes = [] if coverage is None else cells.rows.tuples[ref.name].to_list()
    return [members.path(code) for code in codes if coverage is not None and coverage.incomplete[code]]


def asked(level: str) -> QueryRequest:
    return QueryRequest.model_validate({"cube": "sales", "measures": ["lines"], "axes": {"rows": [level]}})


@PROFILE
@given(shops())
def test_a_period_is_incomplete_when_it_ends_after_the_facts(shop: Shop) -> None:
    """A period ends with its last day in the calendar; the calendar's own last one at the end of its month or year."""
    with opened(shop) as here:
        for level, period in LEVELS.items():
            ((loaded,),) = here.sql("select max(day) from sales")
            keys = "year, quarter" if period == "quarter" else "year, quarter, month" if period == "month" else period
            expected = here.sql(f"""
                with periods as (
                    select {keys}, max(day) as last, date_trunc('{period}', max(day)) + interval 1 {period} as next
                    from calendar group by {keys}
                ), ends as (
                    select *, if(last = max(last) over (), (next - interval 1 day)::date, last) as until from periods
                )
                select {keys} from ends
                where until > date '{loaded or "2100-01-01"}' and ({keys}) in (select ({keys}) from sales)
                order by last""")
            assert marked(here.engine.query(asked(level))) == expected, level


def _fact(day: int) -> Fact:
    return (day, 1, 1, 1, None)


DAYS = ("2017-01-01", "2017-09-30", "2017-10-01", "2017-11-15", "2017-11-30", "2017-12-10")


@pytest.fixture(scope="module")
def here() -> Iterator[OpenShop]:
    facts = (_fact(20170101), _fact(20170930), _fact(20171001), _fact(20171115))
    with opened(Shop(tuple(map(date.fromisoformat, DAYS)), facts)) as shop:
        yield shop


@pytest.mark.parametrize(
    ("level", "incomplete"),
    [
        ("time.year", [(2017,)]),
        ("time.quarter", [(2017, "Q4")]),
        ("time.month", [(2017, "Q4", "2017-11")]),
        ("~time.month", [("2017-11",)]),
        ("time.day", []),
        ("customer.area", []),
    ],
)
def test_facts_up_to_the_middle_of_november(here: OpenShop, level: str, incomplete: list[object]) -> None:
    """The calendar goes on to 10 December, so November ends on the 30th and the year, cut off, on 31 December."""
    assert marked(here.engine.query(asked(level))) == incomplete


def test_members_and_meta_say_so_over_http() -> None:
    with opened(Shop((date(2017, 1, 1), date(2017, 2, 1)), (_fact(20170101), _fact(20170201)))) as shop:
        paths = (shop.engine._model_path, shop.engine._model_path.parent / "warehouse")
        with serving(paths) as client:
            body = _post(client, "time.month")
            other = _post(client, "customer.area")
    assert body["axes"]["rows"]["tuples"] == [
        [{"key": [2017, "Q1", "2017-01"], "caption": "2017-01"}],
        [{"key": [2017, "Q1", "2017-02"], "caption": "2017-02", "incomplete": True}],
    ]
    assert body["meta"]["incomplete"] == [{"level": "time.month", "covered_to": "2017-02-01"}]
    assert "incomplete" not in other["meta"]


def _post(client: TestClient, level: str) -> dict[str, Any]:
    body = {"measures": ["lines"], "axes": {"rows": [level]}}
    answer: dict[str, Any] = client.post("/api/v1/cubes/sales/query", json=body).json()
    return answer

"""Time by the calendar, on a tiny star with gaps, checked by hand.

The calendar has eight days, the 29th of February among them, and none of December 2023, of January or of April 2024.

| day | facts: customer, basket, amount |
|---|---|
| 2023-02-28 | 1, 1, 10.00 |
| 2023-11-30 | 1, 2, 5.00 and 2, 3, -1.00 |
| 2024-02-01 | none |
| 2024-02-28 | 2, 4, 7.00 |
| 2024-02-29 | 1, 5, 3.00 and 3, 6, null |
| 2024-03-31 | 2, 7, 2.00 |
| 2024-05-31 | none |
| 2024-06-30 | 3, 8, 4.00 |
| unknown | 3, 9, 50.00 |
| null | 1, 9, 60.00 |
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from tests.comparison import assert_same_rows
from tests.laws.calendars import ODD, Fact, OpenShop, Shop, opened

DAYS = ("2023-02-28", "2023-11-30", "2024-02-01", "2024-02-28", "2024-02-29", "2024-03-31", "2024-05-31", "2024-06-30")


def fact(day: int | None, customer: int, basket: int, amount: str | None) -> Fact:
    return (day, customer, 1, basket, None if amount is None else Decimal(amount))


FACTS = (
    fact(20230228, 1, 1, "10"),
    fact(20231130, 1, 2, "5"),
    fact(20231130, 2, 3, "-1"),
    fact(20240228, 2, 4, "7"),
    fact(20240229, 1, 5, "3"),
    fact(20240229, 3, 6, None),
    fact(20240331, 2, 7, "2"),
    fact(20240630, 3, 8, "4"),
    fact(ODD, 3, 9, "50"),
    fact(None, 1, 9, "60"),
)


@pytest.fixture(scope="module")
def shop() -> Iterator[OpenShop]:
    with opened(Shop(tuple(map(date.fromisoformat, DAYS)), FACTS)) as here:
        yield here


def table(shop: OpenShop, level: str, *formulas: str, **body: object) -> list[tuple[object, ...]]:
    """Ask for formulas by the members of a level of time."""
    measures = {f"f{place}": {"formula": formula} for place, formula in enumerate(formulas)}
    return shop.ask(
        [level, "time.unknown"], list(measures), **{"with": {"measures": measures}}, axes={"rows": [level]}, **body
    )


def test_a_missing_month_is_a_month(shop: OpenShop) -> None:
    found = table(shop, "time.month", "amount", "previous(amount)", "previous(amount, 3)", "(amount, time.lead(1))")
    assert_same_rows(
        found,
        [
            ("2023-02", False, 10, None, None, None),
            ("2023-11", False, 4, None, None, None),  # its month after, December, is not in the calendar
            ("2024-02", False, 10, None, 4, 2),  # the month before is January and not November
            ("2024-03", False, 2, 10, None, None),
            ("2024-06", False, 4, None, 2, None),  # the month before is May, which has no facts
            (None, True, 50, None, None, None),  # unknown and null stand in no order
            (None, False, 60, None, None, None),
        ],
    )


def test_a_leap_day_has_no_year_before(shop: OpenShop) -> None:
    found = table(shop, "time.day", "parallel(amount, time.year)", "parallel(amount, time.month)")
    assert [row[2:] for row in found if row[0] in (date(2024, 2, 28), date(2024, 2, 29))] == [(10, None), (None, None)]
    assert table(shop, "time.month", "parallel(amount, time.year)")[2] == ("2024-02", False, 10)


def test_rolling_counts_empty_months_within_what_is_loaded(shop: OpenShop) -> None:
    found = table(shop, "time.month", "rolling(amount, 4)", "rolling(customers, 4)", "rolling(amount, 11)")
    assert_same_rows(
        found,
        [
            ("2023-02", False, None, None, None),  # begins before the first fact
            ("2023-11", False, 4, 2, None),  # August to November; eleven months would begin in January 2023
            ("2024-02", False, 14, 3, 14),  # November to February: 4 + 10, customers 1, 2, 3
            ("2024-03", False, 12, 3, 16),  # December to March, two of them missing
            ("2024-06", False, 6, 2, 20),  # March to June
            (None, True, None, None, None),
            (None, False, None, None, None),
        ],
    )


def test_trailing_days_go_by_the_calendar(shop: OpenShop) -> None:
    found = table(shop, "time.month", "trailing(amount, 31, time.day)", "trailing(customers, 2, time.month)")
    assert_same_rows(
        found,
        [
            ("2023-02", False, 10, 1),
            ("2023-11", False, 4, 2),
            ("2024-02", False, 10, 3),  # from 30 January, which is no day of the calendar
            ("2024-03", False, 2, 3),  # from 1 March; two months are February and March
            ("2024-06", False, 4, 1),
            (None, True, None, None),
            (None, False, None, None),
        ],
    )


def test_to_date_begins_with_the_year(shop: OpenShop) -> None:
    found = table(shop, "time.quarter", "to_date(amount, time.year)", "to_date(customers, time.year)")
    assert_same_rows(
        found,
        [
            ("Q1", False, 10, 1),
            ("Q4", False, 14, 2),
            ("Q1", False, 12, 3),
            ("Q2", False, 16, 3),
            (None, True, None, None),
            (None, False, None, None),
        ],
    )


def test_distances_are_counted_in_periods(shop: OpenShop) -> None:
    given = {
        "attributes": {
            "since": {"of": "customer.customer", "formula": "first(time.month)"},
            "later": {"of": "customer.customer", "by": ["time.month"], "formula": "time.month - since"},
            "days": {"of": "customer.customer", "formula": "last(time.day) - first(time.day)"},
        }
    }
    found = shop.ask(
        ["customer.since", "customer.later"],
        ["lines"],
        **{"with": given},
        axes={"rows": ["customer.since", "customer.later"]},
        cut=[{"level": "time.year", "members": [2023, 2024]}],
    )
    # Customer 1 from 2023-02: 0, 9 and 12 months; customer 2 from 2023-11: 0, 3, 4; customer 3 from 2024-02: 0, 4.
    expected = [("2023-02", 0, 1), ("2023-02", 9, 1), ("2023-02", 12, 1), ("2023-11", 0, 1), ("2023-11", 3, 1)]
    assert_same_rows(found, [*expected, ("2023-11", 4, 1), ("2024-02", 0, 1), ("2024-02", 4, 1)])
    days = shop.ask(["customer.days"], ["customers"], **{"with": given}, axes={"rows": ["customer.days"]})
    assert_same_rows(days, [(122, 2), (366, 1)])  # 2023-11-30 and 2024-02-29 to the end; 2023-02-28 to 2024-02-29


def test_the_unknown_day_is_no_first_day(shop: OpenShop) -> None:
    given = {"attributes": {"since": {"of": "customer.customer", "formula": "first(time.day)"}}}
    found = shop.ask(["customer.since"], ["customers", "lines"], **{"with": given}, axes={"rows": ["customer.since"]})
    assert_same_rows(found, [(date(2023, 2, 28), 1, 4), (date(2023, 11, 30), 1, 3), (date(2024, 2, 29), 1, 3)])


def test_lost_in_a_month_without_facts(shop: OpenShop) -> None:
    given = {
        "sets": {
            "gone": {
                "of": "customer.customer",
                "by": ["time.month"],
                "formula": "coalesce(baskets, 0) = 0 and previous(baskets) > 0",
            }
        },
        "measures": {"lost": {"formula": "count(gone)"}},
    }
    found = shop.ask(["time.month"], ["lost"], **{"with": given}, axes={"rows": ["time.month"]}, nonempty=False)
    # February's customers 1 and 3 are lost in March; in May nobody is, as nobody bought in April, which is missing.
    assert {month: lost for (month, lost) in found if lost} == {"2024-03": 2}


def test_unknown_and_null_months_are_no_distance_away(shop: OpenShop) -> None:
    given = {
        "attributes": {
            "since": {"of": "customer.customer", "formula": "first(time.month)"},
            "later": {"of": "customer.customer", "by": ["time.month"], "formula": "time.month - since"},
        }
    }
    cut = [{"level": "time.year", "members": [2023, 2024], "exclude": True}]
    found = shop.ask(["customer.later"], ["lines"], **{"with": given}, axes={"rows": ["customer.later"]}, cut=cut)
    assert_same_rows(found, [(None, 2)])
